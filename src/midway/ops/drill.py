"""Breaks each thing on purpose and looks whether the alarm rings: ok → fault → alarm → healed → ok."""

import json
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

import structlog

from midway.ops.engine import Engine
from midway.ops.manual import RESULTS, kept_results
from midway.ops.procedure import Fault, Kind, Outcome, Procedure, Status
from midway.ops.registry import all_procedures
from midway.ops.stage import Stage

log = structlog.get_logger("midway.upkeep")


@dataclass(frozen=True)
class DrillResult:
    """What a procedure said before, during and after one fault."""

    procedure: Procedure
    fault: Fault
    before: str
    during: str
    after: str
    passed: bool
    said: str = ""
    took_seconds: float = 0.0

    def as_json(self) -> dict[str, object]:
        """As the contract has it."""
        return {
            "id": self.procedure.id,
            "fault": self.fault.id,
            "before": self.before,
            "during": self.during,
            "after": self.after,
            "passed": self.passed,
            "said": self.said,
            "took_seconds": round(self.took_seconds, 2),
        }


def drill(
    procedures: Sequence[Procedure], stage: Stage, *, told: Callable[[DrillResult], None] = lambda result: None
) -> list[DrillResult]:
    """Will drill every fault of these procedures on this stage."""
    results = []
    for procedure in procedures:
        began = time.monotonic()
        for result in _drilled(procedure, stage):
            timed = replace(result, took_seconds=time.monotonic() - began)
            told(timed)
            results.append(timed)
            began = time.monotonic()
    return results


def keep_results(results: Sequence[DrillResult]) -> None:
    """Will keep what was seen for the manual's table, beside what was seen of other faults that still exist."""
    known = {f"{p.id}/{fault.id}" for p in all_procedures() for fault in p.faults}
    kept = {name: seen for name, seen in kept_results().items() if name in known}
    kept |= {
        f"{one.procedure.id}/{one.fault.id}": {
            "before": one.before, "during": one.during, "after": one.after, "passed": one.passed,
        }
        for one in results
    }  # fmt: skip
    RESULTS.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


def _drilled(procedure: Procedure, stage: Stage) -> Iterator[DrillResult]:
    for fault in procedure.faults:
        seen = ["", "", ""]
        try:
            stage.forget()
            with procedure.scene(stage) if procedure.scene else nullcontext():
                yield _broken_and_healed(procedure, fault, stage, seen)
        except Exception:
            log.exception("upkeep.drill.failed", procedure=procedure.id, fault=fault.id)
            said = traceback.format_exc(limit=-3)
            yield DrillResult(procedure, fault, seen[0], seen[1], seen[2], passed=False, said=said)


def _broken_and_healed(procedure: Procedure, fault: Fault, stage: Stage, seen: list[str]) -> DrillResult:
    before = _look(procedure, stage)
    if before.status is Status.SKIPPED:  # the first of two measurements gives no verdict yet
        before = _look(procedure, stage)
    seen[0] = before.status.value
    with fault.inject(stage):
        during = _look(procedure, stage)
        for _ in range(procedure.blips):
            during = _look(procedure, stage)
        seen[1] = during.status.value
        if procedure.kind is Kind.REPAIR and not during.summary.startswith("refused"):
            mended = _look(procedure, stage, mends=True)
            if mended.status is not Status.OK:
                seen[1] += f", mending said {mended.status.value}: {mended.summary}"
    after = _look(procedure, stage)
    seen[2] = after.status.value
    passed = (
        before.status is Status.OK
        and seen[1] == fault.expects.value
        and during.is_raised
        and fault.names in f"{during.summary} {during.next_step}"
        and after.status is Status.OK
    )
    said = during.summary if passed else f"before: {before.summary} | during: {during.summary} | after: {after.summary}"
    return DrillResult(procedure, fault, seen[0], seen[1], seen[2], passed, said)


def _look(procedure: Procedure, stage: Stage, *, mends: bool = False) -> Outcome:
    typed = str(stage.around.database["dbname"])
    report = Engine(stage.around, by="drill", typed=typed).run([procedure], asked=f"drill {procedure.id}", mends=mends)
    return next(outcome for outcome in report.outcomes if outcome.procedure is procedure)
