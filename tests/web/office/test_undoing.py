"""Undo from the journal's lines: the button, who sees it, and what it answers."""

from django.test import Client
from django.urls import reverse
from psycopg.types.range import Range
from tests.cast import NOW, Cast, at, by_user, commit
from tests.web.office.conftest import MakeVisit

from midway.booking.actions import reschedule_visit
from midway.booking.models import Visit
from midway.crew.actions import set_day_hours
from midway.journal.models import Entry


def moved(cast: Cast, promised: MakeVisit) -> Visit:
    visit = promised("13:00", (cast.ana,))
    return reschedule_visit(visit=visit.code, to=at("15:00"), by=by_user(cast.dan), now=NOW)


def undo(client: Client, back: str = "/office/") -> str:
    answer = client.post(reverse("office:undoing", args=[Entry.objects.latest("id").code]), {"back": back})
    return answer["Location"] if answer.status_code == 302 else str(answer.status_code)


def test_a_move_is_undone_from_the_visit_and_from_today(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = moved(cast, promised)
    page = reverse("office:visit", args=[visit.code])
    for place in (page, "/office/"):
        assert "Undo: Dora moved" in dan.get(place).content.decode()
    assert undo(dan, page) == page
    visit.refresh_from_db()
    assert visit.starts_at == at("13:00")
    text = dan.get(page).content.decode()
    assert "Dora: undone (a move)" in text
    assert "Undone. Everything is as it was before." in text


def test_what_is_in_the_way_is_named(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    moved(cast, promised)
    commit(cleaner=cast.ana, during=Range(at("13:00"), at("14:00")))
    undo(dan)
    assert "Not free any more: Ana." in dan.get("/office/").content.decode()


def test_hours_are_undone_by_those_who_may_change_them(cast: Cast, dan: Client, sue: Client) -> None:
    set_day_hours(cleaner=cast.ana, on=NOW.date(), hours=[], reason="Exam", by=by_user(cast.dan), now=NOW)
    page = reverse("office:person", args=[cast.ana.code])
    assert reverse("office:undoing", args=[Entry.objects.latest("id").code]) not in sue.get(page).content.decode()
    assert undo(sue) == "403"
    assert undo(dan, page) == page
    assert not cast.ana.exceptions.exists()


def test_outsiders_undo_nothing(cast: Cast, outsiders: list[Client], visitor: Client, promised: MakeVisit) -> None:
    visit = moved(cast, promised)
    assert [undo(client) for client in outsiders] == ["403", "403"]
    assert undo(visitor).startswith("/accounts/login/")
    visit.refresh_from_db()
    assert visit.starts_at == at("15:00")


def test_one_is_not_led_to_a_strange_address(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    moved(cast, promised)
    assert undo(dan, "https://evil.example.com/") == "/office/"
