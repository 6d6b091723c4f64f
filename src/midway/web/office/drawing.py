"""The board as geometry and words: where each bar lies on the shared hour axis, and how a visit's state looks.

Positions are counted in steps of five minutes from the axis's start; the stylesheet `office/axis.css` has a
class for each, so that the board stands without scripts and without inline styles.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from midway.booking.board import Block, Board, BoardVisit, CleanerDay, Row
from midway.booking.models import Service
from midway.core.timespan import CELL, Span, local_instant, local_midnight
from midway.core.visit_states import VisitState
from midway.web.design.words import hours_in_words, page_locale, time_in_words

STEP = timedelta(minutes=5)
LONGEST_DAY = 25 * 12 + 6
"""Steps in the longest local day there is."""


@dataclass(frozen=True)
class Look:
    """How a state is shown: a class for colour and outline, an icon for the shape, a word."""

    css: str
    symbol: str
    words: str | Promise


LOOKS = {
    VisitState.SCHEDULED: Look("scheduled", "clock", gettext_lazy("Planned")),
    VisitState.EN_ROUTE: Look("en-route", "next", gettext_lazy("On the way")),
    VisitState.IN_PROGRESS: Look("in-progress", "spark", gettext_lazy("Under way")),
    VisitState.DONE: Look("done", "check", gettext_lazy("Done")),
    VisitState.SKIPPED: Look("called-off", "minus", gettext_lazy("Skipped")),
    VisitState.BUMPED: Look("called-off", "minus", gettext_lazy("Called off by us")),
    VisitState.LOCKED_OUT: Look("locked-out", "lock", gettext_lazy("Nobody let us in")),
    VisitState.CANCELLED: Look("called-off", "close", gettext_lazy("Cancelled")),
    VisitState.CANCELLED_LATE: Look("called-off", "close", gettext_lazy("Cancelled late")),
}
LATE = Look("late", "warn", gettext_lazy("Late"))
WAITING = Look("waiting", "person", gettext_lazy("Needs somebody"))
KEY = (*(LOOKS[s] for s in list(VisitState)[:4]), LATE, WAITING, LOOKS[VisitState.LOCKED_OUT])

BLOCK_WORDS = {
    "sick": gettext_lazy("Sick"),
    "vacation": gettext_lazy("On holiday"),
    "other": gettext_lazy("Away"),
    "absence": gettext_lazy("Away"),
    "hold": gettext_lazy("A customer is booking"),
    "break": gettext_lazy("Break"),
    "training": gettext_lazy("Training"),
}
BLOCK_SYMBOLS = {"absence": "close", "hold": "customers", "break": "minus", "training": "note"}


def look_of(state: str, *, is_late: bool = False, is_missing: bool = False) -> Look:
    """How this state is shown; lateness and a missing cleaner are told before the rest."""
    if is_late:
        return LATE
    return WAITING if is_missing and state == VisitState.SCHEDULED else LOOKS[VisitState(state)]


@dataclass(frozen=True)
class Axis:
    """The stretch of a local day that is drawn."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    @property
    def steps(self) -> int:
        return (self.end - self.start) // STEP

    def at(self, moment: datetime) -> int:
        """Steps from the start, kept on the axis."""
        return max(0, min(self.steps, (moment - self.start) // STEP))

    def wide(self, span: Span) -> int:
        """The steps a span takes on the axis, at least one."""
        return max(1, self.at(span.end + STEP - timedelta(microseconds=1)) - self.at(span.start))

    @property
    def hours(self) -> list[tuple[int, str]]:
        """Where each full hour of the wall clock lies, and what it is called; one may come twice, or not at all."""
        marks, moment = [], self.start
        while moment < self.end:
            local = moment.astimezone(self.zone)
            if local.minute == 0:
                marks.append((self.at(moment), time_in_words(local)))
            moment += CELL
        return marks


@dataclass(frozen=True)
class Bar:
    """A visit on a row."""

    at: int
    wide: int
    look: Look
    board_visit: BoardVisit
    hours: str
    label: str
    codes: str = ""


@dataclass(frozen=True)
class Band:
    """A stretch of working time, or one that is blocked."""

    at: int
    wide: int
    kind: str = ""
    symbol: str = ""
    words: str | Promise = ""
    hours: str = ""


@dataclass(frozen=True)
class DrawnRow:
    """One cleaner's day, ready to be drawn."""

    row: Row
    day: CleanerDay
    bars: Sequence[Bar]
    working: Sequence[Band]
    blocks: Sequence[Band]
    load_percent: int
    is_over: bool
    is_team_start: bool
    label: str
    colour: int = 0
    drive_minutes: int = 0


def axis_of(board: Board) -> Axis:
    """Will fit the axis around hours and visits in whole hours, from seven to seven at least."""
    zone, on = board.branch.zoneinfo, board.days[0]
    opens, closes = local_midnight(on, zone), local_midnight(on + timedelta(days=1), zone)
    day = Span(opens, closes)
    spans = [s for row in board.rows for s in row.days[0].working]
    spans += [visit.span for visit in board.visits if visit.span.overlaps(day)]
    start = min([local_instant(on, time(7), zone), *(s.start for s in spans)])
    end = max([local_instant(on, time(19), zone), *(s.end for s in spans)])
    return Axis(start=max(opens, _whole_hour(start, zone)), end=min(closes, _next_hour(end, zone)), zone=zone)


def draw_rows(
    board: Board, axis: Axis, colours: Mapping[int, int] | None = None, driven: Mapping[int, int] | None = None
) -> list[DrawnRow]:
    """Will lay every cleaner's day on the axis, in their colours and with their minutes of driving by cleaner's id."""
    drawn: list[DrawnRow] = []
    team_before = None
    codes = codes_of(board)
    for row in board.rows:
        team = row.teams[0] if row.teams else ""
        is_start = team_before is not None and team != team_before
        plain = _draw_row(row, axis, codes, is_team_start=is_start)
        pk = row.cleaner.pk
        drawn.append(replace(plain, colour=(colours or {}).get(pk, 0), drive_minutes=(driven or {}).get(pk, 0)))
        team_before = team
    return drawn


def codes_of(board: Board) -> dict[int, str]:
    """The codes that pages use for the cleaners' ids."""
    return {row.cleaner.pk: str(row.cleaner.code) for row in board.rows}


def _draw_row(row: Row, axis: Axis, codes: Mapping[int, str], *, is_team_start: bool) -> DrawnRow:
    day = row.days[0]
    visits = ngettext("%(count)s visit", "%(count)s visits", len(day.visits)) % {"count": len(day.visits)}
    return DrawnRow(
        row=row,
        day=day,
        bars=[draw_bar(visit, axis, codes) for visit in day.visits],
        working=[Band(axis.at(s.start), axis.wide(s), hours=_hours(s, axis.zone)) for s in day.working],
        blocks=[_draw_block(block, axis) for block in day.blocks],
        load_percent=_percent(day.booked_minutes, day.working_minutes),
        is_over=day.booked_minutes > day.working_minutes,
        is_team_start=is_team_start,
        label=_("%(name)s: %(visits)s, %(booked)s of %(hours)s hours")
        % {
            "name": row.cleaner.name,
            "visits": visits,
            "booked": in_hours(day.booked_minutes),
            "hours": in_hours(day.working_minutes),
        },
    )


def draw_bar(board_visit: BoardVisit, axis: Axis, codes: Mapping[int, str]) -> Bar:
    """Will lay a visit on the axis, with all of it in words for a screen reader."""
    visit, span = board_visit.visit, board_visit.span
    look = look_of(visit.state, is_late=board_visit.is_late, is_missing=bool(visit.cleaners_missing))
    hours = _hours(span, axis.zone)
    words = [hours, visit.customer.name, board_visit.area, service_name(visit.service), str(look.words)]
    return Bar(
        at=axis.at(span.start),
        wide=axis.wide(span),
        look=look,
        board_visit=board_visit,
        hours=hours,
        label=", ".join(word for word in words if word),
        codes=",".join(codes[pk] for pk in board_visit.cleaner_ids if pk in codes),
    )


def in_hours(minutes: int) -> str:
    """Will write minutes as hours with at most one decimal."""
    return str(format_decimal(round(minutes / 60, 1), locale=page_locale()))


def service_name(service: Service) -> str:
    """The service's name in the language of the page."""
    is_spanish = (get_language() or "en").startswith("es")
    return (service.name_es if is_spanish else "") or service.name


def axis_stylesheet() -> str:
    """The stylesheet `office/axis.css`: one class for each position, width and length of the axis."""
    lines = [
        "/* Places on the hour axis in steps of five minutes. Written by drawing.axis_stylesheet. */",
        "@layer pages {",
    ]
    lines.append("".join(f".n{n}{{--n:{n}}}" for n in range(3, LONGEST_DAY + 1, 3)))
    lines.append("".join(f".a{n}{{--a:{n}}}" for n in range(LONGEST_DAY + 1)))
    lines.append("".join(f".w{n}{{--w:{n}}}" for n in range(1, LONGEST_DAY + 1)))
    return "\n".join([*lines, "}", ""])


def _draw_block(block: Block, axis: Axis) -> Band:
    return Band(
        at=axis.at(block.span.start),
        wide=axis.wide(block.span),
        kind=block.kind,
        symbol=BLOCK_SYMBOLS.get(block.kind, "minus"),
        words=BLOCK_WORDS.get(block.reason or block.kind, block.kind),
        hours=_hours(block.span, axis.zone),
    )


def _hours(span: Span, zone: ZoneInfo) -> str:
    return hours_in_words(span.start.astimezone(zone), span.end.astimezone(zone))


def _percent(part: float, whole: float) -> int:
    return min(100, round(100 * part / whole)) if whole else (100 if part else 0)


def _whole_hour(moment: datetime, zone: ZoneInfo) -> datetime:
    while moment.astimezone(zone).minute:
        moment -= CELL if moment.minute % 15 == 0 else timedelta(minutes=moment.minute % 15)
    return moment


def _next_hour(moment: datetime, zone: ZoneInfo) -> datetime:
    while moment.astimezone(zone).minute:
        moment += timedelta(minutes=15 - moment.minute % 15)
    return moment


def total_minutes(days: Iterable[CleanerDay]) -> tuple[int, int]:
    """Booked and working minutes of some cleaner-days together."""
    listed = list(days)
    return sum(d.booked_minutes for d in listed), sum(d.working_minutes for d in listed)
