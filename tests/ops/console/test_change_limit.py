import pytest
from tests.cast import NOW

from midway.core.actor import Actor, ActorKind
from midway.journal.models import Entry
from midway.ops.actions import ReasonMissing
from midway.ops.actions.change_limit import LimitRingsNever, LimitsCrossed, UnknownLimit, change_limit
from midway.ops.keeper import changed_limits
from midway.ops.models import LimitChange
from midway.ops.registry import UnknownProcedure, procedure_named

BY = Actor(kind=ActorKind.USER, label="Olga")


def change(**changes: object) -> LimitChange:
    usual = {"procedure": "host.disk", "limit": "used", "warn": 70.0, "crit": 90.0, "reason": "Big disk"}
    return change_limit(**{**usual, **changes}, by=BY, now=NOW)  # type: ignore[arg-type]


def test_the_engine_judges_by_the_last_change_and_the_journal_says_who(db: None) -> None:
    change(warn=60.0)
    change()

    limit = changed_limits(procedure_named("host.disk"))["used"]
    assert (limit.warn, limit.crit) == (70, 90)
    entry = Entry.objects.filter(event="ops.limit.changed").latest("id")
    assert (entry.actor_label, entry.facts["limit"], entry.facts["warn"]) == ("Olga", "used", 70)


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"procedure": "no.such"}, UnknownProcedure),
        ({"limit": "no-such"}, UnknownLimit),
        ({"reason": " "}, ReasonMissing),
        ({"warn": None, "crit": None}, LimitRingsNever),
        ({"warn": float("nan")}, LimitRingsNever),
        ({"warn": 95.0}, LimitsCrossed),
        ({"limit": "days", "warn": 3.0, "crit": 7.0}, LimitsCrossed),
    ],
)
def test_what_is_refused_leaves_nothing_behind(db: None, wrong: dict[str, object], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        change(**wrong)
    assert not LimitChange.objects.exists()
