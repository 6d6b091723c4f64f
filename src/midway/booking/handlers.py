"""What booking does when something happens elsewhere: queue a job, nothing else."""

from procrastinate.contrib.django import app

from midway.booking.models import WaitingWish
from midway.journal.actions import Happening, subscribe

FREES_TIME = (
    "booking.plan.changed",
    "booking.plan.ended",
    "booking.plan.paused",
    "booking.visit.cancelled",
    "booking.visit.rescheduled",
    "booking.visit.skipped",
    "booking.visit.unassigned",
    "crew.absence.withdrawn",
    "crew.cleaner.hired",
    "crew.day.changed",
    "crew.day.restored",
    "crew.holiday.removed",
    "crew.hours.changed",
)
"""After these, a time may be free that was not."""


def listen() -> None:
    """Will hear of everything that may free a time."""
    for event in FREES_TIME:
        subscribe(event, offer_to_whoever_waits)


def offer_to_whoever_waits(_happening: Happening) -> None:
    """Will have the waiting list looked at, where anybody waits."""
    if WaitingWish.objects.filter(state=WaitingWish.State.WAITING).exists():
        app.configure_task("booking.fill_from_waiting_list").defer()
