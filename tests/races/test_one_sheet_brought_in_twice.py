"""The same spreadsheet brought in by two people at once, at a company that has no cleaners yet."""

import pytest
from tests.booking.intake.sheets import DORA, sheet
from tests.cast import NOW, make_cast
from tests.races.crowd import all_at_once, errors_other_than

from midway.booking.actions import ImportOrder, import_customers
from midway.booking.models import ImportedRow
from midway.core.actor import SYSTEM
from midway.crew.models import Cleaner
from midway.customers.models import Customer

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def test_its_rows_are_loaded_once_and_the_others_hear_so() -> None:
    cast = make_cast()
    Cleaner.objects.all().delete()
    kept = DORA | {"frequency": "one-time", "next": "", "cleaner": ""}
    rows = [kept | {"name": f"Emma {n}", "email": f"emma{n}@example.com"} for n in range(20)]
    order = ImportOrder("customers.csv", sheet(*rows), cast.branch)

    outcomes = all_at_once(lambda _: import_customers(order=order, by=SYSTEM, now=NOW).counts, range(4))

    assert errors_other_than(outcomes) == []
    loaded = sorted((o.result["loaded"], o.result["unchanged"]) for o in outcomes if isinstance(o.result, dict))
    assert loaded == [(0, 20), (0, 20), (0, 20), (20, 0)]
    assert ImportedRow.objects.count() == Customer.objects.filter(name__startswith="Emma").count() == 20
