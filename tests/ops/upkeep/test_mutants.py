"""Every procedure, made worse in two ways, is caught by its drills: its question emptied, its thresholds turned round.

A mutant that passes a drill means that the drill proves nothing. Each is drilled until its first fault catches it.
"""

from dataclasses import replace

import pytest

from midway.ops.drill import drill
from midway.ops.look import Look
from midway.ops.procedure import Limit, Procedure
from midway.ops.registry import all_procedures
from midway.ops.stage import Stage

pytestmark = pytest.mark.drills


def emptied(procedure: Procedure) -> Procedure:
    """Looks at everything and finds nothing."""

    def blind(look: Look) -> None:
        look.count(1)
        look.fine("All is well.")

    return replace(procedure, look=blind)


def turned_round(procedure: Procedure) -> Procedure:
    """Rings below its thresholds instead of above, and the other way about."""

    def around(limit: Limit) -> Limit:
        return replace(limit, low_is_bad=not limit.low_is_bad)

    return replace(procedure, limits=tuple(map(around, procedure.limits)))


def is_caught(mutant: Procedure, stage: Stage) -> bool:
    """Whether any of its drills fails."""
    return any(not drill([replace(mutant, faults=(fault,))], stage)[0].passed for fault in mutant.faults)


@pytest.mark.parametrize("procedure", all_procedures(), ids=lambda one: one.id)
def test_an_emptied_question_is_caught(stage: Stage, procedure: Procedure) -> None:
    assert is_caught(emptied(procedure), stage)


@pytest.mark.parametrize(
    "procedure",
    [p for p in all_procedures() if p.limits],
    ids=lambda one: one.id,
)
def test_thresholds_turned_round_are_caught(stage: Stage, procedure: Procedure) -> None:
    assert is_caught(turned_round(procedure), stage)
