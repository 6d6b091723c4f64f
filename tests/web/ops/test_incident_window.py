"""The logs and numbers of an incident's time on one page."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings
from tests.cast import NOW, Cast, make_user
from tests.web.office.conftest import browser_of
from tests.web.ops.conftest import Found

from midway.accounts.models import Role
from midway.core.actor import SYSTEM
from midway.core.triage import Impact, Severity
from midway.ops.actions.incidents.open_incident import IncidentOrder, open_incident
from midway.ops.incidents.window import AROUND, LONGEST, span_of, window_of
from midway.ops.models import Incident
from midway.ops.recovery.releases import note_release
from midway.runtime.folder import DataFolder

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, data=tmp_path)
    (tmp_path / "log").mkdir()
    return tmp_path


@pytest.fixture
def incident(cast: Cast) -> Incident:
    order = IncidentOrder("Booking does not work", Incident.Source.OFFICE, Severity.STOPPED, Impact.EVERYBODY)
    return open_incident(order=order, by=SYSTEM, now=NOW).incident


def page(client: Client, incident: Incident, query: str = "") -> str:
    answer = client.get(f"/office/incidents/{incident.code}/window/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def say(folder: Path, *lines: dict[str, Any], part: str = "web") -> None:
    with (folder / "log" / f"{part}.log").open("a") as file:
        for line in lines:
            file.write(json.dumps({"level": "info", **line, "at": line["at"].isoformat()}) + "\n")


def answered(at: datetime, status: int = 200) -> dict[str, Any]:
    level = "error" if status >= 500 else "info"
    return {"at": at, "event": "request", "level": level, "route": "book/", "status": status, "ms": 12.5}


def test_answers_failures_loud_lines_numbers_and_releases(
    dan: Client, incident: Incident, folder: Path, found: Found
) -> None:
    say(folder, *(answered(NOW - minute * MINUTE) for minute in range(10, 0, -1)), answered(NOW, 503))
    say(folder, {"at": NOW, "event": "mail.slow", "level": "warning", "to_go": 7}, part="worker")
    say(folder, answered(NOW - timedelta(hours=3), 500), part="other")
    note_release(DataFolder(folder), version="1.4.0", migrations=[], at=NOW - 5 * MINUTE)
    note_release(DataFolder(folder), version="1.3.0", migrations=[], at=NOW - timedelta(days=3))
    found("host.disk", at=NOW - timedelta(hours=5), used=61)
    found("host.disk", at=NOW - 2 * MINUTE, used=97)
    seen = window_of(incident, now=NOW)
    assert (seen.answered, seen.failed, seen.worst.failed) == (11, 1, 1)
    assert [(line.part, line.event) for line in seen.lines] == [("web", "request"), ("worker", "mail.slow")]
    assert [(one.procedure, tuple(one.values)) for one in seen.courses] == [("host.disk", (61.0, 97.0))]
    assert [one["version"] for one in seen.releases] == ["1.4.0"]

    text = page(dan, incident)
    for words in ("11 answers", "one failed", "mail.slow", "to_go=7", "Midway 1.4.0 began to run", "61 → 97"):
        assert words in text
    assert 'class="failed"' in text
    assert "ms=12.5" in page(dan, incident, "?lines=all")
    assert "/window/" in dan.get(f"/office/incidents/{incident.code}/").content.decode()


def test_nothing_known_says_so(dan: Client, incident: Incident) -> None:
    text = page(dan, incident)
    assert "No answer stands in this machine's log for that time." in text
    assert "No warning and no error." in text
    assert "Nothing was measured in that time." in text


def test_it_reaches_from_before_the_beginning_until_after_the_mend_at_most_a_day(incident: Incident) -> None:
    assert span_of(incident, now=NOW + MINUTE) == (NOW - AROUND, NOW + MINUTE)
    incident.verified_at = NOW + 10 * MINUTE
    assert span_of(incident, now=NOW + LONGEST) == (NOW - AROUND, NOW + 10 * MINUTE + AROUND)
    incident.verified_at = None
    incident.began_at = NOW - timedelta(days=30)
    since, until = span_of(incident, now=NOW + timedelta(days=9))
    assert (since, until - since) == (NOW - LONGEST / 2 - AROUND, LONGEST)


def test_releases_are_frozen_with_the_evidence(cast: Cast, folder: Path) -> None:
    for version, days in (("1.2.0", 9), ("1.3.0", 6), ("1.4.0", 0)):
        note_release(DataFolder(folder), version=version, migrations=[], at=NOW - timedelta(days=days))
    order = IncidentOrder("Slow", Incident.Source.OFFICE, Severity.STOPPED, Impact.EVERYBODY)
    made = open_incident(order=order, by=SYSTEM, now=NOW).incident
    assert [one["version"] for one in json.loads(made.evidence)["releases"]] == ["1.4.0", "1.3.0"]


def test_only_whoever_works_on_incidents_sees_it(incident: Incident) -> None:
    path = f"/office/incidents/{incident.code}/window/"
    assert Client().get(path).status_code == 302
    assert browser_of(make_user(role=Role.CLEANER)).get(path).status_code == 403
