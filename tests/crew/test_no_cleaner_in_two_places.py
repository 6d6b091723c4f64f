"""The constraint refuses an overlap made by anybody, through whatever door."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from psycopg.types.range import Range
from tests.cast import Cast, at, commit, make_cast

from midway.crew.models import Commitment

pytestmark = pytest.mark.django_db
MORNING = Range(at("09:00"), at("11:00"))
OVERLAPPING = [
    Range(at("10:00"), at("12:00")),
    Range(at("08:00"), at("09:00") + timedelta(microseconds=1)),
    Range(at("09:30"), at("10:00")),
    Range(at("08:00"), at("12:00")),
]


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    commit(cleaner=cast.ana, during=MORNING)
    return cast


@pytest.mark.parametrize("during", OVERLAPPING)
@pytest.mark.parametrize("kind", ["visit", "absence", "break", "training"])
def test_a_second_row_over_the_first_is_refused(cast: Cast, during: Range, kind: str) -> None:
    with pytest.raises(IntegrityError, match="no_cleaner_in_two_places"), transaction.atomic():
        commit(cleaner=cast.ana, during=during, kind=kind)


def test_many_rows_at_once_are_refused(cast: Cast) -> None:
    rows = [
        Commitment(cleaner=cast.ben, during=Range(at("09:00"), at(end)), kind="visit", reference=uuid4())
        for end in ("10:00", "11:00")
    ]
    with pytest.raises(IntegrityError, match="no_cleaner_in_two_places"), transaction.atomic():
        Commitment.objects.bulk_create(rows)


def test_stretching_moving_and_handing_over_are_refused(cast: Cast) -> None:
    later = commit(cleaner=cast.ana, during=Range(at("11:00"), at("12:00")))
    bens = commit(cleaner=cast.ben, during=MORNING)
    rows = Commitment.objects
    for change in (
        lambda: rows.filter(pk=later.pk).update(during=Range(at("10:59"), at("12:00"))),
        lambda: rows.filter(pk=bens.pk).update(cleaner=cast.ana),
    ):
        with pytest.raises(IntegrityError, match="no_cleaner_in_two_places"), transaction.atomic():
            change()


def test_bringing_a_released_row_back_is_refused(cast: Cast) -> None:
    released = commit(cleaner=cast.ana, during=MORNING, active=False)
    with pytest.raises(IntegrityError, match="no_cleaner_in_two_places"), transaction.atomic():
        Commitment.objects.filter(pk=released.pk).update(active=True)


def test_plain_sql_is_refused_at_once_and_not_at_commit(cast: Cast) -> None:
    with (
        pytest.raises(IntegrityError, match="no_cleaner_in_two_places"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO crew_commitment (cleaner_id, during, kind, active, reference)"
            " SELECT cleaner_id, during, 'training', true, gen_random_uuid() FROM crew_commitment"
        )


@pytest.mark.parametrize(
    ("fields", "promise"),
    [
        ({"during": Range(None, at("11:00"))}, "commitment_has_two_ends"),
        ({"during": Range(at("11:00"), None)}, "commitment_has_two_ends"),
        ({"during": Range(empty=True)}, "commitment_has_two_ends"),
        ({"kind": "hold"}, "only_holds_expire"),
        ({"hold_expires_at": at("11:00")}, "only_holds_expire"),
    ],
)
def test_half_stated_commitments_are_refused(cast: Cast, fields: dict[str, object], promise: str) -> None:
    with pytest.raises(IntegrityError, match=promise), transaction.atomic():
        commit(**{"cleaner": cast.ben, "during": MORNING, **fields})


def test_others_and_touching_times_are_welcome(cast: Cast) -> None:
    commit(cleaner=cast.ben, during=MORNING)
    commit(cleaner=cast.ana, during=Range(at("08:00"), at("09:00")))
    commit(cleaner=cast.ana, during=Range(at("11:00"), at("12:00")))
    commit(cleaner=cast.ana, during=MORNING, active=False)
