"""What is kept of people is decided for every column of every model, ours and the libraries'."""

from collections import Counter

import pytest
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from tests.house.test_sizes_and_names import ROOT

from midway.core.retention import Keep, Otherwise, Table, nothing_personal
from midway.privacy.document import as_text
from midway.privacy.rules import clearings, model_of, tables


def columns_of(label: str) -> set[str]:
    return {field.name for field in apps.get_model(label)._meta.local_concrete_fields}


def undecided(rules: tuple[Table, ...]) -> list[str]:
    """Columns without a rule, with two, or ruled though they are not there."""
    found: list[str] = []
    by_model = {table.model: [*table.personal, *table.impersonal.split()] for table in rules}
    for model in apps.get_models(include_auto_created=True):
        ruled, label = Counter(by_model.pop(model._meta.label, [])), model._meta.label
        there = columns_of(label)
        found += [f"{label}.{name}: no rule" for name in sorted(there - set(ruled))]
        found += [f"{label}.{name}: not there" for name in sorted(set(ruled) - there)]
        found += [f"{label}.{name}: two rules" for name, times in ruled.items() if times > 1]
    return found + [f"{label}: no such table" for label in by_model]


def test_every_column_is_under_one_rule() -> None:
    assert undecided(tables()) == [], "say in the part's retention.py how long it is kept and what becomes of it"


def test_a_column_without_a_rule_is_noticed() -> None:
    rules = tuple(table for table in tables() if table.model != "booking.Rating")
    rating = Table("booking.Rating", {"stars": Keep("a day", "goes")}, "id visit stars gone")
    assert undecided((*rules, rating)) == [
        "booking.Rating.at: no rule",
        "booking.Rating.comment: no rule",
        "booking.Rating.gone: not there",
        "booking.Rating.stars: two rules",
    ]
    assert "no.Table: no such table" in undecided((*tables(), nothing_personal("no.Table", "id")))


@pytest.mark.parametrize("table", [t for t in tables() if t.of and not t.goes], ids=lambda t: t.model)
def test_nothing_personal_of_a_customer_survives_an_erasure(table: Table) -> None:
    stays = {name for name, keep in table.personal.items() if keep.erased is Otherwise.STAYS}
    assert stays <= {"settled_by"}, "who of the office looked after a message"
    assert "User" not in table.model or table.sets, "an erased account is shut"


@pytest.mark.parametrize("table", tables(), ids=lambda t: t.model)
def test_what_is_told_to_a_customer_is_there(table: Table) -> None:
    for name in table.told.split():
        try:
            model_of(table)._meta.get_field(name)
        except FieldDoesNotExist:
            pytest.fail(f"{table.model} has no {name}")
    assert not (table.told and table.of is None)


def test_every_rule_with_an_end_has_what_clears_it() -> None:
    assert len({clearing.what for clearing in clearings()}) == len(clearings()) >= 9


def test_the_document_is_current() -> None:
    assert (ROOT / "docs" / "retention.md").read_text() == as_text(), "run: python tools/retention.py"
