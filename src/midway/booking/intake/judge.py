"""What an import would do: every row judged in order, each on what the rows before have left."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from babel.core import get_global
from django.utils.translation import gettext as _

from midway.booking.intake.dates import DatesAmbiguous, DateStyle, day_with_year, style_of
from midway.booking.intake.diary import Diary
from midway.booking.intake.people import Home, Known, Match, People
from midway.booking.intake.row import Place, Reader, Reason, Row
from midway.booking.intake.series import PlannedSeries, Refused, Shop
from midway.booking.intake.table import Line, Table
from midway.booking.intake.words import rhythm_in, weekdays_in
from midway.booking.models import ImportedRow, Service
from midway.booking.queries import price_list_in_force, tidy_postcode
from midway.core.timespan import Span
from midway.crew.models import Area, Branch

Tell = Callable[[int, int], None]
_DATES = ("last_on", "next_on", "until_on")


class Outcome(StrEnum):
    """What becomes of a row."""

    LOADED = "loaded"
    UNCHANGED = "unchanged"
    """It was loaded before, or says the same as an earlier row."""
    REFUSED = "refused"


@dataclass(frozen=True)
class Options:
    """What was told about a file besides the file: `columns` says of headings, `services` of services what they are."""

    encoding: str = ""
    dates: DateStyle | None = None
    columns: Sequence[tuple[str, str]] = ()
    services: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As a run keeps it."""
        return {
            "encoding": self.encoding,
            "dates": self.dates.value if self.dates else "",
            "columns": [list(pair) for pair in self.columns],
            "services": dict(self.services),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Options":
        """As a run kept it."""
        return cls(
            encoding=kept.get("encoding", ""),
            dates=DateStyle(kept["dates"]) if kept.get("dates") else None,
            columns=[(heading, meant) for heading, meant in kept.get("columns", ())],
            services=kept.get("services", {}),
        )


@dataclass(frozen=True)
class Decision:
    """What becomes of one row, and why. `person`, `home` and `series` are what a loaded row brings."""

    line: int
    name: str
    outcome: Outcome
    reasons: Sequence[Reason] = ()
    remarks: Sequence[str] = ()
    row: Row | None = None
    person: Match | None = None
    home: Home | None = None
    series: PlannedSeries | None = None


@dataclass(frozen=True)
class Verdict:
    """The whole file judged."""

    table: Table
    style: DateStyle
    decisions: Sequence[Decision]
    shop: Shop

    def count(self, outcome: Outcome) -> int:
        return sum(decision.outcome is outcome for decision in self.decisions)

    @property
    def loaded(self) -> list[Decision]:
        return [decision for decision in self.decisions if decision.outcome is Outcome.LOADED]

    @property
    def refused(self) -> list[Decision]:
        return [decision for decision in self.decisions if decision.outcome is Outcome.REFUSED]

    @property
    def counts(self) -> dict[str, int]:
        """The report's figures."""
        series = [decision.series for decision in self.loaded if decision.series is not None]
        return {
            "rows": len(self.decisions),
            **{outcome.value: self.count(outcome) for outcome in Outcome},
            "customers": sum(d.person is not None and d.person.is_new for d in self.loaded),
            "homes": sum(d.home is not None and d.home.line == d.line for d in self.loaded),
            "plans": sum(not s.is_single for s in series),
            "singles": sum(s.is_single for s in series),
            "visits": sum(len(s.taking_place) for s in series),
            "to_decide": sum(s.to_decide for s in series),
        }


def judge(table: Table, *, branch: Branch, options: Options, now: datetime, tell: Tell | None = None) -> Verdict:
    """Will judge every row, reading the books and changing nothing; `tell` hears how far it is.

    A fixed number of queries, and one for each home that is known from before.
    Raises `DatesAmbiguous`, `booking.queries.NoPrices` or `crew.queries.CalendarNotWritten`.
    """
    said = [table.columns.read(line.cells) for line in table.lines]
    style = options.dates or style_of(_dates_of(said))
    if style is None:
        raise DatesAmbiguous(_(DatesAmbiguous.__doc__ or ""))
    reader = Reader(style, _region_of(branch))
    read = [_read(reader, line, answers, table) for line, answers in zip(table.lines, said, strict=True)]
    judging = _Judging(branch, options, [row for row in read if isinstance(row, Row)], now=now)
    decisions = []
    for number, row in enumerate(read, 1):
        decisions.append(judging.decide(row) if isinstance(row, Row) else row)
        if tell is not None:
            tell(number, len(read))
    return Verdict(table, style, decisions, judging.shop)


def _read(reader: Reader, line: Line, said: Mapping[str, str], table: Table) -> Row | Decision:
    if any(cell for cell in line.cells[len(table.headings) :]):
        mend = _("Put texts with a %(delimiter)s in quotes.") % {"delimiter": _(table.delimiter_name)}
        reasons = [Reason("", _("The row has more cells than there are headings."), mend)]
    else:
        row = reader.read(line.number, said)
        if isinstance(row, Row):
            return row
        reasons = row
    return Decision(line.number, said.get("name", said.get("last_name", "")), Outcome.REFUSED, reasons)


def _dates_of(said: Iterable[Mapping[str, str]]) -> Iterable[tuple[str, frozenset[int]]]:
    for answers in said:
        rhythm = rhythm_in(answers.get("frequency", ""))
        weekdays = weekdays_in(answers.get("weekday", "")) or (rhythm[1] if rhythm else frozenset())
        for name in _DATES:
            if answers.get(name):
                yield answers[name], weekdays if name != "until_on" else frozenset()


def _region_of(branch: Branch) -> str:
    return str(get_global("zone_territories").get(branch.zone, "US"))


class _Judging:
    """The rows being judged: the books, the year, and what the rows before have brought."""

    def __init__(self, branch: Branch, options: Options, rows: Sequence[Row], *, now: datetime) -> None:
        self._branch, self._now = branch, now
        price_list, rates = price_list_in_force(branch, on=now.astimezone(branch.zoneinfo).date())
        self.shop = Shop(
            branch=branch,
            services=[s for s in Service.objects.filter(is_offered=True) if s.code in rates.services],
            price_list=price_list,
            rates=rates,
            diary=Diary(branch, now=now),
            now=now,
            aliases=options.services,
        )
        self._people = People()
        self._areas = {a.postcode: a.branch for a in Area.objects.select_related("branch")}
        known = ImportedRow.objects.filter(branch=branch, fingerprint__in=[row.fingerprint for row in rows])
        self._before = {row.fingerprint: row.created_at for row in known}
        self._lines: dict[str, int] = {}

    def decide(self, row: Row) -> Decision:
        """Will say what becomes of a row; a loaded one is known to the rows after it."""
        same = self._same(row)
        if same:
            return Decision(row.line, row.person.name, Outcome.UNCHANGED, remarks=[same])
        remarks = list(row.remarks)
        postcode = self._postcode(row.place.postcode, remarks)
        if isinstance(postcode, Reason):
            return Decision(row.line, row.person.name, Outcome.REFUSED, [postcode])
        row = Row(**{**vars(row), "place": Place(**{**vars(row.place), "postcode": postcode})})
        match = self._people.match(row)
        if match.is_new and not row.person.email:
            return Decision(row.line, row.person.name, Outcome.REFUSED, [_no_email()])
        home = (None if match.is_new else self._people.home(match.person, row.place)) or Home(line=row.line, busy=[])
        try:
            series = self._series(row, home, remarks)
        except Refused as refusal:
            return Decision(row.line, row.person.name, Outcome.REFUSED, [refusal.reason])
        self._keep(row, match.person, home, series)
        return Decision(
            row.line, row.person.name, Outcome.LOADED, (), [*match.remarks, *remarks], row, match, home, series
        )

    def _same(self, row: Row) -> str:
        if row.fingerprint in self._before:
            on = self._before[row.fingerprint].astimezone(self._branch.zoneinfo).date()
            return _("Loaded before, on %(on)s.") % {"on": day_with_year(on)}
        if row.fingerprint in self._lines:
            return _("Says the same as line %(line)d.") % {"line": self._lines[row.fingerprint]}
        return ""

    def _postcode(self, said: str, remarks: list[str]) -> str | Reason:
        tidy = tidy_postcode(said)
        # Spreadsheets take the noughts at the front of a postcode away.
        padded = tidy.zfill(5) if tidy.isdigit() else tidy
        if tidy not in self._areas and padded in self._areas:
            remarks.append(_("Postcode %(said)s was read as %(postcode)s.") % {"said": tidy, "postcode": padded})
            tidy = padded
        branch = self._areas.get(tidy)
        if branch is None:
            return Reason(
                "postcode",
                _("We do not clean at %(postcode)s.") % {"postcode": tidy},
                _("Check the postcode, or add it to the branch's area."),
            )
        if branch.pk != self._branch.pk:
            return Reason(
                "postcode",
                _("%(postcode)s belongs to the branch %(branch)s.") % {"postcode": tidy, "branch": branch.name},
                _("Import this row at that branch."),
            )
        return tidy

    def _series(self, row: Row, home: Home, remarks: list[str]) -> PlannedSeries | None:
        if row.wish is None:
            return None
        return self.shop.plan(row.wish, row.place, self._people.busy(home, now=self._now), remarks)

    def _keep(self, row: Row, person: Known, home: Home, series: PlannedSeries | None) -> None:
        self._lines[row.fingerprint] = row.line
        self._people.keep(person, row, home)
        if series is not None:
            length = timedelta(minutes=series.duration_minutes)
            self.shop.diary.take(series.teams, length + self._branch.pad)
            busy = self._people.busy(home, now=self._now)
            busy += [(Span(start, start + length), row.line) for start in series.taking_place]


def _no_email() -> Reason:
    return Reason(
        "email",
        _("There is no e-mail address, and we do not know this person yet."),
        _("Add an e-mail address; confirmations and links go there."),
    )
