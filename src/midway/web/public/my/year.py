"""A plan's year as a picture: a row for each month, a mark for each visit; the same facts as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from midway.booking.models import Plan, PlanException, Visit
from midway.core.visit_states import VisitState

LEFT, DAY_WIDTH, ROW_HEIGHT, TOP = 44, 9, 24, 16
WIDTH = LEFT + 31 * DAY_WIDTH + 8


@dataclass(frozen=True)
class Mark:
    """One visit in the picture and in the list beneath it."""

    code: UUID
    start: datetime
    end: datetime
    kind: str
    """`kept`, `moved`, `skipped`, `open` (nobody yet) or `done`."""
    words: str
    x: int
    y: int


@dataclass(frozen=True)
class Month:
    """One row."""

    first: date
    y: int
    width: int
    marks: Sequence[Mark]


@dataclass(frozen=True)
class Year:
    """The whole picture."""

    months: Sequence[Month]
    width: int
    height: int
    words: str


def year_of(plan: Plan, *, today: date) -> Year:
    """Will draw every visit of the plan from this month on, for thirteen months. Two queries."""
    first = today.replace(day=1)
    firsts = [first]
    while len(firsts) < 13:
        firsts.append((firsts[-1] + timedelta(days=32)).replace(day=1))
    zone = plan.branch.zoneinfo
    end = (firsts[-1] + timedelta(days=32)).replace(day=1)
    visits = plan.visits.exclude(state__in=[VisitState.CANCELLED, VisitState.CANCELLED_LATE]).order_by("during")
    moved = set(plan.exceptions.filter(kind=PlanException.Kind.MOVED).values_list("original_on", flat=True))
    marks: dict[date, list[Mark]] = {month: [] for month in firsts}
    for visit in visits:
        on = visit.starts_at.astimezone(zone).date()
        if first <= on < end:
            marks[on.replace(day=1)].append(
                _mark(visit, on, y=_y(firsts.index(on.replace(day=1))), moved=moved, plan=plan)
            )
    months = [Month(month, _y(n), _days_in(month) * DAY_WIDTH, marks[month]) for n, month in enumerate(firsts)]
    height = TOP + 13 * ROW_HEIGHT
    return Year(months, WIDTH, height, _in_words([mark for row in months for mark in row.marks]))


def _mark(visit: Visit, on: date, *, y: int, moved: set[date], plan: Plan) -> Mark:
    zone = plan.branch.zoneinfo
    kind = "kept"
    if visit.state == VisitState.DONE:
        kind = "done"
    elif visit.state == VisitState.SKIPPED:
        kind = "skipped"
    elif visit.cleaners_missing:
        kind = "open"
    elif visit.occurrence_on in moved:
        kind = "moved"
    words = {
        "kept": "",
        "done": _("Done"),
        "skipped": _("Skipped"),
        "open": _("Cleaner to be found"),
        "moved": _("Moved"),
    }[kind]
    x = LEFT + (on.day - 1) * DAY_WIDTH + DAY_WIDTH // 2
    start, end = visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)
    return Mark(visit.code, start, end, kind, words, x, y)


def _y(row: int) -> int:
    return TOP + row * ROW_HEIGHT


def _days_in(first: date) -> int:
    return ((first + timedelta(days=32)).replace(day=1) - first).days


def _in_words(marks: Sequence[Mark]) -> str:
    kept = sum(mark.kind in {"kept", "moved", "open"} for mark in marks)
    skipped = sum(mark.kind == "skipped" for mark in marks)
    said = ngettext("%(n)s visit to come", "%(n)s visits to come", kept) % {"n": kept}
    if skipped:
        said += ", " + ngettext("%(n)s skipped", "%(n)s skipped", skipped) % {"n": skipped}
    return said
