"""How a cleaner's hours and absences stood before a change, and putting them back; in the caller's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from midway.core.timespan import Span
from midway.crew import calendar
from midway.crew.models import Absence, Cleaner, Commitment, Shift, ShiftException
from midway.journal.actions import keep_before

Rows = list[list[str | None]]


class ChangedSince(Exception):
    """This was changed again since. Undo the later change first."""


@dataclass(frozen=True)
class HoursBefore:
    """A cleaner's rows of hours: of one weekday, or of one date."""

    cleaner: Cleaner
    weekday: int | None
    on: date | None
    rows: Rows

    def keep(self, entry: UUID, *, now: datetime) -> None:
        """Will keep them with the entry of the change."""
        keep_before(entry=entry, subject=self.cleaner.code, facts=self.as_facts(), at=now)

    def as_facts(self) -> dict[str, Any]:
        """How they were, and what has become of them."""
        hours = {
            "cleaner": self.cleaner.pk,
            "weekday": self.weekday,
            "on": self.on,
            "was": self.rows,
            "became": _rows(self.cleaner.pk, self.weekday, self.on),
        }
        return {"hours": hours}


def hours_before(cleaner: Cleaner, *, weekday: int | None = None, on: date | None = None) -> HoursBefore:
    """Will write down the hours of a weekday or of a date, before they are changed."""
    return HoursBefore(cleaner, weekday, on, _rows(cleaner.pk, weekday, on))


def put_hours_back(was: Mapping[str, Any]) -> HoursBefore:
    """Will put hours back as they were, and give how they stood until now. Raises `ChangedSince`."""
    cleaner = Cleaner.objects.select_for_update(no_key=True).get(pk=was["cleaner"])
    on = None if was["on"] is None else date.fromisoformat(was["on"])
    until_now = hours_before(cleaner, weekday=was["weekday"], on=on)
    if until_now.rows != was["became"]:
        raise ChangedSince(ChangedSince.__doc__)
    if on is None:
        Shift.objects.filter(cleaner=cleaner, weekday=was["weekday"]).delete()
        for start, end, valid_from, valid_to in was["was"]:
            Shift.objects.create(
                cleaner=cleaner,
                weekday=was["weekday"],
                start=time.fromisoformat(start),
                end=time.fromisoformat(end),
                valid_from=date.fromisoformat(valid_from),
                valid_to=valid_to and date.fromisoformat(valid_to),
            )
        return until_now
    ShiftException.objects.filter(cleaner=cleaner, on=on).delete()
    for start, end, reason in was["was"]:
        ShiftException.objects.create(
            cleaner=cleaner,
            on=on,
            start=start and time.fromisoformat(start),
            end=end and time.fromisoformat(end),
            reason=reason,
        )
    return until_now


def put_absence_back(code: UUID, *, is_away: bool, now: datetime) -> Absence:
    """Will let an absence be again, or take it back. Raises `ChangedSince` or `crew.calendar.SlotTaken`."""
    absence = Absence.objects.select_related("cleaner__branch").select_for_update(of=("self",)).get(code=code)
    if is_away != (absence.withdrawn_at is not None):
        raise ChangedSince(ChangedSince.__doc__)
    cleaner = absence.cleaner
    calendar.lock_cleaners([cleaner.pk])
    if is_away:
        calendar.take(
            calendar.Wanted(
                branch_id=cleaner.branch_id,
                zone=cleaner.branch.zoneinfo,
                during=Span(absence.during.lower, absence.during.upper),
                kind=Commitment.Kind.ABSENCE,
                reference=absence.code,
                cleaners=[cleaner.pk],
            ),
            now=now,
        )
    else:
        calendar.release(reference=absence.code)
    absence.withdrawn_at = None if is_away else now
    absence.save(update_fields=["withdrawn_at"])
    return absence


def _rows(cleaner_id: int, weekday: int | None, on: date | None) -> Rows:
    if on is None and weekday is not None:
        shifts = Shift.objects.filter(cleaner=cleaner_id, weekday=weekday).order_by("valid_from", "start", "id")
        return [_text(row) for row in shifts.values_list("start", "end", "valid_from", "valid_to")]
    assert on is not None
    others = ShiftException.objects.filter(cleaner=cleaner_id, on=on).order_by("start", "id")
    return [_text(row) for row in others.values_list("start", "end", "reason")]


def _text(row: tuple[Any, ...]) -> list[str | None]:
    return [value if value is None or isinstance(value, str) else value.isoformat() for value in row]
