"""Customers, homes and recurring plans from a spreadsheet, as the deed loads them."""

from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.utils.translation import override
from psycopg.types.range import Range
from tests.booking.intake.messy import messy_sheet
from tests.booking.intake.sheets import DORA, sheet
from tests.booking.plans.stage import ZONE, start
from tests.cast import NOW, POSTCODE, TODAY, Cast, at, commit, make_cleaner, make_holiday

from midway.booking.actions import ImportOrder, import_customers, look_through
from midway.booking.intake.judge import Decision, Options, Outcome, Verdict
from midway.booking.intake.report import rejects_csv
from midway.booking.invariants import broken_invariants
from midway.booking.models import Booking, ImportedRow, ImportRun, Plan, Quote, Visit
from midway.core.actor import SYSTEM
from midway.crew.models import Commitment
from midway.customers.models import Customer, Property
from midway.journal import actions as journal
from midway.journal.models import Entry
from midway.messaging.models import OutboxMessage

pytestmark = pytest.mark.django_db
TUESDAY = TODAY + timedelta(days=1)


def order(cast: Cast, data: bytes, **told: Any) -> ImportOrder:
    return ImportOrder("customers.csv", data, cast.branch, Options(**told))


def bring_in(cast: Cast, data: bytes, **told: Any) -> Verdict:
    return import_customers(order=order(cast, data, **told), by=SYSTEM, now=NOW)


def everything() -> list[int]:
    tables = (Customer, Property, Quote, Booking, Plan, Visit, Commitment, ImportedRow)
    return [table.objects.count() for table in tables]


def only(verdict: Verdict) -> Decision:
    (decision,) = verdict.decisions
    return decision


def problem(verdict: Verdict) -> str:
    (reason,) = verdict.decisions[-1].reasons
    return f"{reason.field}: {reason.problem} {reason.mend}"


def crew(cast: Cast, number: int) -> None:
    for n in range(number):
        make_cleaner(branch=cast.branch, name=f"Crew {n}", calendar_days=430)


def outcomes(verdict: Verdict) -> Mapping[int, str]:
    return {d.line: d.reasons[0].field if d.reasons else d.outcome.value for d in verdict.decisions}


def test_of_a_messy_sheet_each_bad_row_is_explained_and_the_rest_is_loaded_once(year: Cast) -> None:
    crew(year, 4)
    messy = messy_sheet(rows=130, seed=7, today=TODAY, postcode=POSTCODE)

    verdict = bring_in(year, messy.as_bytes("cp1252"))

    assert outcomes(verdict) == messy.wanted
    assert all(reason.problem and reason.mend for d in verdict.refused for reason in d.reasons)
    assert Plan.objects.count() == verdict.counts["plans"] == list(messy.wanted.values()).count("loaded")
    assert broken_invariants(now=NOW) == []
    before = everything()
    again = bring_in(year, messy.as_bytes("utf-16", ";"))
    assert (again.counts["loaded"], again.counts["refused"]) == (0, verdict.counts["refused"])
    assert everything() == before


@pytest.mark.slow
def test_two_thousand_rows(year: Cast) -> None:
    crew(year, 110)
    messy = messy_sheet(rows=2000, seed=11, today=TODAY, postcode=POSTCODE)

    verdict = bring_in(year, messy.as_bytes())

    assert outcomes(verdict) == messy.wanted
    before = everything()
    assert bring_in(year, messy.as_bytes()).counts["loaded"] == 0
    assert everything() == before


@pytest.mark.parametrize("style", ["%d/%m/%Y", "%Y-%m-%d", "%d %B %Y"])
def test_dates_in_every_style(year: Cast, style: str) -> None:
    messy = messy_sheet(rows=40, seed=5, today=TODAY, postcode=POSTCODE, style=style)

    assert outcomes(look_through(order=order(year, messy.as_bytes()), now=NOW)) == messy.wanted


def test_a_dry_run_says_the_same_and_changes_nothing(year: Cast) -> None:
    messy = messy_sheet(rows=30, seed=3, today=TODAY, postcode=POSTCODE)
    before = everything()

    said = look_through(order=order(year, messy.as_bytes()), now=NOW)

    assert everything() == before
    assert ImportRun.objects.count() == 0
    done = bring_in(year, messy.as_bytes())
    assert outcomes(said) == outcomes(done)
    assert said.counts == done.counts


