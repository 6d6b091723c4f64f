"""Each invariant holds on a sound database and is broken by the one thing it is about."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from tests.booking.plans.stage import TUESDAY, start, visit_on, year_cast
from tests.cast import NOW, at, make_absence, make_hold, make_quote

from midway.booking.actions import cancel_visit, end_plan, move_occurrence, override_price, skip_occurrence
from midway.booking.invariants import broken_invariants, findings
from midway.booking.models import Plan
from midway.core.actor import SYSTEM

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)
NEXT = TUESDAY + WEEK


@pytest.fixture
def plan() -> Plan:
    """A plan with something of everything in it."""
    cast = year_cast()
    plan = start(cast)
    make_absence(cleaner=cast.chidi, start=at("08:00", on=NEXT), end=at("12:00", on=NEXT))
    make_hold(
        quote=make_quote(price_list=cast.price_list, service=cast.regular),
        start=at("13:00", on=NEXT),
        cleaners=[cast.ben],
    )
    skip_occurrence(visit=visit_on(plan, NEXT).code, by=SYSTEM, now=NOW)
    to = at("13:00", on=NEXT + WEEK)
    move_occurrence(plan=plan.code, original_on=NEXT + WEEK, to=to, by=SYSTEM, now=NOW)
    cancel_visit(visit=visit_on(plan, NEXT + 2 * WEEK).code, reason="", by=SYSTEM, now=NOW)
    dearer = visit_on(plan, NEXT + 3 * WEEK).code
    override_price(visit=dearer, price_cents=9900, reason="Moving boxes about", by=SYSTEM, now=NOW)
    return plan


def test_a_sound_database_keeps_every_promise_and_every_promise_looks_at_something(plan: Plan) -> None:
    found = findings(now=NOW)

    assert [f.name for f in found if not f.holds] == []
    assert [f.name for f in found if not f.examined] == []
    assert len({f.name for f in found}) == len(found) >= 15


TODAY_ROW = "(SELECT id FROM booking_visit WHERE occurrence_on = '2026-03-03')"


@pytest.mark.parametrize(
    ("name", "harm"),
    [
        (
            "no_cleaner_in_two_places",
            "ALTER TABLE crew_commitment DROP CONSTRAINT no_cleaner_in_two_places;"
            " INSERT INTO crew_commitment (cleaner_id, during, kind, active, reference)"
            " SELECT cleaner_id, during, 'training', true, gen_random_uuid() FROM crew_commitment"
            " WHERE active AND kind = 'visit' LIMIT 1",
        ),
        ("kept_visits_have_their_cleaners", f"UPDATE booking_visit SET team_size = 2 WHERE id = {TODAY_ROW}"),
        (
            "assignments_cover_their_visits",
            f"UPDATE booking_visit SET during = tstzrange(lower(during), upper(during) + interval '1 hour')"
            f" WHERE id = {TODAY_ROW}",
        ),
        ("called_off_visits_hold_nobody", f"UPDATE booking_visit SET state = 'bumped' WHERE id = {TODAY_ROW}"),
        (
            "visit_time_belongs_to_an_assignment",
            f"UPDATE booking_assignment SET active = false WHERE visit_id = {TODAY_ROW}",
        ),
        ("held_time_belongs_to_an_open_hold", "UPDATE booking_hold SET state = 'released'"),
        (
            "calendar_bits_are_true",
            "UPDATE crew_calendarday SET free = ~free WHERE \"on\" = '2026-03-06'",
        ),
        ("absences_block_the_calendar", "UPDATE crew_absence SET withdrawn_at = created_at"),
        ("exceptions_are_kept", "UPDATE booking_planexception SET moved_to_at = moved_to_at + interval '1 hour'"),
        ("workings_sum_to_their_price", "UPDATE booking_visit SET price_cents = 9901 WHERE price_cents = 9900"),
        ("cancellations_say_why", "DELETE FROM booking_cancellation"),
        (
            "announced_prices_follow_each_other",
            "UPDATE booking_plan SET next_price_cents = 1, next_price_on = '2026-05-05', later_prices ="
            " jsonb_build_array(jsonb_build_object('from_on', '2026-05-05', 'price_cents', 2))",
        ),
        (
            "nobody_erased_is_reached",
            "UPDATE customers_customer SET erased_at = now(), name = '[erased]', phone = '', notes = ''",
        ),
        ("what_can_be_undone_is_there", "UPDATE journal_before SET subject = gen_random_uuid()"),
        ("plans_miss_no_date", "UPDATE booking_visit SET plan_id = NULL, occurrence_on = NULL"),
        ("plans_have_no_other_date", "UPDATE booking_plan SET starts_on = '2026-03-20'"),
    ],
)
def test_what_breaks_a_promise_is_found_and_named(plan: Plan, name: str, harm: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(harm)
    found = {f.name: f for f in broken_invariants(now=NOW)}

    assert name in found
    assert found[name].broken >= 1
    assert found[name].examples


def test_a_date_kept_by_a_plan_and_its_successor_is_found(plan: Plan) -> None:
    end_plan(plan=plan.code, from_on=TUESDAY + 20 * WEEK, by=SYSTEM, now=NOW)
    other = start_again(plan)
    Plan.objects.filter(pk=other.pk).update(lineage=plan.lineage)

    assert "plans_double_no_date" in {f.name for f in broken_invariants(now=NOW)}


def start_again(plan: Plan) -> Plan:
    """A second plan for the same home and time, as if a change had forgotten to end the first."""
    from tests.booking.plans.stage import order_for
    from tests.cast import make_quote

    from midway.booking.actions import start_plan
    from midway.core.actor import VISITOR

    quote = make_quote(price_list=plan.quote.price_list, service=plan.service, frequency="weekly", code=uuid4())
    started = start_plan(order=order_for(quote), by=VISITOR, now=NOW)
    return Plan.objects.get(code=started.plan)
