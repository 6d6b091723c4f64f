"""All that was agreed and who is where, as one value: what an undone change must leave exactly as it was."""

from typing import Any

from django.db.models import QuerySet

from midway.booking.actions.before import columns_of
from midway.booking.models import ActualTime, Assignment, Cancellation, Plan, PlanException, Visit
from midway.core.visit_states import CALLED_OFF
from midway.crew.models import Absence, CalendarDay, Commitment, Shift, ShiftException
from midway.customers.models import Property


def everything_agreed() -> dict[str, Any]:
    """Plans that go on, visits that were not called off for good, exceptions, hours, and every cleaner's time.

    A plan or visit that a change made and its undoing took back leaves its called-off row behind, as everything does.
    """
    return {
        "visits": {v.code: columns_of(v) for v in Visit.objects.exclude(state__in=_FOR_GOOD)},
        "homes": sorted(map(str, _homes().values_list("code", "line1", "postcode", "bedrooms", "square_feet"))),
        "on_site": sorted(
            map(str, ActualTime.objects.values_list("visit", "started_at", "finished_at", "labour_minutes"))
        ),
        "seats": sorted(
            Assignment.objects.filter(active=True)
            .exclude(visit__state__in=_FOR_GOOD)
            .values_list("visit__code", "cleaner_id")
        ),
        "plans": {p.code: columns_of(p) for p in Plan.objects.exclude(state=Plan.State.ENDED)},
        "exceptions": sorted(
            PlanException.objects.exclude(plan__state="ended").values_list("plan", "original_on", "kind", "moved_to_at")
        ),
        "fees": sorted(Cancellation.objects.filter(fee_cents__gt=0).values_list("visit", "fee_cents", "reason")),
        "time": sorted(
            (c.cleaner_id, c.during.lower, c.during.upper, c.kind, c.reference)
            for c in Commitment.objects.filter(active=True)
        ),
        "shifts": sorted(
            map(str, Shift.objects.values_list("cleaner", "weekday", "start", "end", "valid_from", "valid_to"))
        ),
        "days": sorted(map(str, ShiftException.objects.values_list("cleaner", "on", "start", "end", "reason"))),
        "absences": sorted(map(str, Absence.objects.filter(withdrawn_at=None).values_list("code", "during"))),
        "calendar": sorted(CalendarDay.objects.values_list("cleaner", "on", "free")),
    }


_SHIFT = ("cleaner", "weekday", "start", "end", "valid_from", "valid_to")
_FOR_GOOD = CALLED_OFF - {"skipped"}


def _homes() -> "QuerySet[Property]":
    promised = Visit.objects.exclude(state__in=_FOR_GOOD)
    return Property.objects.filter(pk__in=promised.values("premises"))
