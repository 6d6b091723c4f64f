"""Procedures made up for tests, which never reach the registry."""

from collections.abc import Callable
from typing import Any

from midway.ops.look import Look
from midway.ops.procedure import Cadence, Limit, Manual, Procedure

MANUAL = Manual(why="It matters.", read="Read it.", mend="Mend it.")
NUMBER = Limit("number", "a number", "things", 10, 20, "the test")


def made_up(look: Callable[[Look], Any], name: str = "test.made-up", **facts: Any) -> Procedure:
    """A procedure with this look."""
    declared: dict[str, Any] = {"title": "Made up", "cadence": Cadence.DAILY, "document_lines": (), "manual": MANUAL}
    return Procedure(id=name, look=look, **{**declared, "limits": (NUMBER,), **facts})


def says(value: float, subject: str = "") -> Callable[[Look], None]:
    """A look that finds this number."""

    def look(look: Look) -> None:
        look.count(1)
        look.found("number", value, f"{value:g} things.", subject=subject)

    return look
