"""A cleaner is away, and comes back earlier."""

from datetime import timedelta

import pytest
from django.db import transaction
from psycopg.types.range import Range
from tests.cast import NOW, TODAY, at, by_user, commit, make_cast
from tests.crew.calendars import hours_on
from tests.crew.standing import stale_days

from midway.core.timespan import Span
from midway.crew.actions import AbsenceNotFound, record_absence, withdraw_absence
from midway.crew.calendar import SlotTaken
from midway.crew.models import Absence, Commitment
from midway.journal.queries import history_of

pytestmark = pytest.mark.django_db
THREE_DAYS = Span(at("10:00"), at("12:00", on=TODAY + timedelta(days=2)))


def test_an_absence_blocks_every_day_it_touches() -> None:
    cast = make_cast()
    absence = record_absence(
        cleaner=cast.ana, during=THREE_DAYS, reason=Absence.Reason.SICK, by=by_user(cast.dan), now=NOW
    )
    assert [hours_on(cast.ana, TODAY + timedelta(days=n)) for n in range(4)] == ["8-10", "", "12-17", "8-17"]
    assert stale_days(cast.branch) == []
    assert Commitment.objects.get(reference=absence.code).kind == "absence"
    kept = Absence.objects.get(withdrawn_at__isnull=True)
    assert (kept, kept.during.lower, kept.during.upper) == (absence, THREE_DAYS.start, THREE_DAYS.end)


def test_coming_back_frees_the_rest_and_is_said_once() -> None:
    cast = make_cast()
    absence = record_absence(
        cleaner=cast.ana, during=THREE_DAYS, reason=Absence.Reason.VACATION, by=by_user(cast.dan), now=NOW
    )
    withdraw_absence(absence=absence, by=by_user(cast.dan), now=NOW)
    assert [hours_on(cast.ana, TODAY + timedelta(days=n)) for n in range(3)] == ["8-17"] * 3
    assert stale_days(cast.branch) == []
    assert Absence.objects.get().withdrawn_at == NOW
    with pytest.raises(AbsenceNotFound):
        withdraw_absence(absence=absence, by=by_user(cast.dan), now=NOW)
    assert [e.event for e in history_of(cast.ana.code)] == ["crew.absence.withdrawn", "crew.absence.recorded"]


def test_somebody_who_is_committed_is_not_simply_away() -> None:
    cast = make_cast()
    commit(cleaner=cast.ana, during=Range(at("16:00"), at("17:00")))
    with pytest.raises(SlotTaken), transaction.atomic():
        record_absence(cleaner=cast.ana, during=THREE_DAYS, reason=Absence.Reason.SICK, by=by_user(cast.dan), now=NOW)
    assert not Absence.objects.exists()
    assert not history_of(cast.ana.code).exists()


def test_an_absence_longer_than_the_calendar_holds_when_days_are_written() -> None:
    cast = make_cast()
    year = Span(at("08:00", on=TODAY + timedelta(days=7)), at("08:00", on=TODAY + timedelta(days=365)))
    record_absence(cleaner=cast.ana, during=year, reason=Absence.Reason.OTHER, by=by_user(cast.dan), now=NOW)
    assert hours_on(cast.ana, TODAY + timedelta(days=7)) == ""
    assert stale_days(cast.branch) == []
