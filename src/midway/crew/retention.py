"""How long is kept what we know of the people who clean."""

from datetime import datetime, timedelta

from django.db.models import Q

from midway.core.retention import ERASED, Clearing, Keep, Table, nothing_personal
from midway.crew.models import Absence, Cleaner, ShiftException

AFTER_LEAVING = timedelta(days=90)
KEEP_REASONS = timedelta(days=3 * 365)
KEEP_WAGES = timedelta(days=7 * 365 + 2)
"""As long as tax offices may ask whose hours were paid."""

_LEFT = ("ninety days after they left", "is emptied")
_NAME = ("seven years after they left", "is replaced: whose hours were paid is asked no more")
_WAGES = ("for good", "stands in the books, after the name has gone without one")
_WHY = ("three years", "is forgotten: the absence becomes one for another reason, without a note")

TABLES = (
    Table(
        "crew.Cleaner",
        {
            "name": Keep(*_NAME),
            "phone": Keep(*_LEFT),
            "language": Keep(*_LEFT),
            "home_latitude": Keep(*_LEFT),
            "home_longitude": Keep(*_LEFT),
            "employed_from": Keep(*_WAGES),
            "left_on": Keep(*_WAGES),
        },
        "id code branch user",
    ),
    Table(
        "crew.Absence",
        {"reason": Keep(*_WHY), "note": Keep(*_WHY), "during": Keep(*_WAGES)},
        "id code cleaner created_at withdrawn_at",
    ),
    Table(
        "crew.ShiftException",
        {"reason": Keep("three years", "is emptied")},
        "id cleaner on start end",
    ),
    nothing_personal("crew.Shift", "id cleaner weekday start end valid_from valid_to"),
    nothing_personal("crew.Commitment", "id cleaner during kind active reference hold_expires_at"),
    nothing_personal("crew.CalendarDay", "cleaner on free"),
    nothing_personal("crew.Cleaner_skills", "id cleaner skill"),
    nothing_personal("crew.Team", "id branch name retired_at"),
    nothing_personal("crew.Team_members", "id team cleaner"),
    nothing_personal("crew.Skill", "id code name retired_at"),
    nothing_personal("crew.Area", "id branch name postcode latitude longitude"),
    nothing_personal("crew.Holiday", "id branch on name"),
    nothing_personal(
        "crew.Branch",
        "id code name zone currency phone email latitude longitude start_grid_minutes pad_minutes notice_minutes"
        " horizon_days change_notice_minutes late_fee_percent hold_minutes quote_days",
    ),
)


def _clear_leavers(now: datetime) -> int:
    gone = Cleaner.objects.filter(left_on__lt=(now - AFTER_LEAVING).date())
    known = ~Q(phone="") | Q(home_latitude__isnull=False) | Q(home_longitude__isnull=False) | ~Q(language="en")
    return gone.filter(known).update(phone="", home_latitude=None, home_longitude=None, language="en")


def _clear_reasons(now: datetime) -> int:
    old = Absence.objects.filter(during__endswith__lt=now - KEEP_REASONS)
    other = Absence.Reason.OTHER
    absences = old.exclude(reason=other, note="").update(reason=other, note="")
    days = ShiftException.objects.filter(on__lt=(now - KEEP_REASONS).date()).exclude(reason="").update(reason="")
    return absences + days


def _clear_names(now: datetime) -> int:
    long_gone = Cleaner.objects.filter(left_on__lt=(now - KEEP_WAGES).date())
    return long_gone.exclude(name=ERASED).update(name=ERASED)


CLEARINGS = (
    Clearing("names of cleaners who left seven years ago", _clear_names),
    Clearing("where cleaners who left live", _clear_leavers),
    Clearing("why somebody was away", _clear_reasons),
)
