from datetime import timedelta

import pytest
from tests.cast import NOW, Cast, make_cast

from midway.core.actor import Actor, ActorKind
from midway.journal.models import Entry
from midway.ops.actions import ReasonMissing
from midway.ops.actions.snooze import SnoozeNotAhead, SnoozeOver, SnoozeTooLong, end_snooze, snooze
from midway.ops.keeper import Keeper
from midway.ops.models import Snooze
from midway.ops.registry import UnknownProcedure, procedure_named

BY = Actor(kind=ActorKind.USER, label="Olga")
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture(autouse=True)
def stage(db: None) -> Cast:
    return make_cast()


def asleep(tmp_path: object, *, at: object = NOW) -> dict[str, str]:
    keeper = Keeper(tmp_path, is_there=True)  # type: ignore[arg-type]
    return keeper.sleeping(procedure_named("tls.certificates"), at=at)  # type: ignore[arg-type]


def certificate_sleeps() -> Snooze:
    return snooze(
        procedure="tls.certificates", subject=" a.example:443 ", reason=" Moving ", until=TOMORROW, by=BY, now=NOW
    )


def test_it_sleeps_for_its_object_until_its_end_and_the_journal_says_who(tmp_path: object) -> None:
    certificate_sleeps()

    assert asleep(tmp_path) == {"a.example:443": "Moving (Olga, until 2026-03-03)"}
    assert asleep(tmp_path, at=TOMORROW) == {}
    entry = Entry.objects.get(event="ops.snooze.begun")
    assert (entry.actor_label, entry.facts["object"], entry.facts["reason"]) == ("Olga", "a.example:443", "Moving")


def test_it_wakes_when_somebody_says_so_and_only_once(tmp_path: object) -> None:
    made = certificate_sleeps()

    end_snooze(snooze=made.pk, by=BY, now=NOW)

    assert asleep(tmp_path, at=NOW + timedelta(seconds=1)) == {}
    assert Entry.objects.filter(event="ops.snooze.ended").count() == 1
    with pytest.raises(SnoozeOver):
        end_snooze(snooze=made.pk, by=BY, now=NOW + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"procedure": "no.such"}, UnknownProcedure),
        ({"reason": "  "}, ReasonMissing),
        ({"until": NOW}, SnoozeNotAhead),
        ({"until": NOW + timedelta(days=93)}, SnoozeTooLong),
    ],
)
def test_what_is_refused_leaves_nothing_behind(wrong: dict[str, object], refusal: type[Exception]) -> None:
    asked = {"procedure": "host.disk", "reason": "Because", "until": TOMORROW, "by": BY, "now": NOW, **wrong}
    with pytest.raises(refusal):
        snooze(**asked)  # type: ignore[arg-type]
    assert not Snooze.objects.exists()
