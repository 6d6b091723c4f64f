"""Files as they come: encodings, delimiters, headings, dates in three styles, and words for everything."""

from datetime import date, time

import pytest

from midway.booking.intake.dates import DateStyle, readings, style_of
from midway.booking.intake.headings import FIELDS, UnknownField, columns_of
from midway.booking.intake.report import csv_text
from midway.booking.intake.table import SheetUnreadable, read_table
from midway.booking.intake.words import (
    Rhythm,
    cents_in,
    clock_in,
    minutes_in,
    phone_in,
    rhythm_in,
    weekdays_in,
    whole_in,
)

TEXT = (
    "Nombre,Correo electrónico,Dirección\nBéatrice Muñoz,b@example.com,Calle Peña 3\nJosé Núñez,j@example.com,Avda 5\n"
)
ANY_DAY: frozenset[int] = frozenset()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_and_delimiter_reads_the_same(encoding: str, delimiter: str) -> None:
    table = read_table(TEXT.replace(",", delimiter).encode(encoding))

    assert [table.columns.read(line.cells) for line in table.lines] == [
        {"name": "Béatrice Muñoz", "email": "b@example.com", "line1": "Calle Peña 3"},
        {"name": "José Núñez", "email": "j@example.com", "line1": "Avda 5"},
    ]


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    text = 'Our customers\n\nName,E-mail,Notes\n\nAnn,a@example.com,"two\nlines"\nBob,b@example.com,\n'

    assert [line.number for line in read_table(text.encode()).lines] == [5, 7]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\x00\x01\x02\xff" * 200, "not text"),
        (b"one,two\n1,2\n", "No headings"),
        (b"name,email\n", "no rows"),
        (b"x" * (5 * 1024 * 1024 + 1), "larger than 5 MB"),
        (b"name,email\n" + b"a,b\n" * 10_001, "more than 10000 rows"),
        (b"name,email\n" + b"," * 200, "more than 100 columns"),
    ],
)
def test_what_is_no_spreadsheet_is_refused_in_words(data: bytes, said: str) -> None:
    with pytest.raises(SheetUnreadable, match=said):
        read_table(data)


def test_a_column_can_be_told() -> None:
    columns = columns_of(["Kunde", "Phone", "Mobile", "Line", "Fax"], [("Kunde", "name"), ("Mobile", "phone")])

    assert columns.taken_as == ["name", "phone", "phone", "", ""]
    assert columns.read(["Ann", "1", "2", "9", "3"]) == {"name": "Ann", "phone": "2"}
    with pytest.raises(UnknownField, match="cannot be shoe_size"):
        columns_of(["Kunde"], [("Kunde", "shoe_size")])
    with pytest.raises(UnknownField, match="no column Klient"):
        columns_of(["Kunde"], [("Klient", "name")])


def test_every_field_is_known_by_its_own_name_and_no_heading_means_two() -> None:
    assert columns_of(list(FIELDS)).taken_as == list(FIELDS)
    spellings = [spelling.strip() for words in FIELDS.values() for spelling in words.split("|")]
    assert len(spellings) == len(set(spellings))


def test_cells_are_no_formulas_and_come_back_as_they_were() -> None:
    cells = ["=1+1", "+1 410", "-5", "@x", "\tx", "plain", "'quoted'"]
    written = csv_text(["name", "email", "phone", "line1", "line2", "city", "notes"], [cells])

    assert not any(cell.lstrip('"').startswith(("=", "+", "-", "@")) for cell in written.splitlines()[1].split(","))
    assert read_table(written.encode()).lines[0].cells == [c.strip() for c in cells]


@pytest.mark.parametrize(
    ("text", "us", "european"),
    [
        ("2026-03-04", date(2026, 3, 4), date(2026, 3, 4)),
        ("2026-03-04T09:00:00", date(2026, 3, 4), date(2026, 3, 4)),
        ("3/4/2026", date(2026, 3, 4), date(2026, 4, 3)),
        ("3/4/26", date(2026, 3, 4), date(2026, 4, 3)),
        ("3/31/2026", date(2026, 3, 31), None),
        ("31-03-2026", None, date(2026, 3, 31)),
        ("4.3.2026", date(2026, 3, 4), date(2026, 3, 4)),
        ("Mar 4, 2026", date(2026, 3, 4), date(2026, 3, 4)),
        ("4 de marzo de 2026", date(2026, 3, 4), date(2026, 3, 4)),
        ("4th March 26", date(2026, 3, 4), date(2026, 3, 4)),
        ("46085", date(2026, 3, 4), date(2026, 3, 4)),
        ("31/31/2026", None, None),
        ("29 Feb 2027", None, None),
        ("soon", None, None),
    ],
)
def test_dates(text: str, us: date | None, european: date | None) -> None:
    found = readings(text)
    assert (found.us, found.european) == (us, european)


