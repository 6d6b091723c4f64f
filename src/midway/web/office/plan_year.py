"""A plan's year as a picture: a row a month, a mark on each date, its shape saying what became of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from midway.booking.models import Plan, PlanException, Visit
from midway.booking.plan_lists import broken_visits
from midway.core.visit_states import VisitState
from midway.crew.models import Holiday
from midway.web.design.words import day_in_words, month_in_words, span_in_words

MONTHS = 13
STEP, LINE, LEFT = 20, 26, 44
"""Pixels from day to day, from month to month, and before the first day."""


class Mark(StrEnum):
    """What became of a date."""

    DONE = "done"
    KEPT = "kept"
    MOVED = "moved"
    SHIFTED = "shifted"
    MISSING = "missing"
    SKIPPED = "skipped"
    PAUSED = "paused"
    HOLIDAY = "holiday"
    CANCELLED = "cancelled"


MARK_WORDS: Mapping[Mark, str | Promise] = {
    Mark.DONE: gettext_lazy("done"),
    Mark.KEPT: gettext_lazy("as the plan says"),
    Mark.MOVED: gettext_lazy("moved"),
    Mark.SHIFTED: gettext_lazy("shifted for a closed day"),
    Mark.MISSING: gettext_lazy("needs a decision"),
    Mark.SKIPPED: gettext_lazy("skipped"),
    Mark.PAUSED: gettext_lazy("paused"),
    Mark.HOLIDAY: gettext_lazy("left out for a closed day"),
    Mark.CANCELLED: gettext_lazy("called off"),
}

SHAPES: Mapping[Mark, str] = {
    Mark.DONE: "M-7 -7 H7 V7 H-7 Z M-4 0 L-1 3 L4 -3",
    Mark.KEPT: "M-7 -7 H7 V7 H-7 Z",
    Mark.MOVED: "M0 -9 L9 0 L0 9 L-9 0 Z",
    Mark.SHIFTED: "M-7 7 H7 L0 -8 Z",
    Mark.MISSING: "M0 -8 A8 8 0 1 0 0 8 A8 8 0 1 0 0 -8 Z M0 -4 V1 M0 4 V4.5",
    Mark.SKIPPED: "M-6 0 H6",
    Mark.PAUSED: "M-3 -6 V6 M3 -6 V6",
    Mark.HOLIDAY: "M-5 -5 L5 5 M5 -5 L-5 5",
    Mark.CANCELLED: "M-6 -6 L6 6 M6 -6 L-6 6 M-7 0 H7",
}
CAN_SKIP = {Mark.KEPT, Mark.MOVED, Mark.SHIFTED, Mark.MISSING}
CAN_RESTORE = {Mark.MOVED, Mark.SKIPPED, Mark.HOLIDAY}


@dataclass(frozen=True)
class PlanDate:
    """One date of a plan, in local time: when it takes place, who comes, what became of it."""

    visit: Visit
    on: date
    start: datetime
    end: datetime
    mark: Mark
    people: str
    is_ahead: bool

    @property
    def words(self) -> str:
        return str(MARK_WORDS[self.mark])

    @property
    def takes_place(self) -> bool:
        return self.mark in {Mark.DONE, Mark.KEPT, Mark.MOVED, Mark.SHIFTED, Mark.MISSING}

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is held on another day than the plan's."""
        return self.takes_place and self.start.date() != self.on

    @property
    def can_skip(self) -> bool:
        return self.is_ahead and self.mark in CAN_SKIP

    @property
    def can_restore(self) -> bool:
        return self.is_ahead and self.mark in CAN_RESTORE


def plan_dates(plan: Plan, *, now: datetime) -> list[PlanDate]:
    """Every date of the plan from the first of this month on that has its visit, in order. Four queries."""
    zone = plan.branch.zoneinfo
    first = now.astimezone(zone).date().replace(day=1)
    visits = plan.visits.filter(occurrence_on__gte=first).order_by("occurrence_on")
    agreed = {e.original_on: e.kind for e in plan.exceptions.filter(original_on__gte=first)}
    broken = broken_visits(branch=plan.branch, now=now, plan_id=plan.pk)
    found = []
    for visit in visits.prefetch_related("assignments__cleaner"):
        assert visit.occurrence_on is not None
        start, end = visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)
        found.append(
            PlanDate(
                visit=visit,
                on=visit.occurrence_on,
                start=start,
                end=end,
                mark=_mark(visit, start.date(), agreed.get(visit.occurrence_on), is_broken=visit.pk in broken),
                people=", ".join(sorted(a.cleaner.name for a in visit.assignments.all() if a.active)),
                is_ahead=visit.starts_at > now,
            )
        )
    return found


