"""Small spreadsheets with a row or two."""

import csv
import io
from collections.abc import Mapping

from tests.cast import POSTCODE

DORA: Mapping[str, str] = {
    "name": "Dora",
    "email": "dora@example.com",
    "phone": "410-555-0120",
    "address": "7 Cedar Street",
    "zip": POSTCODE,
    "beds": "2",
    "baths": "1",
    "access": "Door code 4711",
    "service": "Regular clean",
    "frequency": "weekly",
    "day": "Tuesday",
    "time": "9:00",
    "last": "",
    "next": "2026-03-03",
    "price": "",
    "cleaner": "Chidi",
    "notes": "",
}
_HEADINGS = {"last": "Last visit", "next": "Next visit"}


def sheet(*rows: Mapping[str, str], encoding: str = "utf-8") -> bytes:
    """A sheet of rows like Dora's."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([_HEADINGS.get(name, name.title()) for name in DORA])
    writer.writerows([row[name] for name in DORA] for row in rows)
    return written.getvalue().encode(encoding)
