"""What the owner sees at breakfast and the engineer at night: is everything all right, what needs doing, the proof."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from midway.accounts.access import Right, has_right, office
from midway.ops.keeper import series
from midway.ops.oncall.roster import company_zone
from midway.ops.procedure import WORST_FIRST, Cadence, Status
from midway.ops.proof import backup_proof
from midway.ops.standing import Standing, sleeping_now, standings
from midway.runtime.clock import now as clock
from midway.web.ops.console_words import CADENCES, health_sentence

CAPACITY = {"host.disk": "host.disk", "host.memory": "host.memory", "limits.growth": ""}
CAPACITY_DAYS = 90


@office(Right.SEE_SYSTEM)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """One sentence, what needs doing, and the proof."""
    now, zone = clock(), company_zone()
    rows = standings(now=now, zone=zone)
    proof = backup_proof(data=settings.ENVIRONMENT.data, secret=settings.SECRET_KEY)
    sentence, state = health_sentence(rows, proof, now=now, zone=zone)
    context = {
        "now": now,
        "zone": zone,
        "sentence": sentence,
        "state": state.value,
        "needs": sorted((row for row in rows if row.needs_you), key=lambda row: WORST_FIRST.index(row.status)),
        "groups": _groups(rows),
        "proof": proof,
        "capacity": _capacity(rows, now=now),
        "sleeping": sleeping_now(now=now),
        "may_change": has_right(request.user, Right.CHANGE_SYSTEM),
    }
    return render(request, "web_ops/home.html", context)


@dataclass(frozen=True)
class Group:
    """The procedures of one cadence. What is not well is shown, the others are folded."""

    words: object
    rows: list[Standing]

    @property
    def unwell(self) -> list[Standing]:
        """What is not well, the worst first."""
        found = [row for row in self.rows if self.is_judged and not _is_well(row)]
        return sorted(found, key=lambda row: WORST_FIRST.index(row.status))

    @property
    def others(self) -> list[Standing]:
        """What is folded."""
        return [row for row in self.rows if not self.is_judged or _is_well(row)]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.rows)

    @property
    def fine(self) -> int:
        """How many are well, or left out by decision."""
        return sum(_is_well(row) for row in self.rows)

    @property
    def is_judged(self) -> bool:
        """What only runs when somebody asks is neither well nor not."""
        return any(row.procedure.cadence is not Cadence.DEMAND for row in self.rows)


def _is_well(row: Standing) -> bool:
    return row.status in {Status.OK, Status.SKIPPED}


def _groups(rows: list[Standing]) -> list[Group]:
    found = [Group(words, [row for row in rows if row.procedure.cadence is one]) for one, words in CADENCES.items()]
    return [group for group in found if group.rows]


def _capacity(rows: list[Standing], *, now: datetime) -> list[tuple[Standing, list[float]]]:
    """What runs out one day, with its course where a series is kept."""
    since = now - timedelta(days=CAPACITY_DAYS)
    found = [row for row in rows if row.procedure.id in CAPACITY and row.latest]
    return [
        (row, [value for _, value in series(name, "", since)] if (name := CAPACITY[row.procedure.id]) else [])
        for row in found
    ]
