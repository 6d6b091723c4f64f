"""Everything as CSV: right, harmless, and good enough to begin again with."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import time_machine
from click.testing import CliRunner
from django.apps import apps
from django.db import connection
from tests.booking.plans.stage import start, year_cast
from tests.cast import NOW, TODAY, Cast, at, by_user, make_absence, make_cast, make_visit

from midway.booking.actions import ImportOrder, cancel_visit, import_customers, record_lock_out, skip_occurrence
from midway.booking.actions.agree_on_price import OwnPrice, agree_on_price
from midway.booking.actions.credits import NewCredit, issue_credit
from midway.booking.export_more_tables import MORE_TABLES
from midway.booking.export_tables import TABLES
from midway.booking.exports import csv_lines, described, write_zip
from midway.booking.models import Assignment, Booking, Credit, Hold, Plan, PlanException, Quote, Visit
from midway.cli import main
from midway.core.actor import SYSTEM
from midway.crew.models import Commitment
from midway.customers.models import Customer, Property
from midway.fieldwork.actions import start_visit
from midway.journal.models import Entry


def taken_out(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(csv_lines(TABLES[name], today=TODAY)), newline="")))


def full_house() -> Cast:
    cast = make_cast()
    visit = make_visit(
        premises=cast.flat,
        price_list=cast.price_list,
        service=cast.regular,
        start=at("13:00"),
        cleaners=[cast.ana, cast.ben],
    )
    make_absence(cleaner=cast.chidi, start=at("08:00"), end=at("17:00"))
    cancel_visit(visit=visit.code, reason="=HYPERLINK()", by=by_user(cast.olga), now=NOW)
    return cast


@pytest.mark.django_db
def test_every_table_can_be_read_and_has_what_it_promises() -> None:
    cast = full_house()

    for name, table in TABLES.items():
        rows = taken_out(name)
        assert list(rows[0] if rows else {c.name for c in table.columns}) == [c.name for c in table.columns] or not rows
        assert rows or name in {"plans", *(more.name for more in MORE_TABLES)}, name
    (visit,) = taken_out("visits")
    assert (visit["starts_at"], visit["local_start"], visit["state"]) == (
        "2026-03-02T18:00:00Z",
        "2026-03-02 13:00",
        "cancelled_late",
    )
    assert visit["cancel_reason"] == "'=HYPERLINK()"
    assert (visit["cancelled_by"], visit["customer"]) == ("Olga", str(cast.dora.code))
    (home,) = taken_out("properties")
    assert home["access_notes"] == "Key under the blue pot"
    assert json.loads(taken_out("prices")[0]["rates"])["currency"] == "USD"


@pytest.mark.django_db
def test_what_is_no_visit_and_no_price_is_taken_out_too() -> None:
    cast = year_cast()
    who: dict[str, Any] = {"by": by_user(cast.olga), "now": NOW}
    plan = start(cast)
    visit = plan.visits.order_by("occurrence_on")[1]
    skip_occurrence(visit=visit.code, **who)
    give = NewCredit(Credit.Kind.GIFT_CARD, 5000, "=Sold()")
    issue_credit(branch=cast.branch, given=give, **who)
    kept = OwnPrice(service=cast.regular, price_cents=7500, starts_on=TODAY, ends_on=TODAY, reason="Works")
    agree_on_price(customer=cast.dora, agreed=kept, **who)
    locked = make_visit(premises=cast.flat, price_list=cast.price_list, service=cast.regular, start=at("08:00"))
    start_visit(visit=locked.code, **who)
    record_lock_out(visit=locked.code, reason="Our key", waive_fee=True, **who)

    assert [row["date"] for row in taken_out("plan_dates")] == [str(visit.occurrence_on)]
    [credit] = taken_out("credits")
    assert (credit["amount_cents"], credit["balance_cents"], credit["reason"]) == ("5000", "5000", "'=Sold()")
    assert [row["ends_on"] for row in taken_out("own_prices")] == [str(TODAY)]
    assert [(row["visit"], row["finished_at"]) for row in taken_out("times")] == [(str(locked.code), "")]
    assert [(row["kind"], row["waived_reason"]) for row in taken_out("fees")] == [("lock_out", "Our key")]
    assert {row["code"] for row in taken_out("services")} >= {"regular", "deep"}
    for name in ("coupons", "ratings", "referrals", "waiting"):
        assert taken_out(name) == []


def test_nothing_the_office_writes_down_is_left_out() -> None:
    """Every table of agreements, money and rules stands in an export, or has its reason here."""
    inner = {
        "Hold", "Quote", "BookingRequest", "ImportRun", "ImportedRow", "CalendarFeed", "WaitingOffer", "Pace",
        "CouponUse", "Credit", "ReferralTerms", "OpenHoliday", "Assignment", "Cancellation",
    }  # fmt: skip
    statements = " ".join(table.statement for table in TABLES.values())
    left = {m.__name__ for m in apps.get_app_config("booking").get_models() if f"{m._meta.db_table} " not in statements}
    assert left - inner == set()


def test_every_column_says_what_it_means() -> None:
    assert all(column.means for table in TABLES.values() for column in table.columns)
    assert "properties,access_notes,how we get in" in described(list(TABLES.values()))


@pytest.mark.django_db
def test_what_is_taken_out_can_be_brought_into_an_empty_company() -> None:
    cast = year_cast()
    Customer.objects.filter(pk=cast.dora.pk).update(phone="+1 410-555-0120", notes="=nice; not a formula")
    plan = start(cast, frequency="biweekly", preferred=[cast.ben.pk])
    before = (plan.every, plan.weekdays, plan.local_time, plan.price_cents, plan.duration_minutes, plan.anchor_on)
    days = list(plan.visits.order_by("occurrence_on").values_list("occurrence_on", flat=True))
    sheet = "".join(csv_lines(TABLES["sheet"], today=TODAY)).encode()
    with connection.cursor() as cursor:
        for model in (Assignment, PlanException, Visit, Commitment, Hold, Booking):
            cursor.execute(f'DELETE FROM "{model._meta.db_table}"')
        Plan.preferred.through.objects.all().delete()
    for model in (Plan, Quote, Property, Customer):
        model.objects.all().delete()

    verdict = import_customers(order=ImportOrder("sheet.csv", sheet, cast.branch), by=SYSTEM, now=NOW)

    assert verdict.counts["refused"] == 0, verdict.refused
    again = Plan.objects.get()
    assert before == (
        again.every, again.weekdays, again.local_time, again.price_cents, again.duration_minutes, again.anchor_on,
    )  # fmt: skip
    assert days == list(again.visits.order_by("occurrence_on").values_list("occurrence_on", flat=True))
    customer = Customer.objects.get()
    assert (customer.name, customer.phone, customer.notes) == ("Dora", "+1 410-555-0120", "=nice; not a formula")
    assert customer.properties.get().access_notes == "Key under the blue pot"
    assert [c.name for c in again.preferred.all()] == ["Ben"]


@pytest.mark.django_db(transaction=True)
def test_a_zip_holds_every_table_of_one_moment() -> None:
    full_house()
    packed = io.BytesIO()

    rows = write_zip(packed, list(TABLES.values()), today=TODAY)

    with zipfile.ZipFile(packed) as found:
        assert set(found.namelist()) == {"columns.csv", *(f"{name}.csv" for name in TABLES)}
        assert found.read("cleaners.csv").decode().count("\r\n") == 4
    assert (rows["cleaners"], rows["visits"], rows["plans"]) == (3, 1, 0)


@pytest.mark.django_db
def test_the_command_writes_files_only_the_owner_reads(tmp_path: Path) -> None:
    full_house()

    with time_machine.travel(NOW, tick=False):
        done = CliRunner().invoke(main, ["export", "customers", "visits", "--out", str(tmp_path / "out"), "--json"])

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["files"][0] == {"path": str(tmp_path / "out" / "customers.csv"), "rows": 1}
    assert (tmp_path / "out" / "customers.csv").stat().st_mode & 0o777 == 0o600
    assert Entry.objects.get(event="booking.export.taken").facts == {"tables": ["customers", "visits"]}
    refused = CliRunner().invoke(main, ["export", "shoes", "--out", str(tmp_path)])
    assert (refused.exit_code, "There is no table shoes" in refused.stderr) == (1, True)
