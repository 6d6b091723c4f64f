"""What a plan promises: pinned and begun visits keep their time, and as few customers as possible are told another."""

from tests.cast import NOW, TODAY, Cast, at
from tests.dispatch.days import EAST, QUICK, TOMORROW, WEST, proposed, visit_in

from midway.booking.models import Visit
from midway.core.actor import SYSTEM
from midway.core.routing.problem import Plan, Route, Stop
from midway.core.visit_states import VisitState
from midway.dispatch.actions import pin_visit, propose_day, publish_plan
from midway.dispatch.day import Day, read_day
from midway.dispatch.promises import promised_starts
from midway.messaging.models import OutboxMessage

FAR_OUT = -77.4
"""More than an hour's drive west of the branch: nobody who sets out at eight is there at eight."""


def test_a_pinned_visit_nobody_can_reach_in_time_keeps_its_time_when_the_plan_is_published(cast: Cast) -> None:
    pinned = visit_in(cast, FAR_OUT, "08:00", cast.ana)
    pin_visit(visit=pinned.code, by=SYSTEM, now=NOW)
    plan = proposed(cast)

    _published, settled = publish_plan(plan=plan.code, by=SYSTEM, now=NOW)

    stands = Visit.objects.get(pk=pinned.pk)
    assert (stands.starts_at, stands.revision) == (pinned.starts_at, 0)
    assert settled.moved == []
    assert not OutboxMessage.objects.filter(template="visit_moved").exists()


def test_a_day_on_which_somebody_began_late_can_still_be_published(cast: Cast) -> None:
    now = at("09:20")
    before = visit_in(cast, EAST, "08:00", cast.ana, on=TODAY, state=VisitState.DONE, minutes=60)
    begun = visit_in(cast, FAR_OUT, "09:15", cast.ana, on=TODAY, state=VisitState.EN_ROUTE)
    waiting = visit_in(cast, WEST, "14:00", on=TODAY)
    plan = propose_day(branch=cast.branch, on=TODAY, budget=QUICK, by=SYSTEM, now=now)

    publish_plan(plan=plan.code, by=SYSTEM, now=now)

    stand = {visit.pk: visit for visit in Visit.objects.all()}
    assert [stand[visit.pk].revision for visit in (before, begun)] == [0, 0]
    assert stand[waiting.pk].cleaners_missing == 0


def routed(day: Day, *stops: tuple[Visit, str]) -> Plan:
    """One route of these visits at these times, of two hours each."""
    timed = []
    for visit, clock in stops:
        start = day.minutes(at(clock, on=TOMORROW))
        timed.append(Stop(visit=str(visit.code), arrive=start, start=start, end=start + 120))
    crew = day.problem.crews[0].code
    route = Route(crew=crew, stops=tuple(timed), leave=480, back=1020, drive_minutes=0)
    return Plan(routes=(route,), unserved=(), cost=0, terms={}, iterations=0)


def promised(day: Day, plan: Plan) -> list[str]:
    starts = promised_starts(day, plan).values()
    return [f"{day.moment(start).astimezone(day.branch.zoneinfo):%H:%M}" for start in starts]


def test_where_promises_would_overlap_the_later_customer_alone_is_told(cast: Cast) -> None:
    first, second = visit_in(cast, WEST, "09:00", cast.ana), visit_in(cast, WEST, "10:55", cast.ben)
    day = read_day(cast.branch, TOMORROW, now=NOW)

    assert promised(day, routed(day, (first, "09:05"), (second, "11:05"))) == ["09:00", "11:05"]


def test_where_that_is_not_enough_the_earlier_is_told_too(cast: Cast) -> None:
    first, second = visit_in(cast, WEST, "09:10", cast.ana), visit_in(cast, WEST, "11:05", cast.ben)
    day = read_day(cast.branch, TOMORROW, now=NOW)

    assert promised(day, routed(day, (first, "09:00"), (second, "11:00"))) == ["09:00", "11:00"]


def test_beside_a_pinned_visit_the_other_gives_way(cast: Cast) -> None:
    first, second = visit_in(cast, WEST, "09:10", cast.ana), visit_in(cast, WEST, "11:05", cast.ben)
    pin_visit(visit=second.code, by=SYSTEM, now=NOW)
    day = read_day(cast.branch, TOMORROW, now=NOW)

    assert promised(day, routed(day, (first, "09:00"), (second, "11:10"))) == ["09:00", "11:05"]
