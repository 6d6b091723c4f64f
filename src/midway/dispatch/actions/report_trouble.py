"""A visit runs late, a van breaks down, snow falls: what happened, and three ways out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app

from midway.booking.models import Visit
from midway.core.actor import Actor
from midway.core.visit_states import VisitState
from midway.crew.models import Branch, Cleaner
from midway.dispatch.actions.propose_day import DayGoneBy
from midway.dispatch.actions.publish_plan import publish_plan
from midway.dispatch.day import day_mark, read_day
from midway.dispatch.models import DayPlan, Trouble
from midway.dispatch.solving import Budget
from midway.dispatch.troubles import upset
from midway.dispatch.ways_out import SECONDS_EACH, Upset, keep_ways
from midway.journal.actions import record
from midway.runtime.database import one_transaction

GOES_ON = frozenset({VisitState.SCHEDULED, VisitState.EN_ROUTE, VisitState.IN_PROGRESS})


class VisitIsOver(Exception):
    """This visit is over or was called off: it cannot take longer."""


class BackBefore(Exception):
    """That time has gone by. Say when the vehicle drives again."""


@dataclass(frozen=True, kw_only=True)
class What:
    """`visit` takes `minutes` longer, or `cleaner` cannot drive `until` then, or all drives take `percent` more."""

    visit: Visit | None = None
    minutes: int | None = None
    cleaner: Cleaner | None = None
    until: datetime | None = None
    percent: int | None = None

    @property
    def kind(self) -> str:
        """Which of the three it is."""
        if self.visit is not None:
            return Trouble.Kind.LATE
        return Trouble.Kind.VAN if self.cleaner is not None else Trouble.Kind.SNOW


@dataclass(frozen=True)
class Upheaval:
    """The trouble and the plans of the ways out, the best first."""

    trouble: Trouble
    plans: Sequence[DayPlan]


def report_trouble(
    *, branch: Branch, on: date, what: What, seed: int = 1, budget: Budget | None = None, by: Actor, now: datetime
) -> Upheaval:
    """Will write down what happened and work out three ranked ways out at once.

    Raises `DayGoneBy`, `VisitIsOver` or `BackBefore`.
    """
    trouble, plan = _record(branch, on, what, seed=seed, by=by, now=now)
    return Upheaval(trouble, work_out_trouble(plan=plan.code, budget=budget, now=now))


def ask_about_trouble(*, branch: Branch, on: date, what: What, by: Actor, now: datetime) -> Upheaval:
    """The same, with the three worked out by the worker."""
    with transaction.atomic():
        trouble, plan = _record(branch, on, what, seed=1, by=by, now=now)
        app.configure_task("dispatch.work_out_trouble", lock=str(plan.code)).defer(
            plan=str(plan.code), by_label=by.label
        )
    return Upheaval(trouble, [plan])


@one_transaction
def _record(branch: Branch, on: date, what: What, *, seed: int, by: Actor, now: datetime) -> tuple[Trouble, DayPlan]:
    if on < now.astimezone(branch.zoneinfo).date():
        raise DayGoneBy(DayGoneBy.__doc__)
    if what.visit is not None and what.visit.state not in GOES_ON:
        raise VisitIsOver(VisitIsOver.__doc__)
    if what.until is not None and what.until <= now:
        raise BackBefore(BackBefore.__doc__)
    trouble = Trouble.objects.create(
        branch=branch, on=on, kind=what.kind, visit=what.visit, cleaner=what.cleaner, minutes=what.minutes,
        drives_again_at=what.until, percent=what.percent, at=now, by_label=by.label[:120],
    )  # fmt: skip
    facts = {"on": on, "kind": trouble.kind, "minutes": what.minutes, "percent": what.percent}
    subject = what.visit.code if what.visit else what.cleaner.code if what.cleaner else trouble.code
    record(event="dispatch.trouble.reported", subject=subject, by=by, at=now, facts=facts)
    plan = DayPlan.objects.create(
        branch=branch, on=on, seed=seed, seconds=SECONDS_EACH, trouble=trouble, made_at=now, by_label=by.label[:120]
    )
    return trouble, plan


def work_out_trouble(*, plan: UUID, budget: Budget | None = None, now: datetime) -> list[DayPlan]:
    """Will search the three ways out of a trouble and keep each as a proposal, ranked."""
    asked = DayPlan.objects.select_related("branch", "trouble__visit", "trouble__cleaner").get(code=plan)
    trouble = asked.trouble
    if asked.state != DayPlan.State.WORKING or trouble is None:
        return list(DayPlan.objects.filter(trouble=trouble).order_by("rank"))
    from midway.core.routing.replan import from_here  # loads the solver's compiler

    mark = day_mark(asked.branch, asked.on, now=now)
    whole = read_day(asked.branch, asked.on, now=now, without=trouble)
    before = whole.plan_so_far()
    left = upset(from_here(whole.problem, before, now=whole.minutes(now)), [trouble], minutes=whole.minutes)
    return keep_ways(Upset(asked=asked, mark=mark, whole=whole, before=before, left=left), budget=budget, now=now)


@one_transaction
def end_trouble(*, trouble: UUID, by: Actor, now: datetime) -> Trouble:
    """Will say that a trouble is over: plans reckon with it no more. Said twice, it stays said."""
    found = Trouble.objects.select_for_update(of=("self",)).get(code=trouble)
    if found.over_at is None:
        found.over_at = now
        found.save(update_fields=["over_at"])
        record(
            event="dispatch.trouble.ended", subject=found.code, by=by, at=now,
            facts={"on": found.on, "kind": found.kind},
        )  # fmt: skip
    return found


def publish_best_way(upheaval: Upheaval, *, by: Actor, now: datetime) -> DayPlan:
    """Will publish the first of the ways out. Raises what `publish_plan` raises."""
    return publish_plan(plan=upheaval.plans[0].code, by=by, now=now)[0]
