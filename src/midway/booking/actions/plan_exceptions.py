"""Writing down what was agreed for one date of a plan, in the caller's transaction."""

from datetime import date, datetime

from midway.booking.models import Plan, PlanException, Visit
from midway.booking.plan_queries import closures_of, terms_of
from midway.core.actor import Actor
from midway.core.recurrence import moment, series


def start_by_rule(plan: Plan, day: date) -> datetime:
    """When a date of the plan takes place if nothing else is agreed; a date left out for a holiday has its own time."""
    closures = closures_of(terms_of(plan), first=day, last=day)
    zone = plan.branch.zoneinfo
    for occurrence in series(plan.rule, first=day, last=day, zone=zone, closures=closures, changes={}):
        if occurrence.start is not None:
            return occurrence.start
    return moment(plan.rule, day, zone)


def agree_on_moment(visit: Visit, *, by: Actor, now: datetime, counts_as_skip: bool = False) -> None:
    """Will keep a plan visit's new time as an exception, or forget the exception when it is the rule's own time.

    What counted as a date left out once, counts until it is the rule's own time again.
    """
    if visit.plan is None or visit.occurrence_on is None:
        return
    if visit.starts_at == start_by_rule(visit.plan, visit.occurrence_on):
        visit.plan.exceptions.filter(original_on=visit.occurrence_on).delete()
        return
    PlanException.objects.update_or_create(
        plan_id=visit.plan_id,
        original_on=visit.occurrence_on,
        defaults={
            "kind": PlanException.Kind.MOVED,
            "moved_to_at": visit.starts_at,
            "at": now,
            "by_label": by.label,
            "reason": "",
            **({"is_skip": True} if counts_as_skip else {}),
        },
    )


def agree_to_skip(visit: Visit, *, reason: str, by: Actor, now: datetime) -> None:
    """Will keep that a date of the plan is left out."""
    PlanException.objects.update_or_create(
        plan_id=visit.plan_id,
        original_on=visit.occurrence_on,
        defaults={
            "kind": PlanException.Kind.SKIPPED,
            "moved_to_at": None,
            "at": now,
            "by_label": by.label,
            "reason": reason,
        },
    )
