"""A visit is dropped somewhere else on the board, and put back."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import PARIS, Cast, at, make_branch, make_cleaner
from tests.web.office.conftest import MakeVisit

from midway.booking.models import Visit
from midway.crew.models import Cleaner, Commitment
from midway.journal.models import Entry
from midway.messaging.models import OutboxMessage


def drop(client: Client, visit: Visit, start: str, *cleaners: Cleaner, instead: dict[str, str] | None = None) -> Any:
    said = {
        "revision": visit.revision,
        "start": at(start).isoformat(),
        "cleaners": ",".join(str(cleaner.code) for cleaner in cleaners),
        "tell": "1",
    }
    return client.post(reverse("office:placement", args=[visit.code]), said | (instead or {}))


def who_comes(visit: Visit) -> list[str]:
    return sorted(visit.assignments.filter(active=True).values_list("cleaner__name", flat=True))


def test_a_visit_moves_to_another_time_and_another_cleaner(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("10:00", (cast.ana,))

    answer = drop(dan, visit, "13:00", cast.ben)

    visit.refresh_from_db()
    assert answer.status_code == 200
    assert answer.json()["text"] == "Moved: Dora, Monday 2 March, 13:00–14:45, Ben."
    assert visit.starts_at == at("13:00")
    assert who_comes(visit) == ["Ben"]
    assert OutboxMessage.objects.get().template == "visit_moved"
    entry = Entry.objects.get(event="booking.visit.rescheduled")
    assert (entry.actor_kind, entry.actor_user_id) == ("user", cast.dan.pk)


def test_another_cleaner_at_the_same_time_is_nobody_elses_business(
    cast: Cast, dan: Client, promised: MakeVisit
) -> None:
    visit = promised("10:00", (cast.ana,))

    drop(dan, visit, "10:00", cast.ben)

    assert who_comes(visit) == ["Ben"]
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_where_somebody_is_taken_it_stays_as_it_was(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("10:00", (cast.ana,))
    promised("13:00", (cast.ben,))

    answer = drop(dan, visit, "13:30", cast.ben)

    visit.refresh_from_db()
    assert answer.status_code == 409
    assert "just been taken" in answer.json()["text"]
    assert visit.starts_at == at("10:00")
    assert who_comes(visit) == ["Ana"]
    assert Commitment.objects.filter(reference=visit.code, active=True).count() == 1


def test_somebody_else_moved_it_meanwhile(cast: Cast, dan: Client, olga: Client, promised: MakeVisit) -> None:
    visit = promised("10:00", (cast.ana,))
    drop(olga, visit, "11:00", cast.ana)

    answer = drop(dan, visit, "13:00", cast.ben)

    assert answer.status_code == 409
    assert answer.json()["text"].startswith("Somebody else changed this visit meanwhile.")
    assert who_comes(visit) == ["Ana"]


def test_undo_puts_it_back(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("10:00", (cast.ana,))
    undo = drop(dan, visit, "13:00", cast.ben).json()["undo"]

    answer = dan.post(undo, headers={"hx-request": "true"})

    visit.refresh_from_db()
    assert answer.status_code == 204
    assert "Back as it was" in answer["HX-Trigger"]
    assert "board-changed" in answer["HX-Trigger"]
    assert visit.starts_at == at("10:00")
    assert who_comes(visit) == ["Ana"]


@pytest.mark.django_db(transaction=True)
def test_undo_explains_when_the_old_place_is_gone(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("10:00", (cast.ana,))
    undo = drop(dan, visit, "13:00", cast.ben).json()["undo"]
    promised("10:00", (cast.ana,))

    answer = dan.post(undo, headers={"hx-request": "true"})

    visit.refresh_from_db()
    assert "just been taken" in answer["HX-Trigger"]
    assert visit.starts_at == at("13:00")
    assert who_comes(visit) == ["Ben"]


def test_from_the_tray_to_a_row_and_back_to_the_tray(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("10:00", team_size=1)
    undo = drop(dan, visit, "10:00", cast.chidi).json()["undo"]
    assert who_comes(visit) == ["Chidi"]

    dan.post(undo, headers={"hx-request": "true"})

    visit.refresh_from_db()
    assert who_comes(visit) == []
    assert visit.cleaners_missing == 1
    assert not Commitment.objects.filter(reference=visit.code, active=True).exists()


def test_one_of_two_may_come_while_the_other_is_missing(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("10:00", team_size=2, service=cast.deep)

    drop(dan, visit, "10:00", cast.ana)

    visit.refresh_from_db()
    assert visit.cleaners_missing == 1


def test_a_cleaner_of_another_branch_cannot_be_named(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    stranger = make_cleaner(branch=make_branch(zone=PARIS), name="Stranger")
    visit = promised("10:00", (cast.ana,))

    answer = drop(dan, visit, "10:00", stranger)

    assert answer.status_code == 422
    assert answer.json()["text"] == "There is no such cleaner."
    assert who_comes(visit) == ["Ana"]


def test_what_cannot_be_read_is_refused(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("10:00", (cast.ana,))

    wrong = [{"start": "tomorrow"}, {"revision": "-1"}, {"cleaners": "ben"}]
    answers = [drop(dan, visit, "13:00", cast.ben, instead=instead) for instead in wrong]

    assert [answer.status_code for answer in answers] == [422, 422, 422]


def test_a_visit_that_has_begun_stays(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("08:30", (cast.ana,), state="in_progress")

    answer = drop(dan, visit, "13:00", cast.ben)

    assert answer.status_code == 409
    assert "has begun" in answer.json()["text"]


def test_dropped_among_those_without_anybody_it_is_one_entry_undone_as_one(
    cast: Cast, dan: Client, promised: MakeVisit
) -> None:
    visit = promised("10:00", (cast.ana,))
    drop(dan, visit, "13:00")

    visit.refresh_from_db()
    entry = Entry.objects.get(subject=visit.code)
    assert (entry.event, visit.starts_at, who_comes(visit)) == ("booking.visit.rescheduled", at("13:00"), [])

    dan.post(reverse("office:undoing", args=[entry.code]), {"back": "/office/"})
    visit.refresh_from_db()
    assert (visit.starts_at, who_comes(visit), visit.cleaners_missing) == (at("10:00"), ["Ana"], 0)


def test_taken_from_its_cleaner_at_the_same_time_is_one_entry_too(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("10:00", (cast.ana,))
    drop(dan, visit, "10:00")

    entry = Entry.objects.get(subject=visit.code)
    assert (entry.event, entry.facts["cleaner"]) == ("booking.visit.unassigned", "Ana")