@pytest.mark.parametrize(
    ("cells", "style"),
    [
        (["2026-03-04"], DateStyle.ISO),
        (["3/4/2026", "3/31/2026"], DateStyle.US),
        (["3/4/2026", "31/3/2026"], DateStyle.EUROPEAN),
        (["3/4/2026", "5/6/2026"], None),
        (["3/31/2026", "31/3/2026", "3/4/2026"], DateStyle.MIXED),
        (["3/31/2026"] * 40 + ["31/3/2026"], DateStyle.US),
    ],
)
def test_the_style_of_a_file_is_decided_from_what_can_be_read_in_one_way(
    cells: list[str], style: DateStyle | None
) -> None:
    assert style_of((cell, ANY_DAY) for cell in cells) == style


def test_the_day_of_the_week_tells_where_the_figures_do_not() -> None:
    wednesday = frozenset({2})  # 4 March 2026; 3 April is a Friday
    assert style_of([("3/4/2026", wednesday)]) is DateStyle.US
    assert style_of([("3/4/2026", frozenset({4}))]) is DateStyle.EUROPEAN
    assert readings("3/4/2026").by(DateStyle.MIXED, wednesday) == date(2026, 3, 4)
    assert readings("3/4/2026").by(DateStyle.MIXED, ANY_DAY) is None


@pytest.mark.parametrize(
    ("text", "rhythm", "days"),
    [
        ("Weekly", Rhythm(1), set()),
        ("BI-WEEKLY", Rhythm(2), set()),
        ("every other Tuesday", Rhythm(2), {1}),
        ("every 3 weeks", Rhythm(3), set()),
        ("Cada dos semanas", Rhythm(2), set()),
        ("quincenal", Rhythm(2), set()),
        ("6 weeks", Rhythm(6), set()),
        ("Mon & Thu", Rhythm(1), {0, 3}),
        ("2x week", Rhythm(1, times=2), set()),
        ("monthly", Rhythm(1, is_monthly=True), set()),
        ("1st Tuesday of the month", Rhythm(1, is_monthly=True, nth=1), {1}),
        ("último viernes", Rhythm(1, is_monthly=True, nth=-1), {4}),
        ("one-time", Rhythm(0), set()),
    ],
)
def test_rhythms(text: str, rhythm: Rhythm, days: set[int]) -> None:
    assert rhythm_in(text) == (rhythm, frozenset(days))


@pytest.mark.parametrize("text", ["now and then", "every 99 weeks", "", "tuesdayish"])
def test_what_is_no_rhythm(text: str) -> None:
    assert rhythm_in(text) is None


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("9:00", time(9)),
        ("9am", time(9)),
        ("9.30", time(9, 30)),
        ("1:30 PM", time(13, 30)),
        ("12 a.m.", time(0)),
        ("12pm", time(12)),
        ("09h30", time(9, 30)),
        ("15h", time(15)),
        ("0930", time(9, 30)),
        ("09:00:00", time(9)),
        ("9:00 - 11:30", time(9)),
        ("noon", time(12)),
        ("25:00", None),
        ("13pm", None),
        ("morning", None),
    ],
)
def test_times(text: str, clock: time | None) -> None:
    assert clock_in(text) == clock


@pytest.mark.parametrize(
    ("text", "cents"),
    [("$120", 12000), ("120,50 €", 12050), ("1,200.00", 120000), ("1.200,5", 120050), ("free", None), ("0", None)],
)
def test_prices(text: str, cents: int | None) -> None:
    assert cents_in(text) == cents


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("2.5", 150), ("2,5 hours", 150), ("150", 150), ("2:30", 150), ("2h15", 135), ("100 min", 105), ("x", None)],
)
def test_lengths(text: str, minutes: int | None) -> None:
    assert minutes_in(text) == minutes


def test_counts_days_and_telephones() -> None:
    assert [whole_in(t, most=20) for t in ("3", "3 br", "2.5", "2.0", "40", "x")] == [3, 3, 3, 2, None, None]
    assert whole_in("1,850 sq ft", most=20_000) == 1850
    assert weekdays_in("Mon, jueves") == {0, 3}
    assert weekdays_in("Caturday") is None
    assert phone_in("(410) 555-0120", region="US") == "+1 410-555-0120"
    assert phone_in("+34 600 123 456", region="US") == "+34 600 12 34 56"
    assert phone_in("call her", region="US") is None


def test_a_file_in_another_encoding_than_was_said_and_one_cell_as_long_as_a_book_are_refused_in_words() -> None:
    with pytest.raises(SheetUnreadable, match="not written in ascii"):
        read_table(TEXT.encode(), encoding="ascii")
    with pytest.raises(SheetUnreadable, match="Line 2 cannot be read"):
        read_table(f"Name,E-mail\n{'x' * 200_000},a@example.com\n".encode())
