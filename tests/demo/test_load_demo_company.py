"""The demo company obeys every rule that a real one does, and is the same each time."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.cast import NEW_YORK, NOW, TODAY, make_customer, make_property, make_visit
from tests.demo.rules import SMALL, broken_rules, loaded, rows

from midway.accounts.models import User
from midway.booking.invariants import findings
from midway.booking.models import Booking, Plan, PlanException, PriceList, Quote, Service, Visit
from midway.booking.policies import Rulebook
from midway.booking.rates import rates_from_json
from midway.core.policy import Occasion, decide_cancellation
from midway.core.pricing import Home, price_home
from midway.crew.models import Absence, Branch, Cleaner, ShiftException, Team
from midway.customers.models import Customer, Property
from midway.demo.actions import CompanyExists, DemoReport, DemoSize, load_demo_company
from midway.demo.sign_ins import DEMO_PASSWORD, DEMO_SIGN_INS, open_sign_ins

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module")
def company(django_db_setup: None, django_db_blocker: Any) -> Iterator[DemoReport]:
    """Loaded once; each test's own changes are undone after it, the company itself after the last."""
    with django_db_blocker.unblock(), loaded(DemoSize()) as report:
        logging.getLogger(__name__).warning("the default company took %s seconds", report.seconds)
        yield report


def test_it_breaks_no_rule(company: DemoReport) -> None:
    assert broken_rules(company, NOW) == []


def test_it_has_the_size_of_a_real_company(company: DemoReport) -> None:
    assert Cleaner.objects.count() == 24
    assert Team.objects.count() == 6
    assert Customer.objects.count() == Property.objects.count() == 600
    assert 29_000 <= Visit.objects.count() <= 31_000
    assert 0.2 <= _share("customer", "frequency = 'weekly'") <= 0.3
    assert 0.4 <= _share("customer", "frequency = 'biweekly'") <= 0.5
    assert Visit.objects.filter(team_size=2).count() > 200
    assert ShiftException.objects.count() > 50
    assert Visit.objects.filter(state="cancelled_late", cancellation__fee_cents__gt=0).count() > 100
    assert len(rows("SELECT DISTINCT subject FROM journal_entry WHERE event = 'booking.visit.rescheduled'")) > 300


def test_its_plans_are_promised_a_year_ahead_and_break_no_promise(company: DemoReport) -> None:
    assert Plan.objects.count() > 100
    assert {f.name: f.examples for f in findings(now=NOW) if not f.holds} == {}
    assert PlanException.objects.filter(kind="moved").exists()
    assert PlanException.objects.filter(kind="skipped").exists()


def _share(of: str, condition: str) -> float:
    ((count,),) = rows(
        f"SELECT count(DISTINCT {of}_id) FROM booking_booking b JOIN booking_quote q ON q.id = b.quote_id"
        f" WHERE {condition}"
    )
    return int(count) / Customer.objects.count()


def test_every_price_is_that_of_the_list_of_its_day(company: DemoReport) -> None:
    lists = list(PriceList.objects.order_by("effective_on"))
    rates = {price_list.pk: rates_from_json(price_list.rates) for price_list in lists}
    seen = set()
    for quote in Quote.objects.select_related("service").order_by("id")[::7]:
        day = quote.created_at.astimezone(ZoneInfo(NEW_YORK)).date()
        in_force = [price_list.pk for price_list in lists if price_list.effective_on <= day][-1]
        home = Home(
            quote.service.code, quote.bedrooms, quote.bathrooms, quote.square_feet, quote.extras, quote.frequency
        )
        price = price_home(home, rates[in_force])
        assert quote.price_list_id == in_force
        assert (quote.total_cents, quote.duration_minutes, quote.team_size, [x["label"] for x in quote.lines]) == (
            price.total_cents,
            price.duration_minutes,
            price.team_size,
            [x.label for x in price.lines],
        )
        seen.add(in_force)
    assert len(seen) == 2


def test_every_visit_costs_and_lasts_what_was_quoted(company: DemoReport) -> None:
    assert not rows(
        "SELECT v.id FROM booking_visit v JOIN booking_booking b ON b.id = v.booking_id"
        " JOIN booking_quote q ON q.id = b.quote_id WHERE v.price_cents <> q.total_cents"
        " OR upper(v.during) - lower(v.during) <> q.duration_minutes * interval '1 minute'"
        " OR v.service_id <> q.service_id OR v.customer_id <> b.customer_id OR v.premises_id <> b.premises_id"
    )