def test_a_row_becomes_a_customer_a_home_and_a_plan_for_the_year(year: Cast) -> None:
    verdict = bring_in(year, sheet(DORA | {"email": "emma@example.com", "name": "Brown, Emma", "phone": "4105550188"}))

    customer = Customer.objects.get(email="emma@example.com")
    plan = customer.plans.get()
    assert (customer.name, customer.phone) == ("Emma Brown", "+1 410-555-0188")
    home = customer.properties.get()
    assert (home.line1, home.bedrooms, home.access_notes) == ("7 Cedar Street", 2, "Door code 4711")
    assert (plan.weekdays, plan.local_time, plan.every) == ([1], time(9), 1)
    assert verdict.counts["visits"] == plan.visits.count() == 52
    assert plan.visits.filter(cleaners_missing=0).count() == 52
    assert {a.cleaner.name for v in plan.visits.all() for a in v.assignments.all()} == {"Chidi"}
    assert {v.starts_at.astimezone(ZONE).time() for v in plan.visits.all()} == {time(9)}


def test_the_price_agreed_is_kept_and_its_working_sums_to_it(year: Cast) -> None:
    bring_in(year, sheet(DORA | {"price": "$77.50"}))

    plan = Plan.objects.select_related("quote").get()
    assert plan.price_cents == plan.quote.total_cents == 7750
    assert sum(line["amount_cents"] for line in plan.quote.lines) == 7750
    assert set(plan.visits.values_list("price_cents", flat=True)) == {7750}


@pytest.mark.parametrize(("weeks_ago", "first"), [(1, 10), (4, 3)])
def test_every_other_week_keeps_its_weeks_from_the_last_visit(year: Cast, weeks_ago: int, first: int) -> None:
    last = TUESDAY - timedelta(weeks=weeks_ago)
    bring_in(year, sheet(DORA | {"frequency": "bi-weekly", "last": last.isoformat(), "next": ""}))

    plan = Plan.objects.get()
    days = list(plan.visits.order_by("occurrence_on").values_list("occurrence_on", flat=True))
    assert days[0] == date(2026, 3, first)
    assert all((day - last).days % 14 == 0 for day in days if day)


def test_nobody_is_written_to_and_the_journal_tells(year: Cast) -> None:
    bring_in(year, sheet(DORA))

    assert not OutboxMessage.objects.exists()
    assert set(Entry.objects.values_list("event", flat=True)) == {"booking.plan.imported", "booking.import.finished"}
    assert "4711" not in str(ImportRun.objects.get().report)


@pytest.mark.django_db(transaction=True)
def test_when_something_breaks_nothing_was_loaded(year: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_happening: journal.Happening) -> None:
        raise RuntimeError("the machine stops here")

    monkeypatch.setitem(journal._handlers, "booking.import.finished", [breaks])
    before = everything()

    with pytest.raises(RuntimeError):
        bring_in(year, sheet(DORA))

    assert everything() == before


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ({"email": "DORA.M@example.com"}, "the same e-mail address"),
        ({"email": "", "phone": "(410) 555-0177"}, "the same telephone number"),
        ({"email": "", "phone": ""}, "the same name and home"),
    ],
)
def test_one_person_in_two_rows_is_one_customer(year: Cast, second: dict[str, str], why: str) -> None:
    one = DORA | {"email": "dora.m@example.com", "phone": "410-555-0177"}
    two = one | second | {"day": "Thursday", "next": (TUESDAY + timedelta(days=2)).isoformat()}

    verdict = bring_in(year, sheet(one, two))

    assert verdict.counts["customers"] == 1
    assert why in " ".join(verdict.decisions[1].remarks)
    assert "line 2" in " ".join(verdict.decisions[1].remarks)
    assert Customer.objects.get(email="dora.m@example.com").plans.count() == 2


def test_a_shared_telephone_is_not_a_person(year: Cast) -> None:
    other = {"name": "Emil", "email": "emil@example.com", "address": "9 Other Way", "time": "13:00"}
    assert bring_in(year, sheet(DORA, DORA | other)).counts["customers"] == 1
    assert Customer.objects.filter(email="emil@example.com").exists()


def test_series_that_overlap_at_one_home_are_refused_with_the_line(year: Cast) -> None:
    verdict = bring_in(year, sheet(DORA, DORA | {"frequency": "every 2 weeks", "time": "9:30"}))

    assert "cleaned at that time already" in problem(verdict)
    assert "(line 2)" in problem(verdict)
    assert Plan.objects.count() == 1


def test_a_plan_sold_before_is_in_the_way_at_its_home(year: Cast) -> None:
    start(year)
    home = {"address": "12 Calico Street", "email": "dora@example.com"}

    assert "cleaned at that time already" in problem(bring_in(year, sheet(DORA | home)))


