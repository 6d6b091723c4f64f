"""A regular visit moved far away: what it comes to is asked about first, and only that is charged."""

from datetime import timedelta

import pytest
from django.test import Client
from tests.booking.plans.stage import TUESDAY, start, visit_on
from tests.cast import NOW, TODAY, Cast, at, write_calendar
from tests.web.public.my.conftest import browser_of

from midway.booking.actions import publish_policy
from midway.booking.actions.credits import NewCredit, issue_credit, spend_credit
from midway.booking.models import Charge, Credit, Plan
from midway.core.actor import SYSTEM
from midway.core.policy import Fee, PolicyTerms

SECOND = TUESDAY + timedelta(days=14)
RULES = PolicyTerms(
    move_within_days=5,
    is_far_move_skip=True,
    free_skips_per_half_year=0,
    skip_fee=Fee(flat_cents=1500),
    is_gap_priced=True,
    booking_notice_minutes=0,
)
FAR = {"start": at("11:00", on=SECOND + timedelta(days=6)).isoformat()}


@pytest.fixture
def plan(cast: Cast) -> Plan:
    for cleaner in cast.cleaners:
        write_calendar(cleaner=cleaner, days=430)
    publish_policy(branch=cast.branch, service=None, terms=RULES, effective_on=TODAY, by=SYSTEM, now=NOW)
    return start(cast, frequency="biweekly")


@pytest.mark.parametrize("where", ["/my/visits", "/visits"], ids=["signed in", "by the link"])
def test_what_was_shown_is_agreed_to_and_charged(plan: Plan, visitor: Client, where: str) -> None:
    client = browser_of(plan.customer) if where == "/my/visits" else visitor
    visit = visit_on(plan, SECOND)
    address = f"{where}/{visit.code}/rescheduling"
    asked = client.post(address, FAR)

    page = asked.content.decode()
    assert asked.status_code == 200
    for words in ("counts as a visit skipped", "Skipping costs <strong>$15</strong>", "$101.20"):
        assert words in page
    visit.refresh_from_db()
    assert visit.starts_at == at("09:00", on=SECOND)
    assert not Charge.objects.exists()

    done = client.post(address, {**FAR, "seen": asked.context["seen"]})
    visit.refresh_from_db()
    assert done.status_code == 302
    assert visit.starts_at.isoformat() != at("09:00", on=SECOND).isoformat()
    charge = Charge.objects.get()
    assert (visit.price_cents, charge.amount_cents, charge.shown) == (10_120, 1500, {"fee_cents": 1500})
    page = client.get(done["Location"]).content.decode()
    assert "<dt>Fee</dt><dd>$15</dd>" in page
    assert "<dt>Left to pay</dt><dd>$116.20</dd>" in page


def test_what_changed_meanwhile_is_asked_about_anew(plan: Plan, cast: Cast) -> None:
    client, visit = browser_of(plan.customer), visit_on(plan, SECOND)
    address = f"/my/visits/{visit.code}/rescheduling"
    seen = client.post(address, FAR).context["seen"]
    dearer = PolicyTerms(**{**vars(RULES), "skip_fee": Fee(flat_cents=2500)})
    publish_policy(branch=cast.branch, service=None, terms=dearer, effective_on=TODAY, by=SYSTEM, now=NOW)

    again = client.post(address, {**FAR, "seen": seen})

    assert "$25" in again.content.decode()
    assert not Charge.objects.exists()


@pytest.mark.parametrize("where", ["/my/visits", "/visits"], ids=["signed in", "by the link"])
def test_where_a_far_move_is_not_sold_it_is_said_how_far_one_may_go(
    plan: Plan, cast: Cast, visitor: Client, where: str
) -> None:
    near_only = PolicyTerms(**{**vars(RULES), "is_far_move_skip": False})
    publish_policy(branch=cast.branch, service=None, terms=near_only, effective_on=TODAY, by=SYSTEM, now=NOW)
    client = browser_of(plan.customer) if where == "/my/visits" else visitor
    answer = client.post(f"{where}/{visit_on(plan, SECOND).code}/rescheduling", FAR)
    assert answer.status_code == 409
    assert "can be moved by up to 5 days" in answer.content.decode()
    assert "just taken" not in answer.content.decode()


def test_a_near_move_is_not_asked_about(plan: Plan) -> None:
    client, visit = browser_of(plan.customer), visit_on(plan, SECOND)
    near = {"start": at("11:00", on=SECOND + timedelta(days=1)).isoformat()}
    assert client.post(f"/my/visits/{visit.code}/rescheduling", near).status_code == 302
    assert not Charge.objects.exists()


def test_what_is_paid_already_beyond_the_new_price_is_said_to_go_back(plan: Plan) -> None:
    client, visit = browser_of(plan.customer), visit_on(plan, SECOND)
    given = NewCredit(Credit.Kind.GIFT_CARD, 20_000, "Sold")
    card = issue_credit(branch=plan.branch, given=given, by=SYSTEM, now=NOW)
    spend_credit(card, visit.pk, at_most=20_000, by=SYSTEM, now=NOW)
    page = client.post(f"/my/visits/{visit.code}/rescheduling", FAR)
    assert "<strong>$83.80</strong> of what is paid already goes back" in page.content.decode()
    client.post(f"/my/visits/{visit.code}/rescheduling", {**FAR, "seen": page.context["seen"]})
    assert card.balance_cents == 8380