def test_every_cancellation_cost_what_the_policy_says(company: DemoReport) -> None:
    branch = Branch.objects.get()
    terms, _policy = Rulebook(branch).terms(service_id=None, now=NOW)
    hours = terms.hours(branch.zoneinfo)
    for visit in Visit.objects.filter(state__in=["cancelled", "cancelled_late"]).select_related("cancellation"):
        done = visit.cancellation
        decision = decide_cancellation(
            occasion=Occasion(visit.starts_at, visit.price_cents, hours), terms=terms, now=done.at
        )
        assert (done.fee_cents, done.is_late) == (decision.fee_cents, done.at > decision.free_until)
        assert done.is_late == (visit.state == "cancelled_late")


def test_the_office_has_something_to_decide_today(company: DemoReport) -> None:
    sick = Absence.objects.get(during__contains=NOW, reason="sick")
    unassigned = Visit.objects.unassigned()
    days = {visit.starts_at.astimezone(ZoneInfo(NEW_YORK)).date() for visit in unassigned}

    assert days == {TODAY, TODAY + timedelta(days=1)}
    assert 3 <= unassigned.count() <= 12
    assert sick.cleaner.assignments.filter(visit__in=unassigned, active=False).exists()


@pytest.mark.parametrize(("weeks", "least", "most"), [(-26, 0.76, 0.93), (0, 0.76, 0.93), (7, 0.5, 0.8)])
def test_the_crew_is_busy_now_and_less_so_farther_out(
    company: DemoReport, weeks: int, least: float, most: float
) -> None:
    monday = TODAY + timedelta(weeks=weeks)
    ((worked, committed),) = rows(
        "WITH week AS (SELECT c.id, crew_working(c.id, %s::date, %s::date)"
        " * tstzmultirange(tstzrange(%s::date, %s::date + 1)) - coalesce((SELECT range_agg(k.during)"
        " FROM crew_commitment k WHERE k.cleaner_id = c.id AND k.kind = 'absence'), '{}') AS hours FROM crew_cleaner c)"
        " SELECT (SELECT sum(upper(r) - lower(r)) FROM week, unnest(hours) r),"
        " (SELECT sum(upper(k.during) - lower(k.during)) FROM week JOIN crew_commitment k ON k.cleaner_id = week.id"
        "  AND k.active AND k.during <@ week.hours)",
        monday,
        monday + timedelta(days=6),
        monday,
        monday + timedelta(days=6),
    )
    assert least <= committed / worked <= most


def test_the_rows_after_it_get_free_ids(company: DemoReport) -> None:
    visit = make_visit(
        premises=make_property(customer=make_customer()),
        price_list=PriceList.objects.latest("version"),
        service=Service.objects.get(code="regular"),
        start=NOW + timedelta(days=80),
        cleaners=[Cleaner.objects.earliest("id")],
    )
    assert visit.pk == Visit.objects.latest("id").pk
    assert visit.booking_id == Booking.objects.latest("id").pk


def test_door_codes_are_encrypted_in_the_table(company: DemoReport) -> None:
    ((stored,),) = rows("SELECT access_notes FROM customers_property WHERE access_notes <> '' ORDER BY id LIMIT 1")
    note = Property.objects.exclude(access_notes="").order_by("id")[0].access_notes

    assert stored.startswith("gAAAA")
    assert note.endswith(".")


def test_everybody_can_sign_in_with_the_demo_password(company: DemoReport) -> None:
    for sign_in in DEMO_SIGN_INS:
        user = User.objects.get(email=sign_in.email)
        assert user.role == sign_in.role
        assert user.check_password(DEMO_PASSWORD)
    assert open_sign_ins() == list(DEMO_SIGN_INS)
    assert Cleaner.objects.get(user__email="cleaner@example.com").assignments.exists()
    assert Customer.objects.get(user__email="customer@example.com").visits.filter(during__startswith__gt=NOW).exists()


def test_a_changed_password_is_no_longer_printed(company: DemoReport) -> None:
    owner = User.objects.get(email="owner@example.com")
    owner.set_password("something else")
    owner.save()

    assert [sign_in.role for sign_in in open_sign_ins()] == ["dispatcher", "cleaner", "customer"]


def test_it_is_not_loaded_on_top_of_another(company: DemoReport) -> None:
    before = Visit.objects.count()

    with pytest.raises(CompanyExists):
        load_demo_company(size=SMALL, seed=2, now=NOW)

    assert Visit.objects.count() == before
