"""Bringing in a spreadsheet at the office: look through, say yes, or leave it."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.booking.intake.sheets import DORA, sheet
from tests.cast import NOW, Cast, write_calendar

from midway.booking.actions import confirm_import, forget_sheets, look_through_run
from midway.booking.actions.import_runs import UNDECIDED_FOR
from midway.booking.jobs import load_import, look_through_import
from midway.booking.models import ImportRun, Plan
from midway.core.actor import SYSTEM
from midway.customers.models import Customer

NEW = DORA | {"name": "Nora", "email": "new@example.com"}


@pytest.fixture(autouse=True)
def a_year_of_calendar(cast: Cast) -> None:
    for cleaner in cast.cleaners:
        write_calendar(cleaner=cleaner, days=430)


def hand_in(client: Client, data: bytes, **more: str) -> ImportRun:
    file = SimpleUploadedFile("ours.csv", data, "text/csv")
    answer = client.post(reverse("office:sheets"), {"file": file, **more})
    assert answer.status_code == 302, answer.content.decode()
    run = ImportRun.objects.latest("pk")
    assert answer["Location"] == reverse("office:sheet", args=[run.code])
    return run


def page(client: Client, run: ImportRun) -> str:
    return client.get(reverse("office:sheet", args=[run.code])).content.decode()


def test_a_file_is_looked_through_and_loaded_after_a_yes(dan: Client) -> None:
    run = hand_in(dan, sheet(NEW, DORA | {"service": "Carpets"}))
    assert "Looking it through" in page(dan, run)
    look_through_import(str(run.code))
    said = page(dan, run)
    assert "Load 1 row" in said
    assert "We do not know the service “Carpets”." in said
    assert Plan.objects.count() == 0

    assert dan.post(reverse("office:sheet_loading", args=[run.code])).status_code == 302
    load_import(str(run.code))
    load_import(str(run.code))

    run.refresh_from_db()
    assert (run.state, run.content, run.by_label) == ("done", "", "Dan")
    assert Plan.objects.get().customer.email == "new@example.com"
    assert "What was kept" in page(dan, run)
    rejects = dan.get(reverse("office:sheet_rejects", args=[run.code])).content.decode("utf-8-sig")
    assert "Carpets" in rejects
    assert ProcrastinateJob.objects.count() == 2


def test_the_file_is_not_readable_at_rest(dan: Client) -> None:
    run = hand_in(dan, sheet(NEW))

    assert "4711" not in run.content
    assert "new@example.com" not in run.content
    assert b"4711" in run.file()


def test_columns_and_dates_can_be_told(dan: Client) -> None:
    run = hand_in(dan, sheet(NEW | {"day": "", "next": "4/3/2026"}))
    look_through_import(str(run.code))
    assert "American or European" in page(dan, run)

    dan.post(reverse("office:sheet_reading", args=[run.code]), {"dates": "european"})
    look_through_import(str(run.code))
    run.refresh_from_db()
    assert run.report["dates"] == "european"
    assert "dates: 31/3/2026, the day first." in page(dan, run)
    notes = next(n for n, column in enumerate(run.report["columns"]) if column["heading"] == "Notes")
    said = {f"column-{n}": column["taken_as"] or "" for n, column in enumerate(run.report["columns"])}
    dan.post(
        reverse("office:sheet_reading", args=[run.code]),
        {**said, f"column-{notes}": "customer_notes", "dates": "european"},
    )

    look_through_import(str(run.code))
    run.refresh_from_db()
    assert run.report["columns"][notes]["taken_as"] == "customer_notes"
    assert run.report["loaded"] == 1


def test_a_file_can_be_left(dan: Client) -> None:
    run = hand_in(dan, sheet(NEW))
    look_through_import(str(run.code))

    dan.post(reverse("office:sheet_leaving", args=[run.code]))
    dan.post(reverse("office:sheet_loading", args=[run.code]))

    run.refresh_from_db()
    assert (run.state, run.content) == ("left", "")
    assert not Customer.objects.filter(email="new@example.com").exists()


def test_a_file_nobody_decided_about_is_forgotten(dan: Client) -> None:
    run = hand_in(dan, sheet(NEW))

    assert forget_sheets(now=NOW + UNDECIDED_FOR - timedelta(minutes=1)) == 0
    assert forget_sheets(now=NOW + UNDECIDED_FOR) == 1
    run.refresh_from_db()
    assert (run.state, run.content) == ("left", "")


@pytest.mark.parametrize("data", [b"", b"\x01\xff" * 9, b"PK\x03\x04"])
def test_what_is_no_spreadsheet_is_said_in_words(dan: Client, data: bytes) -> None:
    if not data:
        file = SimpleUploadedFile("ours.csv", data)
        assert dan.post(reverse("office:sheets"), {"file": file}).status_code == 422
        return
    run = hand_in(dan, data)
    look_through_run(run=run.code, now=NOW)
    with pytest.raises(Exception, match="does not wait"):
        confirm_import(run=run.code, by=SYSTEM, now=NOW)
    assert ("Save it as CSV" if data.startswith(b"PK") else "No headings") in page(dan, run)


def test_too_large_a_file_is_refused(dan: Client) -> None:
    file = SimpleUploadedFile("ours.csv", b"x" * (5 * 1024 * 1024 + 1))

    answer = dan.post(reverse("office:sheets"), {"file": file})

    assert answer.status_code == 422
    assert "larger than 5 MB" in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_only_who_may_see_door_codes_brings_in(dan: Client, sue: Client, outsiders: list[Client]) -> None:
    run = hand_in(dan, sheet(NEW))
    places = [reverse("office:sheets"), reverse("office:sheet", args=[run.code])]

    assert [c.get(place).status_code for c in (sue, *outsiders) for place in places] == [403] * 6
    assert sue.post(reverse("office:sheet_loading", args=[run.code])).status_code == 403
    assert "Bring in" not in sue.get(reverse("office:customers")).content.decode()
    assert dan.get(reverse("office:empty_sheet")).status_code == 200
