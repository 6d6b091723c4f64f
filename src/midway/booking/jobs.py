"""What booking does by itself."""

from uuid import UUID

from procrastinate.contrib.django import app

from midway.booking import actions
from midway.booking.actions.ask_for_ratings import ask_for_ratings as ask_whom_we_cleaned_for
from midway.booking.actions.remind_customers import remind_customers as remind_whoever_is_due
from midway.booking.actions.reward_referrals import reward_referrals
from midway.booking.actions.spend_credits import spend_credits
from midway.booking.actions.waiting_list import fill_from_waiting_list as offer_to_whoever_waits
from midway.runtime.clock import now


def expire_holds() -> None:
    """Will release slots whose customers went away."""
    actions.expire_holds(now=now())


def take_effect() -> None:
    """Will bring policies and prices into force whose day has come."""
    actions.follow_policies(now=now())
    actions.take_over_prices(now=now())


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


@app.task(name="booking.fill_from_waiting_list")
def fill_from_waiting_list() -> None:
    """Will offer what is free to whoever waits, and settle what was offered."""
    offer_to_whoever_waits(now=now())


def forget_sheets() -> None:
    """Will forget spreadsheets nobody decided about, and refused rows nobody mended."""
    actions.forget_sheets(now=now())


def remind_customers() -> None:
    """Will remind customers of visits in a week and tomorrow."""
    remind_whoever_is_due(now=now())


def ask_for_ratings() -> None:
    """Will ask customers how their last visit was."""
    ask_whom_we_cleaned_for(now=now())


def settle_credits() -> None:
    """Will pay from credit what has become due, then reward whoever brought somebody."""
    spend_credits(now=now())
    reward_referrals(now=now())
