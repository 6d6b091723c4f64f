"""What prevents is done when a check rings that did not before; anything else when somebody says so, once."""

import json
from pathlib import Path
from uuid import uuid4

import orjson
import pytest
from tests.cast import NOW, Cast
from tests.ops.incidents.conftest import OpenOne

from midway.core.actor import SYSTEM
from midway.ops import manual
from midway.ops.actions.incidents.learn import FollowUpOver, add_follow_up, close_follow_up
from midway.ops.incidents.prevention import ProofMissing, ProofNotDrilled, ProofTooOld, ProofUnknown
from midway.ops.models import FollowUp, Incident
from midway.ops.registry import procedure_named

FAULT = f"host.disk/{procedure_named('host.disk').faults[0].id}"
TEST = "tests/ops/incidents/test_close_follow_up.py::test_done_is_said_once"


def follow_up(incident: Incident, cast: Cast, kind: FollowUp.Kind = FollowUp.Kind.PREVENT) -> FollowUp:
    return add_follow_up(
        incident=incident, kind=kind, says="Look sooner", owner=cast.dan, due_on=NOW.date(), by=SYSTEM, now=NOW
    )


def when_nothing_was_known(incident: Incident) -> Incident:
    """One like it from before there were any checks; of the one there is, the evidence stays as it was."""
    known = orjson.loads(incident.evidence) | {"faults_known": [], "tests_known": []}
    incident.pk, incident.code, incident.fingerprint = None, uuid4(), "another"
    incident.evidence = orjson.dumps(known).decode()
    incident.save(force_insert=True)
    return incident


@pytest.mark.parametrize(
    ("proof", "refusal"),
    [
        (" ", ProofMissing),
        ("no.such/fault", ProofUnknown),
        ("host.disk/not-there", ProofUnknown),
        ("tests/no_such_file.py::test_nothing", ProofUnknown),
        (TEST.replace("once", "twice"), ProofUnknown),
        (FAULT, ProofTooOld),
        (TEST, ProofTooOld),
    ],
)
def test_a_check_that_is_none_or_was_there_already_prevents_nothing(
    opened: OpenOne, cast: Cast, proof: str, refusal: type[Exception]
) -> None:
    row = follow_up(opened(), cast)
    with pytest.raises(refusal):
        close_follow_up(follow_up=row, proof=proof, by=SYSTEM, now=NOW)
    row.refresh_from_db()
    assert row.closed_at is None


@pytest.mark.parametrize("seen", [{}, {FAULT: {"passed": False}}], ids=["never", "it stayed silent"])
def test_a_fault_that_was_never_seen_to_ring_prevents_nothing(
    opened: OpenOne, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: dict[str, object]
) -> None:
    results = tmp_path / "drills.json"
    results.write_text(json.dumps(seen))
    monkeypatch.setattr(manual, "RESULTS", results)
    with pytest.raises(ProofNotDrilled):
        close_follow_up(follow_up=follow_up(when_nothing_was_known(opened()), cast), proof=FAULT, by=SYSTEM, now=NOW)


@pytest.mark.parametrize("proof", [FAULT, TEST])
def test_a_check_written_since_does(opened: OpenOne, cast: Cast, proof: str) -> None:
    row = follow_up(when_nothing_was_known(opened()), cast)
    assert close_follow_up(follow_up=row, proof=proof, by=SYSTEM, now=NOW).proof == proof


def test_done_is_said_once(opened: OpenOne, cast: Cast) -> None:
    row = follow_up(opened(), cast, FollowUp.Kind.MEND)
    close_follow_up(follow_up=row, by=SYSTEM, now=NOW)
    with pytest.raises(FollowUpOver):
        close_follow_up(follow_up=row, by=SYSTEM, now=NOW)