def _mark(visit: Visit, held: date, agreed: str | None, *, is_broken: bool) -> Mark:
    if visit.state == VisitState.SKIPPED:
        kinds = {PlanException.Kind.SKIPPED: Mark.SKIPPED, PlanException.Kind.HOLIDAY: Mark.HOLIDAY}
        return kinds.get(PlanException.Kind(agreed), Mark.PAUSED) if agreed else Mark.PAUSED
    if visit.state == VisitState.DONE:
        return Mark.DONE
    if visit.state != VisitState.SCHEDULED:
        under_way = visit.state in {VisitState.EN_ROUTE, VisitState.IN_PROGRESS}
        return Mark.KEPT if under_way else Mark.CANCELLED
    if is_broken or visit.cleaners_missing:
        return Mark.MISSING
    if agreed == PlanException.Kind.MOVED:
        return Mark.MOVED
    return Mark.SHIFTED if held != visit.occurrence_on else Mark.KEPT


@dataclass(frozen=True)
class Drawn:
    """A mark on the picture."""

    x: int
    y: int
    mark: Mark
    shape: str
    words: str
    href: str


@dataclass(frozen=True)
class YearPicture:
    """The picture: months as rows, marks, closed days, where today is, and all of it in one sentence."""

    width: int
    height: int
    months: Sequence[tuple[int, str]]
    marks: Sequence[Drawn]
    closed: Sequence[tuple[int, int]]
    today: tuple[int, int]
    legend: Sequence[tuple[Mark, str, str]]
    words: str


def year_picture(plan: Plan, dates: Iterable[PlanDate], *, now: datetime) -> YearPicture:
    """Will draw the dates of thirteen months. One query."""
    today = now.astimezone(plan.branch.zoneinfo).date()
    first = today.replace(day=1)
    months = [_month_after(first, n) for n in range(MONTHS)]
    last = _month_after(first, MONTHS) - timedelta(days=1)
    shown = [d for d in dates if first <= _drawn_on(d) <= last]
    closed = Holiday.objects.filter(branch=plan.branch, on__range=(first, last)).values_list("on", flat=True)
    counts = {mark: sum(d.mark == mark for d in shown) for mark in Mark}
    return YearPicture(
        width=LEFT + 31 * STEP,
        height=MONTHS * LINE + 18,
        months=[(18 + n * LINE + LINE // 2, month_in_words(month)[:3]) for n, month in enumerate(months)],
        marks=[
            Drawn(*_place(_drawn_on(d), first), d.mark, SHAPES[d.mark], _said(d), f"#d{d.on.isoformat()}")
            for d in shown
        ],
        closed=[_place(on, first) for on in closed],
        today=_place(today, first),
        legend=[(mark, SHAPES[mark], str(MARK_WORDS[mark])) for mark, count in counts.items() if count],
        words=_summary(counts),
    )


def _summary(counts: Mapping[Mark, int]) -> str:
    told = "; ".join(f"{count} {MARK_WORDS[mark]}" for mark, count in counts.items() if count)
    return told or _("No dates")


def _said(d: PlanDate) -> str:
    if not d.takes_place:
        return f"{day_in_words(d.on)}: {d.words}"
    who = f", {d.people}" if d.people else ""
    return f"{span_in_words(d.start, d.end)}: {d.words}{who}"


def _drawn_on(d: PlanDate) -> date:
    return d.start.date() if d.takes_place else d.on


def _month_after(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def _place(day: date, first: date) -> tuple[int, int]:
    row = (day.year - first.year) * 12 + day.month - first.month
    return LEFT + (day.day - 1) * STEP + STEP // 2, 18 + row * LINE + LINE // 2
