"""What a place on the board would mean, asked while a visit is moved; the map beside it; word of changes."""

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import TODAY, Cast, at
from tests.dispatch.days import EAST, TOMORROW, WEST, crossed_day, visit_in
from tests.web.office.conftest import MakeVisit

from midway.booking.models import Visit
from midway.core.actor import SYSTEM
from midway.crew.models import Cleaner
from midway.journal.actions import record


def asked(client: Client, visit: Visit, clock: str, *cleaners: Cleaner, **more: str) -> dict[str, object]:
    start = at(clock, on=TOMORROW).isoformat()
    given = {"start": start, "cleaners": ",".join(str(c.code) for c in cleaners), **more}
    answer = client.get(reverse("office:placing", args=[visit.code]), given)
    assert answer.status_code == 200, answer.content
    found: dict[str, object] = answer.json()
    return found


def test_the_cost_is_said_in_words_and_nothing_is_changed(cast: Cast, dan: Client) -> None:
    visit = crossed_day(cast)[1]

    told = asked(dan, visit, "11:30", cast.ben)

    assert told["is_refused"] is False
    assert told["conflicts"] == []
    assert isinstance(told["added_minutes"], int)
    assert told["added_minutes"] < 0
    assert str(told["words"]).endswith("minutes less driving")
    visit.refresh_from_db()
    assert visit.revision == 0


def test_conflicts_are_said_with_names(cast: Cast, dan: Client) -> None:
    visit_in(cast, EAST, "09:00", cast.ben)
    visit = visit_in(cast, WEST, "11:00", cast.ana)

    assert asked(dan, visit, "10:30", cast.ben)["is_refused"] is True
    (words,) = asked(dan, visit, "11:00", cast.ben)["conflicts"]  # type: ignore[misc]
    assert words.startswith("Ben comes from Home 09:00")
    (words,) = asked(dan, visit, "19:00", cast.ana)["conflicts"]  # type: ignore[misc]
    assert words == "Ana does not work then."


def test_who_may_not_move_visits_learns_nothing(cast: Cast, outsiders: list[Client]) -> None:
    visit = visit_in(cast, WEST, "11:00", cast.ana)
    address = reverse("office:placing", args=[visit.code])

    assert [client.get(address).status_code for client in outsiders] == [403, 403]
    assert Client().get(address).status_code == 302


@pytest.mark.parametrize("start", ["", "yesterday"])
def test_what_cannot_be_read_is_refused(cast: Cast, dan: Client, start: str) -> None:
    visit = visit_in(cast, WEST, "11:00", cast.ana)

    assert dan.get(reverse("office:placing", args=[visit.code]), {"start": start}).status_code == 422


def test_the_map_has_a_route_for_everybody_who_drives(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    promised("13:00", (cast.ana,))
    board = reverse("office:board")

    shown = dan.get(board, {"date": TODAY.isoformat()}).content.decode()

    assert shown.count("<polyline") == 1
    assert f'data-route="{cast.ana.code}"' in shown
    assert "1 route" in shown
    assert "<polyline" not in dan.get(board, {"date": TODAY.isoformat(), "map": "off"}).content.decode()
    assert "<polyline" not in dan.get(board, {"date": TODAY.isoformat()}).content.decode()
    assert "<polyline" in dan.get(board, {"date": TODAY.isoformat(), "map": "on"}).content.decode()


def test_screens_are_told_when_something_changes(cast: Cast, dan: Client) -> None:
    address = reverse("office:board_changes")

    def told(**headers: str) -> str:
        answer = dan.get(address, headers=headers)
        assert answer["Content-Type"] == "text/event-stream"
        return answer.content.decode()

    mark = next(line.removeprefix("id: ") for line in told().splitlines() if line.startswith("id: "))
    assert "event: changed" not in told(**{"last-event-id": mark})
    record(event="dispatch.visit.pinned", subject=cast.ana.code, by=SYSTEM, at=at("09:00"))
    assert "event: changed\ndata: board\n\n" in told(**{"last-event-id": mark})
    assert told().startswith("retry: 2000\n")


def test_what_became_visible_late_counts_too(cast: Cast, dan: Client) -> None:
    from midway.journal.models import Entry
    from midway.journal.queries import journal_mark

    record(event="dispatch.visit.pinned", subject=cast.ana.code, by=SYSTEM, at=at("09:00"))
    last = Entry.objects.latest("id").pk
    Entry.objects.create(
        id=last + 5, at=at("09:00"), event="later", actor_kind="system", actor_label="x", subject=cast.ana.code
    )
    before = journal_mark()
    Entry.objects.create(
        id=last + 3, at=at("09:00"), event="earlier", actor_kind="system", actor_label="x", subject=cast.ana.code
    )

    assert journal_mark() != before