def test_a_time_for_which_nobody_is_free_is_refused_with_the_nearest(year: Cast) -> None:
    for cleaner in year.cleaners:
        commit(cleaner=cleaner, during=Range(at("08:00", on=TUESDAY), at("12:00", on=TUESDAY)))

    said = problem(bring_in(year, sheet(DORA)))

    assert said.startswith("time: Nobody is free on Tuesday 3 March, 9:00.")
    assert "the nearest free one is Tuesday 3 March, 12:00" in said


def test_dates_that_do_not_fit_need_a_decision(year: Cast) -> None:
    later = TUESDAY + timedelta(days=14)
    for cleaner in year.cleaners:
        commit(cleaner=cleaner, during=Range(at("08:00", on=later), at("17:00", on=later)))

    decision = only(bring_in(year, sheet(DORA)))

    assert "51 of 52 visits fit; 1 need a decision." in decision.remarks
    assert Visit.objects.unassigned().get().occurrence_on == later


def test_the_preferred_cleaner_comes(year: Cast) -> None:
    bring_in(year, sheet(DORA | {"cleaner": "ben"}))

    plan = Plan.objects.get()
    assert [c.name for c in plan.preferred.all()] == ["Ben"]
    assert {a.cleaner.name for v in plan.visits.all() for a in v.assignments.all()} == {"Ben"}


NOT_TO_BE_PROMISED = (
    ({"service": "Carpets"}, "service: We do not know the service “Carpets”."),
    ({"time": "22:00"}, "time: Nobody works long enough on Tuesday from 22:00. Choose a time within 8:00–17:00."),
    ({"time": "9:10"}, "time: Visits start every 30 minutes; 9:10 is between."),
    ({"day": "Sunday", "next": "2026-03-08"}, "time: Nobody works on Sunday."),
    ({"day": "Friday"}, "next_on: The next visit, Tuesday 3 March, is not on the day of the week"),
    ({"zip": "99999"}, "postcode: We do not clean at 99999."),
    ({"email": "", "phone": "", "address": "1 New Way"}, "email: There is no e-mail address"),
    ({"frequency": "biweekly", "next": ""}, "next_on: Without the last or the next visit nobody can tell"),
    ({"next": "2029-03-06"}, "next_on: Tuesday 6 March 2029 is more than a year ahead."),
    ({"next": "2021-03-02"}, "next_on: Tuesday 2 March 2021 is more than a year ago."),
    ({"frequency": "twice a week"}, "weekday: So many visits a week need as many days."),
    ({"name": ""}, "name: There is no name."),
    ({"address": ""}, "line1: There is no address."),
    ({"beds": "40"}, "bedrooms: “40” is not a number up to 20."),
    ({"last": "2026-05-05"}, "last_on: The last visit, Tuesday 5 May 2026, lies ahead."),
)


def test_what_cannot_be_promised_is_refused_in_words(year: Cast) -> None:
    before = everything()

    verdict = bring_in(year, sheet(*(DORA | cells for cells, _said in NOT_TO_BE_PROMISED)))

    for decision, (_cells, said) in zip(verdict.decisions, NOT_TO_BE_PROMISED, strict=True):
        reason = decision.reasons[0]
        assert f"{reason.field}: {reason.problem} {reason.mend}".startswith(said)
    assert everything() == before


@pytest.mark.parametrize(
    ("language", "ahead", "both", "before"),
    [
        (
            "en",
            "Tuesday 6 March 2029 is more than a year ahead.",
            "Write 2026-03-04 for Wednesday 4 March 2026, 2026-04-03 for Friday 3 April 2026.",
            "Loaded before, on Monday 2 March 2026.",
        ),
        (
            "es",
            "Falta más de un año para el martes 6 de marzo de 2029.",
            "Escribe 2026-03-04 para el miércoles 4 de marzo de 2026 o 2026-04-03 para el viernes 3 de abril de 2026.",
            "Cargada antes, el lunes 2 de marzo de 2026.",
        ),
    ],
)
def test_days_are_told_as_people_say_them(year: Cast, language: str, ahead: str, both: str, before: str) -> None:
    bring_in(year, sheet(DORA))
    american, european = DORA | {"next": "3/31/2026"}, DORA | {"next": "31/3/2026"}
    rows = sheet(DORA | {"next": "2029-03-06"}, DORA | {"day": "", "next": "3/4/2026"}, DORA, american, european)
    with override(language):
        decisions = look_through(order=order(year, rows), now=NOW).decisions
    assert decisions[0].reasons[0].problem == ahead
    assert decisions[1].reasons[0].mend == both
    assert list(decisions[2].remarks) == [before]


