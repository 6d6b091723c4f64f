"""`midway import customers`: what it prints, writes and answers."""

import json
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner, Result
from tests.booking.intake.sheets import DORA, sheet
from tests.booking.plans.stage import year_cast
from tests.cast import NOW, Cast

from midway.booking.models import Plan
from midway.cli import main
from midway.customers.models import Customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def year() -> Cast:
    return year_cast()


def midway(*words: str) -> Result:
    with time_machine.travel(NOW, tick=False):
        return CliRunner().invoke(main, ["import", "customers", *words])


def test_good_rows_are_loaded_bad_ones_explained_and_kept_to_be_mended(year: Cast, tmp_path: Path) -> None:
    file = tmp_path / "ours.csv"
    file.write_bytes(sheet(DORA | {"email": "new@example.com"}, DORA | {"service": "Carpets"}))

    done = midway(str(file), "--json")

    assert done.exit_code == 1, done.output
    report = json.loads(done.stdout)
    assert (report["rows"], report["loaded"], report["refused"], report["plans"]) == (2, 1, 1, 1)
    assert report["results"][1]["reasons"][0]["field"] == "service"
    assert {"heading": "Zip", "taken_as": "postcode"} in report["columns"]
    mended = Path(report["rejects"])
    mended.write_text(mended.read_text("utf-8-sig").replace("Carpets", "regular").replace("9:00", "13:00"))
    again = midway(str(mended))
    assert again.exit_code == 0, again.output
    assert "1 of 1 rows loaded" in again.stdout
    assert Plan.objects.count() == 2


def test_a_dry_run_only_says_what_would_happen(year: Cast, tmp_path: Path) -> None:
    file = tmp_path / "ours.csv"
    file.write_bytes(sheet(DORA | {"time": "3:00"}, DORA | {"email": "new@example.com"}))

    done = midway(str(file), "--dry-run")

    assert done.exit_code == 1
    assert "line 2: Dora: Nobody works long enough on Tuesday from 3:00." in done.stdout
    assert "1 of 2 rows would be loaded" in done.stdout
    assert list(tmp_path.iterdir()) == [file]
    assert Customer.objects.count() == 1


def test_dates_that_nothing_tells_are_asked_for(year: Cast, tmp_path: Path) -> None:
    file = tmp_path / "ours.csv"
    file.write_bytes(sheet(DORA | {"day": "", "next": "4/3/2026"}))

    asked = midway(str(file))

    assert asked.exit_code == 1
    assert "--dates us" in asked.stderr
    assert Plan.objects.count() == 0
    assert midway(str(file), "--dates", "european").exit_code == 0
    assert Plan.objects.get().starts_on.isoformat() == "2026-03-04"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.csv"], "nowhere.csv cannot be read"),
        (["--branch", "mars", "{file}"], "There is no branch mars. Choose from: branch"),
        (["--column", "name", "{file}"], "write it with an equals sign"),
        (["--column", "Name=shoe_size", "{file}"], "A column cannot be shoe_size"),
        (["--encoding", "nonsense", "{file}"], "not written in nonsense"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(year: Cast, tmp_path: Path, words: list[str], said: str) -> None:
    file = tmp_path / "ours.csv"
    file.write_bytes(sheet(DORA) + b"\n")

    done = midway(*[word.format(file=file) for word in words])

    assert done.exit_code == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
