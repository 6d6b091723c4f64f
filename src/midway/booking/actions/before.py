"""How visits and plans stand: written down before a change, compared and put back when it is undone.

A picture holds every column of a visit or plan except its identity and its counters, so that a column added later
is undone with the rest. Two pictures are alike when what was agreed is alike, whatever rows say so.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import models

from midway.booking.models import ActualTime, Assignment, Cancellation, Plan, PlanException, Visit
from midway.core.visit_states import BEGUN
from midway.journal.actions import keep_before

Picture = dict[str, Any]

_LEFT_OUT = frozenset({"id", "code", "revision", "created_at", "filled_until_on"})
"""What is no part of the agreement: identity, counters, and how far the night has filled a plan."""


@dataclass
class Before:
    """How some visits and plans stood. A plan without a picture was not there."""

    visits: dict[int, Picture] = field(default_factory=dict)
    plans: dict[int, Picture | None] = field(default_factory=dict)

    def keep(self, entry: UUID, *, subject: UUID, now: datetime) -> None:
        """Will keep this with the entry of the change, for as long as it can be undone."""
        keep_before(entry=entry, subject=subject, facts=self.as_facts(), at=now)

    def as_facts(self) -> Picture:
        """How it stood, and a mark of what has become of it; visits that stand as they did are left out."""
        after = picture_of(self.visits, self.plans)
        for pk in [pk for pk, was in self.visits.items() if mark_of(after.visits.get(pk)) == mark_of(was)]:
            del self.visits[pk], after.visits[pk]
        return {
            "visits": self.visits,
            "plans": self.plans,
            "after": {
                "visits": {pk: mark_of(picture) for pk, picture in after.visits.items()},
                "plans": {pk: mark_of(picture) for pk, picture in after.plans.items()},
            },
        }


def before(visits: Iterable[Visit] = (), plans: Iterable[Plan] = ()) -> Before:
    """Will write down how these stand in the database now; ask before changing them."""
    return picture_of([visit.pk for visit in visits], [plan.pk for plan in plans])


def picture_of(visits: Iterable[int], plans: Iterable[int] = ()) -> Before:
    """Will draw these visits and plans by their ids. At most seven queries."""
    visits, plans = list(visits), list(plans)
    found = Before()
    if visits:
        rows = list(Visit.objects.filter(pk__in=visits).order_by("pk"))
        exceptions = _exceptions_of(rows)
        cancellations = {c.visit_id: c for c in Cancellation.objects.filter(visit__in=rows)}
        begun = [visit for visit in rows if visit.state in BEGUN]
        times = {t.visit_id: t for t in ActualTime.objects.filter(visit__in=begun)} if begun else {}
        cleaners = _cleaners_of(visits)
        for visit in rows:
            found.visits[visit.pk] = {
                **columns_of(visit),
                "cleaners": cleaners[visit.pk],
                "exception": _maybe(exceptions.get((visit.plan_id, visit.occurrence_on))),
                "cancellation": _maybe(cancellations.get(visit.pk)),
            }
        for pk, time in times.items():
            found.visits[pk]["actual_time"] = columns_of(time)
    if plans:
        rows_of_plans = Plan.objects.filter(pk__in=plans).order_by("pk").prefetch_related("preferred")
        found.plans = {
            plan.pk: {**columns_of(plan), "preferred": sorted(cleaner.pk for cleaner in plan.preferred.all())}
            for plan in rows_of_plans
        }
    return found


def columns_of(row: models.Model) -> Picture:
    """Will put a row's columns into JSON, as Django's serializers do."""
    return {f.attname: _plain(f, row) for f in _columns(row)}


def set_columns(row: models.Model, picture: Picture) -> list[str]:
    """Will set the row's columns as the picture has them, and give the names of those it has."""
    named = []
    for column in _columns(row):
        if column.attname in picture:
            value = picture[column.attname]
            setattr(row, column.attname, column.to_python(value) if value is not None else None)
            named.append(column.attname)
    return named


def mark_of(picture: Picture | None) -> str:
    """A short mark by which two pictures can be compared."""
    return hashlib.sha256(orjson.dumps(picture, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]


def _columns(row: models.Model) -> "list[models.Field[Any, Any]]":
    return [f for f in row._meta.concrete_fields if f.attname not in _LEFT_OUT]  # noqa: SLF001 - its public interface


def _plain(column: "models.Field[Any, Any]", row: models.Model) -> Any:
    value = column.value_from_object(row)
    if value is None or isinstance(value, bool | int | str) or isinstance(column, models.JSONField):
        return value
    return column.value_to_string(row)


def _maybe(row: models.Model | None) -> Picture | None:
    return None if row is None else columns_of(row)


def _exceptions_of(visits: Iterable[Visit]) -> dict[tuple[int | None, Any], PlanException]:
    plans = {visit.plan_id for visit in visits if visit.plan_id}
    dates = {visit.occurrence_on for visit in visits if visit.plan_id}
    if not plans:
        return {}
    found = PlanException.objects.filter(plan__in=plans, original_on__in=dates)
    return {(exception.plan_id, exception.original_on): exception for exception in found}


def _cleaners_of(visits: Iterable[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    seats = Assignment.objects.filter(visit__in=list(visits), active=True).order_by("cleaner_id")
    for visit, cleaner in seats.values_list("visit_id", "cleaner_id"):
        found[visit].append(cleaner)
    return found
