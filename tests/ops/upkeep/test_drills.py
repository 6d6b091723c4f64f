"""Every fault of every procedure rings its alarm; the complete drill carries the marker `drills`."""

from dataclasses import replace

import pytest

from midway.ops.drill import drill
from midway.ops.look import Look
from midway.ops.manual import kept_results
from midway.ops.procedure import Fault, Procedure, Status
from midway.ops.registry import all_procedures, procedure_named
from midway.ops.stage import Stage

ALWAYS = {"postgres.writes/read-only", "postgres.long-transactions/coffee", "postgres.end-stuck-transactions/forgotten"}
"""What is drilled in every run of the tests; the rest when all drills are asked for."""


def drills() -> list[object]:
    return [
        pytest.param(
            procedure,
            fault,
            id=f"{procedure.id}/{fault.id}",
            marks=() if f"{procedure.id}/{fault.id}" in ALWAYS else pytest.mark.drills,
        )
        for procedure in all_procedures()
        for fault in procedure.faults
    ]


@pytest.mark.parametrize(("procedure", "fault"), drills())
def test_the_alarm_rings(stage: Stage, procedure: Procedure, fault: Fault) -> None:
    (result,) = drill([replace(procedure, faults=(fault,))], stage)
    assert result.passed, result.said


def test_every_procedure_can_be_made_to_ring() -> None:
    assert [procedure.id for procedure in all_procedures() if not procedure.faults] == []


def test_the_kept_results_are_of_these_procedures_and_all_passed() -> None:
    kept = kept_results()
    assert set(kept) == {f"{p.id}/{fault.id}" for p in all_procedures() for fault in p.faults}
    assert [name for name, result in kept.items() if not result["passed"]] == []


def blind(look: Look) -> None:
    look.count(1)


def test_a_procedure_whose_question_was_emptied_is_caught(stage: Stage) -> None:
    mutant = replace(procedure_named("postgres.long-transactions"), look=blind)
    assert [result.passed for result in drill([mutant], stage)] == [False, False]


def test_a_procedure_whose_threshold_was_turned_round_is_caught(stage: Stage) -> None:
    real = procedure_named("postgres.long-transactions")
    mutant = replace(real, limits=tuple(replace(limit, low_is_bad=True) for limit in real.limits))
    assert not any(result.passed for result in drill([mutant], stage))


def test_a_procedure_that_always_rings_is_caught(stage: Stage) -> None:
    def cries(look: Look) -> None:
        look.alarm(Status.CRIT, "wolf, open")

    mutant = replace(procedure_named("postgres.long-transactions"), look=cries)
    assert not any(result.passed for result in drill([mutant], stage))