def test_a_series_that_ended_is_not_sold_again(year: Cast) -> None:
    ended = sheet(DORA | {"next": "", "last": "2026-02-24", "notes": "2026-02-28"}).replace(b"Notes", b"Last day")
    assert problem(bring_in(year, ended)).startswith("until_on: No visit of this series lies ahead.")
    assert not Plan.objects.exists()


def test_refused_rows_can_be_mended_and_brought_in_again(year: Cast) -> None:
    verdict = bring_in(year, sheet(DORA | {"service": "Carpets", "notes": "=cmd()"}))
    rejects = rejects_csv(verdict)
    assert "'=cmd()" in rejects
    assert "We do not know the service" in rejects

    mended = bring_in(year, rejects.replace("Carpets,", "Regular clean,").encode("utf-8-sig"))

    assert only(mended).outcome is Outcome.LOADED
    assert Booking.objects.get().notes == "=cmd()"


def test_customers_without_visits_are_kept_as_such(year: Cast) -> None:
    verdict = bring_in(year, sheet(DORA | {"frequency": "one-time", "next": ""}))

    assert only(verdict).outcome is Outcome.LOADED
    assert "single clean" in only(verdict).remarks[-1]
    assert not Plan.objects.exists()


ONCE = DORA | {"frequency": "once", "next": "2026-03-10", "price": "$130"}


def test_a_single_visit_is_taken_over_with_its_cleaner_and_price(year: Cast) -> None:
    said = look_through(order=order(year, sheet(ONCE)), now=NOW)
    assert not Visit.objects.exists()
    verdict = bring_in(year, sheet(ONCE))

    visit = Visit.objects.get()
    assert (visit.plan, visit.starts_at, visit.price_cents) == (None, at("09:00", on=date(2026, 3, 10)), 13_000)
    assert sum(line["amount_cents"] for line in visit.working) == 13_000
    assert [a.cleaner.name for a in visit.assignments.all()] == ["Chidi"]
    assert said.counts == verdict.counts
    assert (verdict.counts["plans"], verdict.counts["singles"], verdict.counts["visits"]) == (0, 1, 1)
    assert Entry.objects.get(event="booking.visit.imported").subject == visit.code
    assert not OutboxMessage.objects.exists()
    assert broken_invariants(now=NOW) == []


def test_single_visits_stand_beside_series_and_a_second_run_changes_nothing(year: Cast) -> None:
    twice = sheet(DORA, ONCE | {"time": "14:00"}, ONCE | {"next": "2026-03-12", "day": ""})
    bring_in(year, twice)
    before = everything()

    assert bring_in(year, twice).counts["unchanged"] == 3
    assert everything() == before
    assert Visit.objects.filter(plan=None).count() == 2
    assert Customer.objects.get(email="dora@example.com").properties.count() == 2


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"next": "2026-03-02", "day": "Monday"}, "does not lie ahead"),
        ({"day": "Friday"}, "is not on the day of the week"),
        ({"next": "2026-03-11", "day": ""}, "We are closed on Wednesday 11 March."),
        ({"time": "23:00"}, "Nobody works long enough on Tuesday from 23:00."),
        ({"next": "2028-03-07"}, "more than a year ahead"),
    ],
)
def test_a_single_visit_that_cannot_be_is_refused_with_the_reason(
    year: Cast, said: Mapping[str, str], why: str
) -> None:
    make_holiday(branch=year.branch, on=date(2026, 3, 11))
    assert why in problem(bring_in(year, sheet(ONCE | said)))
    assert not Visit.objects.exists()


def test_a_single_visit_for_which_nobody_is_free_or_in_the_way_of_its_series_is_refused(year: Cast) -> None:
    assert "This home is cleaned at that time already" in problem(bring_in(year, sheet(DORA, ONCE)))
    for cleaner in year.cleaners:
        whole = Range(at("08:00", on=date(2026, 3, 12)), at("17:00", on=date(2026, 3, 12)))
        commit(cleaner=cleaner, during=whole, kind=Commitment.Kind.ABSENCE)
    assert "Nobody is free" in problem(bring_in(year, sheet(ONCE | {"next": "2026-03-12", "day": ""})))


def test_postcodes_of_another_branch_and_lost_noughts(year: Cast) -> None:
    from tests.cast import make_area, make_branch

    make_area(branch=make_branch(name="Boston"), postcode="02139")
    assert "02139 belongs to the branch Boston" in problem(bring_in(year, sheet(DORA | {"zip": "2139"})))
