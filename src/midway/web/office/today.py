"""Today: what is happening, what is late, what needs somebody to decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from midway.accounts.access import Right, has_right, office
from midway.booking.board import Board, BoardVisit, board_of, unassigned_visits
from midway.core.timespan import CELL
from midway.core.visit_states import VisitState
from midway.crew.models import Branch
from midway.journal.queries import recent_activity
from midway.messaging.queries import given_up_endpoints, undeliverable_messages
from midway.runtime.clock import now as clock
from midway.web.design.words import hours_in_words
from midway.web.office.day_plan_words import proposals_in_words
from midway.web.office.drawing import Axis, Look, axis_of, draw_rows, look_of, total_minutes
from midway.web.office.journal_words import MayUndo, tell
from midway.web.office.place import today_at, with_branch
from midway.web.office.undoing import may_undo


@office(Right.SEE_BOARD)
@require_safe
@with_branch
def today(request: HttpRequest, branch: Branch) -> HttpResponse:
    """The page the office opens with."""
    now = clock()
    context = {
        **today_context(
            branch, now=now, may_undo=may_undo(request), sees_system=has_right(request.user, Right.SEE_SYSTEM)
        ),
        "may_change": has_right(request.user, Right.CHANGE_VISITS),
    }
    return render(request, "office/today.html", context)


@dataclass(frozen=True)
class Line:
    """A visit as one line of a list."""

    board_visit: BoardVisit
    on: date
    hours: str
    look: Look
    people: str


def today_context(
    branch: Branch, *, now: datetime, may_undo: MayUndo | None = None, sees_system: bool = False
) -> dict[str, Any]:
    """All that Today shows. A fixed number of queries; `sees_system` adds what only the owner can mend."""
    on = today_at(branch, now)
    found = board_of(branch=branch, first=on, days=1, now=now)
    axis = axis_of(found)
    booked, working = total_minutes(row.days[0] for row in found.rows)
    waiting = unassigned_visits(branch=branch, now=now)
    undelivered = undeliverable_messages(limit=2)
    given_up = list(given_up_endpoints()) if sees_system else []
    late = [visit for visit in found.visits if visit.is_late]
    return {
        "branch": branch,
        "on": on,
        "now": now.astimezone(branch.zoneinfo),
        "holiday": found.holidays.get(on, ""),
        "visit_count": len(found.visits),
        "done_count": sum(1 for visit in found.visits if visit.visit.state == VisitState.DONE),
        "booked": booked,
        "working": working,
        "waiting": _lines(waiting, found),
        "undelivered": undelivered,
        "given_up": given_up,
        "late": _lines(late, found),
        "under_way": _lines([v for v in found.visits if _is_under_way(v, now) and not v.is_late], found),
        "next_up": _lines([v for v in found.visits if v.visit.starts_at > now][:6], found),
        "needs": len(waiting) + len(late) + bool(undelivered.count) + len(given_up),
        "axis": axis,
        "pulse": _pulse(found.visits, axis),
        "now_at": axis.at(now) if axis.start <= now < axis.end else None,
        "rows": draw_rows(found, axis),
        "proposals": proposals_in_words(branch, on),
        "activity": tell(recent_activity(limit=12), zone=branch.zoneinfo, now=now, may_undo=may_undo),
    }


def _is_under_way(board_visit: BoardVisit, now: datetime) -> bool:
    visit = board_visit.visit
    if visit.state in {VisitState.EN_ROUTE, VisitState.IN_PROGRESS}:
        return True
    return visit.state == VisitState.SCHEDULED and visit.starts_at <= now < visit.ends_at


def _lines(visits: Sequence[BoardVisit], board: Board) -> list[Line]:
    zone = board.branch.zoneinfo
    names = {row.cleaner.pk: row.cleaner.name for row in board.rows}
    return [
        Line(
            board_visit=v,
            on=v.visit.starts_at.astimezone(zone).date(),
            hours=hours_in_words(v.visit.starts_at.astimezone(zone), v.visit.ends_at.astimezone(zone)),
            look=look_of(v.visit.state, is_late=v.is_late, is_missing=bool(v.visit.cleaners_missing)),
            people=", ".join(names[pk] for pk in v.cleaner_ids if pk in names),
        )
        for v in visits
    ]


@dataclass(frozen=True)
class Pulse:
    """How many visits are under way in each quarter hour of the day, as bars in a box 100 high."""

    bars: Sequence[tuple[int, int, int]]
    most: int
    cells: int


def _pulse(visits: Sequence[BoardVisit], axis: Axis) -> Pulse:
    cells = max(1, (axis.end - axis.start) // CELL)
    counts = [0] * cells
    for index in range(cells):
        moment = axis.start + index * CELL
        counts[index] = sum(1 for v in visits if v.span.start < moment + timedelta(minutes=1) <= v.span.end)
    most = max([*counts, 1])
    bars = [(index, 100 - round(100 * n / most), round(100 * n / most)) for index, n in enumerate(counts) if n]
    return Pulse(bars=bars, most=most if any(counts) else 0, cells=cells)
