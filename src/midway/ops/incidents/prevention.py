"""Whether something watches now what nobody watched: a fault that was drilled, or a test, that is newer than the
incident."""

import ast
import hashlib
import re
from functools import cache
from pathlib import Path

import orjson

from midway.ops.manual import kept_results
from midway.ops.models import Incident
from midway.ops.registry import UnknownProcedure, procedure_named


class ProofMissing(ValueError):
    """Name the check that would now ring: a drilled fault as procedure/fault, or a test as tests/….py::test_name."""


class ProofUnknown(ValueError):
    """There is no such check. Write it first: procedure/fault as midway ops drill says it, or a test in a checkout."""


class ProofNotDrilled(ValueError):
    """This fault was never drilled, so nobody knows that it rings: midway ops drill --keep, then close this."""


class ProofTooOld(ValueError):
    """This check was there when it broke, and did not prevent it. Name the one that was written since."""


_FAULT = re.compile(r"([a-z]+\.[a-z0-9-]+)/([a-z0-9_-]+)")
_TEST = re.compile(r"(tests/[\w/.-]+\.py)::(test_\w+)")


def check_proof(proof: str, *, incident: Incident) -> None:
    """Raises `ProofMissing`, `ProofUnknown`, `ProofNotDrilled` or `ProofTooOld`."""
    if not proof:
        raise ProofMissing(ProofMissing.__doc__)
    fault, test = _FAULT.fullmatch(proof), _TEST.fullmatch(proof)
    if fault:
        _check_fault(proof, fault[1], fault[2])
    elif not (test and _has_test(test[1], test[2])):
        raise ProofUnknown(ProofUnknown.__doc__)
    frozen = orjson.loads(incident.evidence)
    if proof in frozen.get("faults_known", []) or _mark(proof) in frozen.get("tests_known", []):
        raise ProofTooOld(ProofTooOld.__doc__)


def _check_fault(proof: str, procedure: str, fault: str) -> None:
    try:
        known = procedure_named(procedure)
    except UnknownProcedure as problem:
        raise ProofUnknown(ProofUnknown.__doc__) from problem
    if not any(one.id == fault for one in known.faults):
        raise ProofUnknown(ProofUnknown.__doc__)
    seen = kept_results().get(proof)
    if seen is None or not seen.get("passed", True):
        raise ProofNotDrilled(ProofNotDrilled.__doc__)


@cache
def tests_of_checkout() -> list[str]:
    """A mark of every test beside this code; none where only the package is installed. Read once a process."""
    base = Path(__file__).resolve().parents[4]
    pattern = re.compile(r"^def (test_\w+)\(", re.MULTILINE)
    return sorted(
        _mark(f"{path.relative_to(base)}::{name}")
        for path in (base / "tests").rglob("test_*.py")
        for name in pattern.findall(path.read_text())
    )


def _mark(test: str) -> str:
    """Short, for there are thousands, and each is only asked whether it was there."""
    return hashlib.sha256(test.encode()).hexdigest()[:10]


def _has_test(file: str, name: str) -> bool:
    path = Path(__file__).resolve().parents[4] / file
    if not path.is_file():
        return False
    return any(isinstance(node, ast.FunctionDef) and node.name == name for node in ast.parse(path.read_text()).body)
