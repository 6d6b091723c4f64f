"""`midway doctor` says what is wrong and what to do about it."""

import json
import sys
from datetime import datetime, timedelta
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.runtime.running import run_midway

from midway.runtime.built_roads import RoadsFolder
from midway.runtime.clock import now
from midway.runtime.doctor import Finding, examine, overall


def findings(data: Path, port: int, **environ: str) -> tuple[int, dict[str, dict[str, Any]]]:
    told = run_midway("doctor", "--json", "--data", str(data), "--port", str(port), environ=environ)
    assert told.stderr == ""
    return told.returncode, {one["id"]: one for one in json.loads(told.stdout)["findings"]}


def test_a_fit_machine_is_told_so_and_nothing_is_made(shallow: Path, free_port: int) -> None:
    code, found = findings(shallow / "var", free_port)
    assert code == 0
    assert {one["status"] for one in found.values()} == {"ok"}
    assert found["postgres"]["form"] == found["redis"]["form"] == "embedded"
    assert found["email"]["form"] == found["sentry"]["form"] == "silent"
    assert all(one["next_step"].endswith(".") for one in found.values())
    assert not (shallow / "var").exists()


def test_what_prevents_a_start_is_critical_and_ends_with_its_mend(shallow: Path, free_port: int) -> None:
    code, found = findings(shallow / "var", free_port, DATABASE_URL="postgresql://127.0.0.1:1/midway")
    assert code == 2
    assert found["postgres"]["status"] == "crit"
    assert found["postgres"]["next_step"] == "Start it or correct DATABASE_URL."


def test_what_may_be_missing_is_a_warning(shallow: Path, free_port: int) -> None:
    code, found = findings(shallow / "var", free_port, REDIS_URL="redis://127.0.0.1:1/0")
    assert (code, found["redis"]["status"], found["redis"]["form"]) == (1, "warn", "external")


def test_a_malformed_setting_is_named(shallow: Path, free_port: int) -> None:
    code, found = findings(shallow / "var", free_port, MIDWAY_DEBUG="perhaps")
    assert (code, found["settings"]["status"]) == (2, "crit")
    assert "MIDWAY_DEBUG" in found["settings"]["summary"]


def test_an_address_nobody_would_be_served_at_is_critical(shallow: Path, free_port: int) -> None:
    _, found = findings(shallow / "var", free_port, MIDWAY_PUBLIC_URL="https://clean.example.com")
    assert found["address"]["next_step"] == "Add clean.example.com to MIDWAY_ALLOWED_HOSTS."
    _, found = findings(
        shallow / "var",
        free_port,
        MIDWAY_PUBLIC_URL="https://clean.example.com",
        MIDWAY_ALLOWED_HOSTS=".example.com",
    )
    assert found["address"]["status"] == "ok"


def test_roads_that_are_broken_old_or_nobody_can_read_are_warned_of(
    shallow: Path, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RoadsFolder.of(shallow)
    tiles = shallow / "tiles"
    tiles.write_bytes(b"tiles")

    def found(at: datetime) -> Finding:
        with folder.held():
            tiles.write_bytes(b"tiles")
            folder.put_in_force(tiles, key="one", map_name="town.osm.pbf", at=at)
        return roads()

    def roads() -> Finding:
        environ = {"MIDWAY_DATA": str(shallow)}
        return next(
            one for one in examine(data=shallow, host="127.0.0.1", port=free_port, environ=environ) if one.id == "roads"
        )

    assert roads().form == "silent"
    monkeypatch.setitem(sys.modules, "valhalla", ModuleType("valhalla"))
    sys.modules["valhalla"].__spec__ = ModuleSpec("valhalla", None)
    assert (found(now()).status, roads().form) == ("ok", "embedded")
    assert "more than a year ago" in found(now() - timedelta(days=366)).summary
    monkeypatch.setitem(sys.modules, "valhalla", None)
    assert "pip install" in roads().next_step
    next(folder.path.glob("*.tar")).write_bytes(b"tilts")
    assert roads().summary == "The built roads: one.tar is damaged; plans drive the straight line."
    assert roads().status == "warn"


def test_the_worst_counts_and_unknown_is_not_fine() -> None:
    def of(*statuses: str) -> str:
        return overall([Finding("x", status, "") for status in statuses])

    assert of("ok", "ok") == "ok"
    assert of("ok", "unknown") == "unknown"
    assert of("unknown", "warn") == "warn"
    assert of("warn", "crit", "ok") == "crit"
