"""What booking does by itself."""

from uuid import UUID

from procrastinate.contrib.django import app

from midway.booking import actions
from midway.runtime.clock import now


def expire_holds() -> None:
    """Will release slots whose customers went away."""
    actions.expire_holds(now=now())


def top_up_plans() -> None:
    """Will keep every recurring plan's visits a year ahead."""
    actions.top_up_plans(now=now())


@app.task(name="booking.look_through_import")
def look_through_import(code: str) -> None:
    """Will say of a spreadsheet that was handed in what loading it would do."""
    actions.look_through_run(run=UUID(code), now=now())


@app.task(name="booking.load_import")
def load_import(code: str) -> None:
    """Will load a spreadsheet to which the office said yes."""
    actions.load_run(run=UUID(code), now=now())


def forget_sheets() -> None:
    """Will forget spreadsheets nobody decided about, and refused rows nobody mended."""
    actions.forget_sheets(now=now())
