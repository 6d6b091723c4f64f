"""The capacity model: more bookings never need less, and the document shows what the measured coefficients give."""

from dataclasses import replace
from pathlib import Path

from benchmarks.capacity import COMPANIES, Costs, needs, newest, table
from hypothesis import given
from hypothesis import strategies as some

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "how-it-works" / "beyond-one-machine.md"
KINDS = ("page", "quote", "times", "booking", "office")
COSTS = Costs(
    web_ms=dict.fromkeys(KINDS, 10.0), database_ms=dict.fromkeys(KINDS, 5.0), worker_ms=50.0, booking_kb=20.0,
    web_mb=100.0, worker_mb=100.0,
)  # fmt: skip
bookings = some.floats(0, 100_000)
people = some.floats(0, 1000)


def test_a_day_adds_up() -> None:
    # 7,200 bookings and nobody in the office: 20 requests each are five a second, twenty at the peak.
    found = needs(7200, 0, COSTS)
    assert round(found.requests_a_second, 6) == 20
    assert round(found.database_cores, 6) == round(20 * 0.005 / 0.5, 6)
    assert round(found.web_cores, 6) == round(20 * 0.010 / 0.5 + 1 * 0.050 / 0.5, 6)
    assert round(found.disk_gb_a_year, 3) == round(7200 * 365 * 20 / 2**20, 3)


@given(bookings, bookings, people, people)
def test_more_never_needs_less(some_bookings: float, more: float, some_people: float, others: float) -> None:
    less, larger = needs(some_bookings, some_people, COSTS), needs(some_bookings + more, some_people + others, COSTS)
    for name in ("requests_a_second", "web_cores", "database_cores", "web_processes", "connections", "memory_gb"):
        assert getattr(larger, name) >= getattr(less, name), name


@given(bookings, people, some.floats(1, 10))
def test_dearer_answers_need_more(some_bookings: float, some_people: float, times: float) -> None:
    dearer = replace(COSTS, web_ms={kind: value * times for kind, value in COSTS.web_ms.items()})
    found = needs(some_bookings, some_people, dearer)
    assert found.web_cores >= needs(some_bookings, some_people, COSTS).web_cores
    assert found.database_cores == needs(some_bookings, some_people, COSTS).database_cores


def test_nobody_needs_the_smallest_server() -> None:
    assert needs(0, 0, COSTS).hosts == "one of 2 cores"


def test_the_largest_company_needs_several_hosts() -> None:
    assert "app hosts" in needs(100_000, 800, COSTS).hosts


def test_the_document_shows_what_was_measured() -> None:
    written = DOCUMENT.read_text()
    assert table(newest()) in written
    assert len(table(newest()).splitlines()) == len(COMPANIES) + 2
