"""The board: who is where, when, by day and by week."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zlib import crc32

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from midway.accounts.access import Right, has_right, office
from midway.booking.board import Board, Row, board_of
from midway.crew.models import Branch
from midway.journal.queries import journal_mark
from midway.runtime.clock import now as clock
from midway.web.office.board_map import ways_of
from midway.web.office.drawing import KEY, axis_of, codes_of, draw_bar, draw_rows, total_minutes
from midway.web.office.place import day_asked, today_at, with_branch

ASK_AGAIN_MS = 2000


@office(Right.SEE_BOARD)
@require_safe
@vary_on_headers("HX-Request")
@with_branch
def board(request: HttpRequest, branch: Branch) -> HttpResponse:
    """The day's or the week's board; asked for by HTMX, the part that changes, or nothing if it did not."""
    now = clock()
    on = day_asked(request.GET.get("date", ""), otherwise=today_at(branch, now))
    is_week = request.GET.get("view") == "week"
    if is_week:
        context = week_context(branch, on, now=now)
    else:
        context = day_context(branch, on, now=now, with_map=_wants_map(request))
    context["may_move"] = has_right(request.user, Right.CHANGE_VISITS)
    context["changes"] = journal_mark()
    context["fragment"] = fragment = render_to_string("office/board_part.html", context, request)
    context["version"] = version = f"{crc32(fragment.encode()):x}"
    if request.headers.get("HX-Request") != "true":
        return render(request, "office/board.html", context)
    if request.GET.get("version") == version:
        return HttpResponse(status=204)
    return render(request, "office/board_live.html", context)


@office(Right.SEE_BOARD)
@require_safe
@never_cache
def changes(request: HttpRequest) -> HttpResponse:
    """Server-sent events: says that something has changed since the mark the screen has, and ends.

    The browser asks again by itself two seconds later, with the mark it was given. No thread waits for news, so that
    any number of open screens leaves the server to everybody else.
    """
    since = request.headers.get("Last-Event-ID", "") or request.GET.get("since", "")
    mark = journal_mark()
    lines = f"retry: {ASK_AGAIN_MS}\nid: {mark}\n"
    lines += "\n" if mark == since else "event: changed\ndata: board\n\n"
    return HttpResponse(lines, content_type="text/event-stream")


def _wants_map(request: HttpRequest) -> bool:
    """Whether the map is shown beside the day; what was chosen last is remembered."""
    asked = request.GET.get("map", "")
    if asked in {"on", "off"} and request.session.get("board_map", "on") != asked:
        request.session["board_map"] = asked
    return str(request.session.get("board_map", "on")) == "on"


def day_context(branch: Branch, on: date, *, now: datetime, with_map: bool = True) -> dict[str, Any]:
    """All that the day's board draws."""
    found = board_of(branch=branch, first=on, days=1, now=now)
    axis = axis_of(found)
    booked, working = total_minutes(row.days[0] for row in found.rows)
    ways = ways_of(found, with_map=with_map)
    return {
        **_around(branch, on, timedelta(days=1), now=now),
        "view": "day",
        "map": ways.map,
        "with_map": with_map,
        "driven": sum(ways.minutes.values()),
        "board": found,
        "axis": axis,
        "now_at": axis.at(now) if axis.start <= now < axis.end else None,
        "rows": draw_rows(found, axis, ways.colours, ways.minutes),
        "tray": [draw_bar(visit, axis, codes_of(found)) for visit in found.tray],
        "holiday": found.holidays.get(on, ""),
        "visit_count": len(found.visits),
        "booked": booked,
        "working": working,
        "key": KEY,
        "is_dense": len(found.rows) > 30,
    }


@dataclass(frozen=True)
class WeekRow:
    """A cleaner's week: their days and their sum."""

    row: Row
    booked: int
    working: int


def week_context(branch: Branch, on: date, *, now: datetime) -> dict[str, Any]:
    """All that the week's board draws: per cleaner and day how many visits and how full."""
    monday = on - timedelta(days=on.weekday())
    found = board_of(branch=branch, first=monday, days=7, now=now)
    return {
        **_around(branch, monday, timedelta(days=7), now=now),
        "view": "week",
        "board": found,
        "last": monday + timedelta(days=6),
        "rows": [WeekRow(row, *total_minutes(row.days)) for row in found.rows],
        "columns": [_column(found, index) for index in range(7)],
        "is_dense": len(found.rows) > 30,
    }


@dataclass(frozen=True)
class WeekColumn:
    """A day of the whole branch."""

    on: date
    holiday: str
    booked: int
    working: int
    visits: int
    waiting: int


def _column(found: Board, index: int) -> WeekColumn:
    on, zone = found.days[index], found.branch.zoneinfo
    begun = [v for v in found.visits if v.visit.starts_at.astimezone(zone).date() == on]
    booked, working = total_minutes(row.days[index] for row in found.rows)
    waiting = sum(1 for v in begun if v.visit.cleaners_missing)
    return WeekColumn(on, found.holidays.get(on, ""), booked, working, len(begun), waiting)


def _around(branch: Branch, on: date, step: timedelta, *, now: datetime) -> dict[str, Any]:
    return {
        "branch": branch,
        "on": on,
        "before": on - step,
        "after": on + step,
        "today": today_at(branch, now),
        "now": now.astimezone(branch.zoneinfo),
    }
