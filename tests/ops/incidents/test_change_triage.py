"""The company's own table and clocks: what holds from when on, and what is refused."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.cast import NOW, Cast, by_user
from tests.ops.incidents.conftest import OpenOne

from midway.core.actor import SYSTEM
from midway.core.triage import Clock, Impact, Priority, Severity, Triage
from midway.journal.models import Entry
from midway.ops.actions import ReasonMissing
from midway.ops.actions.incidents.change_triage import (
    NobodyWouldCome,
    NothingChanged,
    TimeToAnswerUnusable,
    WorseIsLessUrgent,
    change_triage,
)
from midway.ops.actions.incidents.work_on import assess_incident
from midway.ops.incidents.away import escalate_away, open_away
from midway.ops.incidents.escalating import escalate_due
from midway.ops.incidents.triage import triage
from midway.ops.models import TriageChange
from midway.ops.oncall.roster import kept_roster, roster, write_roster

USUAL = Triage()
MINUTE = timedelta(minutes=1)


def clocks(*minutes: float | None) -> Triage:
    given = [None if one is None else one * MINUTE for one in minutes]
    return replace(USUAL, clocks={priority: Clock(one) for priority, one in zip(Priority, given, strict=True)})


def with_cell(severity: Severity, impact: Impact, priority: Priority) -> Triage:
    return replace(USUAL, table={**USUAL.table, severity: {**USUAL.table[severity], impact: priority}})


def test_until_somebody_changes_it_it_is_as_midway_comes(db: None) -> None:
    assert triage() == USUAL


def test_what_opens_or_is_assessed_afterwards_is_as_urgent_as_the_new_table_says(opened: OpenOne, cast: Cast) -> None:
    before = opened("Before", severity=Severity.BROKEN, impact=Impact.EVERYBODY)
    wanted = with_cell(Severity.BROKEN, Impact.EVERYBODY, Priority.TWO)
    change_triage(wanted=wanted, reason="We are few", by=by_user(cast.olga), now=NOW)
    assert triage() == wanted

    after = opened("After", severity=Severity.BROKEN, impact=Impact.EVERYBODY)
    before.refresh_from_db()
    assert (before.priority, after.priority) == (1, 2), "what is open stays as it was"
    assess_incident(incident=before, severity=Severity.BROKEN, impact=Impact.EVERYBODY, by=SYSTEM, now=NOW)
    before.refresh_from_db()
    assert before.priority == 2
    entry = Entry.objects.get(event="ops.triage.changed")
    assert (entry.actor_label, entry.facts["why"]) == ("Olga", "We are few")
    was = entry.facts["before"]["table"]["broken"]["everybody"]
    assert (was, entry.facts["after"]["table"]["broken"]["everybody"]) == (1, 2)


def test_calls_nobody_answered_go_by_the_new_clock(opened: OpenOne, cast: Cast) -> None:
    opened()
    assert [call.user.name for call in escalate_due(now=NOW, found=roster())] == ["Dan"]
    change_triage(wanted=clocks(2, 30, None, None), reason="Quicker", by=SYSTEM, now=NOW)
    assert [call.user.name for call in escalate_due(now=NOW + 2 * MINUTE, found=roster())] == ["Sue"]


def test_the_clocks_hold_while_the_database_is_away(cast: Cast, tmp_path: Path) -> None:
    wanted = replace(with_cell(Severity.STOPPED, Impact.EVERYBODY, Priority.ONE), clocks=clocks(1, 1, 1, 1).clocks)
    change_triage(wanted=wanted, reason="Quicker", by=SYSTEM, now=NOW)
    write_roster(tmp_path, roster())
    kept = kept_roster(tmp_path)
    assert kept == roster()
    open_away(tmp_path, since=NOW, says="Refused", facts={}, now=NOW)
    called = [escalate_away(tmp_path, kept, now=NOW + number * MINUTE / 2) for number in range(3)]
    assert [[one.name for one in some] for some in called] == [["Dan"], [], ["Sue"]]


@pytest.mark.parametrize(
    ("wanted", "reason", "refusal"),
    [
        (clocks(2, 30, None, None), " ", ReasonMissing),
        (USUAL, "x", NothingChanged),
        (with_cell(Severity.STOPPED, Impact.EVERYBODY, Priority.THREE), "x", WorseIsLessUrgent),
        (with_cell(Severity.AWKWARD, Impact.NOBODY, Priority.ONE), "x", WorseIsLessUrgent),
        (clocks(None, None, None, None), "x", NobodyWouldCome),
        (clocks(5, None, 60, None), "x", NobodyWouldCome),
        (clocks(30, 5, None, None), "x", NobodyWouldCome),
        (clocks(0.1, 5, None, None), "x", TimeToAnswerUnusable),
        (clocks(5, 1441, None, None), "x", TimeToAnswerUnusable),
    ],
)
def test_what_makes_no_sense_changes_nothing(db: None, wanted: Triage, reason: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        change_triage(wanted=wanted, reason=reason, by=SYSTEM, now=NOW)
    assert not TriageChange.objects.exists()
