"""/visits/{code}: seeing, moving and calling off."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.api.conftest import Program
from tests.booking.plans.stage import TUESDAY, start, visit_on
from tests.cast import NOW, Cast, at, make_visit, write_calendar

from midway.booking.actions import publish_policy
from midway.booking.models import Cancellation, Charge, Visit
from midway.core.actor import SYSTEM
from midway.core.policy import Fee, PolicyTerms

DAY = date(2026, 3, 12)


@pytest.fixture
def visit(cast: Cast) -> Visit:
    return make_visit(
        premises=cast.flat, price_list=cast.price_list, service=cast.regular, start=at("09:00", on=DAY),
        cleaners=[cast.ana],
    )  # fmt: skip


def soon(cast: Cast) -> Visit:
    return make_visit(
        premises=cast.flat, price_list=cast.price_list, service=cast.regular, start=NOW + timedelta(hours=23),
        cleaners=[cast.ben],
    )  # fmt: skip


def test_whoever_has_the_code_sees_the_visit_without_door_codes(visit: Visit, program: Program) -> None:
    answer = program.get(f"visits/{visit.code}")
    assert answer.status == 200
    assert answer.body["start"] == "2026-03-12T09:00:00-04:00"
    assert answer.body["free_until"] == "2026-03-10T09:00:00-04:00"
    assert answer.body["service"] == {"code": "regular", "name": "Regular clean"}
    assert "blue pot" not in str(answer.body)


@pytest.mark.parametrize("deed", ["", "/rescheduling", "/cancellation"])
def test_a_visit_nobody_booked_is_not_found(cast: Cast, program: Program, deed: str) -> None:
    path = f"visits/{uuid4()}{deed}"
    answer = program.post(path, {"start": "2026-03-12T09:00:00-04:00"}) if deed else program.get(path)
    assert (answer.status, answer.kind) == (404, "application/problem+json")


def test_a_visit_moves_to_a_free_time(visit: Visit, program: Program) -> None:
    answer = program.post(f"visits/{visit.code}/rescheduling", {"start": "2026-03-13T14:00:00-04:00"})
    assert (answer.status, answer.body["start"]) == (200, "2026-03-13T14:00:00-04:00")
    visit.refresh_from_db()
    assert visit.starts_at == at("14:00", on=date(2026, 3, 13))


def test_a_preview_moves_nothing(visit: Visit, program: Program) -> None:
    for body in (b"", {"start": "2026-03-13T14:00:00-04:00"}):
        answer = program.post(f"visits/{visit.code}/rescheduling?preview=1", body)
        assert answer.body == {
            "is_allowed": True, "fee_cents": 0, "currency": "USD", "free_until": "2026-03-10T09:00:00-04:00",
        }  # fmt: skip
    visit.refresh_from_db()
    assert visit.starts_at == at("09:00", on=DAY)


def test_the_preview_of_a_far_move_says_what_it_costs(cast: Cast, program: Program) -> None:
    for cleaner in cast.cleaners:
        write_calendar(cleaner=cleaner, days=430)
    rules = PolicyTerms(
        move_within_days=5, is_far_move_skip=True, free_skips_per_half_year=0, skip_fee=Fee(flat_cents=1500)
    )
    publish_policy(branch=cast.branch, service=None, terms=rules, effective_on=NOW.date(), by=SYSTEM, now=NOW)
    plan = start(cast, frequency="biweekly")
    code = visit_on(plan, TUESDAY + timedelta(days=14)).code
    far = {"start": "2026-03-24T11:00:00-04:00"}

    shown = program.post(f"visits/{code}/rescheduling?preview=1", far).body
    assert (shown["is_allowed"], shown["fee_cents"]) == (True, 1500)
    assert program.post(f"visits/{code}/rescheduling", far).status == 200
    assert Charge.objects.get().amount_cents == shown["fee_cents"]


def test_a_move_onto_a_time_without_anybody_free_is_a_conflict_with_alternatives(
    cast: Cast, visit: Visit, program: Program
) -> None:
    answer = program.post(f"visits/{visit.code}/rescheduling", {"start": "2026-03-14T09:00:00-04:00"})  # a Saturday
    assert answer.status == 409
    assert answer.body["slots"][0]["start"].startswith("2026-03-13")
    visit.refresh_from_db()
    assert visit.starts_at == at("09:00", on=DAY)


def test_a_move_too_late_is_refused(cast: Cast, program: Program) -> None:
    answer = program.post(f"visits/{soon(cast).code}/rescheduling", {"start": "2026-03-13T14:00:00-04:00"})
    assert answer.status == 409
    assert answer.body["type"].endswith("#change-too-late")


@pytest.mark.parametrize(
    "body", [b"", {}, {"start": None}, {"start": "soon"}, {"start": "2026-03-13T14:07:00-04:00"}, [], {"start": 1}]
)
def test_a_move_needs_a_time_that_is_offered(visit: Visit, program: Program, body: Any) -> None:
    answer = program.post(f"visits/{visit.code}/rescheduling", body)
    assert answer.status == 422
    assert answer.body["errors"][0]["field"] in {"start", "body"}


def test_the_fee_is_shown_before_it_is_charged(cast: Cast, program: Program) -> None:
    visit = soon(cast)
    shown = program.post(f"visits/{visit.code}/cancellation?preview=1", b"").body
    assert shown["fee_cents"] == visit.price_cents // 2
    assert not Cancellation.objects.exists()
    answer = program.post(f"visits/{visit.code}/cancellation", {"reason": "Moving away"})
    assert (answer.status, answer.body["fee_cents"], answer.body["state"]) == (
        200,
        shown["fee_cents"],
        "cancelled_late",
    )
    assert Cancellation.objects.get().reason == "Moving away"


def test_a_visit_is_called_off_once(visit: Visit, program: Program) -> None:
    assert program.post(f"visits/{visit.code}/cancellation", b"").body["state"] == "cancelled"
    again = program.post(f"visits/{visit.code}/cancellation", {})
    assert again.status == 409
    assert again.body["type"].endswith("#visit-not-changeable")
    assert program.post(f"visits/{visit.code}/cancellation?preview=1", {}).body["is_allowed"] is False


def test_a_reason_has_its_bounds(visit: Visit, program: Program) -> None:
    for reason in ("x" * 301, "a\u0000b", 7):
        assert program.post(f"visits/{visit.code}/cancellation", {"reason": reason}).status == 422
    assert not Cancellation.objects.exists()
