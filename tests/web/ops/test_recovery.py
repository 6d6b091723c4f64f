"""Backups and the way back: the last proof, the pictures, the copies, a drill, and a restore behind a typed name."""

import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as our
from django.db import connection
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings
from tests.cast import NOW

from midway.journal.models import Entry
from midway.ops.backup.catalogue import ORDER, Catalogue, Note, State
from midway.ops.backup.keys import Keys
from midway.ops.backup.manifest import FileFacts, Manifest
from midway.ops.backup.store import Store
from midway.ops.jobs import run_errand
from midway.ops.recovery.errand import begin_errand, last_errand, note_errand
from midway.ops.recovery.restore import begin_restore
from midway.ops.recovery.steps import alone
from midway.ops.recovery.swap import database_names, drop_database, name_beside
from midway.runtime.folder import DataFolder
from midway.web.ops.recovery_page import setting_here

PAGE = "/office/system/recovery/"
CODE = "20260302T070000Z-00000a"
RESTORE = f"{PAGE}{CODE}/"


@pytest.fixture
def data(settings: Settings, tmp_path: Path) -> DataFolder:
    settings.ENVIRONMENT = replace(our.ENVIRONMENT, data=tmp_path)
    DataFolder(tmp_path).create()
    return DataFolder(tmp_path)


@pytest.fixture
def catalogue(data: DataFolder) -> Catalogue:
    """Three backups of three nights, proved; the last one lies here with its manifest."""
    store, keys = Store(data.path / "backups"), Keys(data.path / "keys" / "drill.key", our.SECRET_KEY)
    found = Catalogue(store, keys)
    for nights, rto in ((2, 40.0), (1, 44.0), (0, 131.0)):
        at = NOW - timedelta(days=nights, hours=6)
        code = CODE if nights == 0 else f"{at:%Y%m%dT%H%M%SZ}-00000b"
        (store.path / code).mkdir(parents=True)
        for state in ORDER:
            facts: dict[str, Any] = {"copy": "/mnt/elsewhere"} if state is State.REREAD else {}
            if state is State.PROVED:
                facts = {
                    "rto_seconds": rto,
                    "rpo_seconds": 60.0,
                    "rows": 1234,
                    "tables": 64,
                    "source": "/mnt/elsewhere",
                }
            found.note(Note(code, state, at, facts))
    manifest = Manifest(
        code=CODE, database=connection.settings_dict["NAME"], snapshot_at=NOW - timedelta(hours=6), wal_position="0/1",
        finished_at=NOW - timedelta(hours=6), server_version="15", dump_version="15", app_version="0.1.0",
        migrations={}, files={"database.dump.age": FileFacts(1, "", 1, "")}, tables={}, recipients=[], database_bytes=1,
    )  # fmt: skip
    manifest.write(store.path / CODE, keys)
    return found


def text(client: Client, address: str = PAGE) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_the_last_proof_the_pictures_and_the_copies(olga: Client, catalogue: Catalogue) -> None:
    page = text(olga)
    assert "1234 rows of 64 tables identical, back in service in 2 min." in page
    assert 'aria-label="Back in service after, in 3 proofs: from 40 s to 2 min, last 2 min. Above 30 min: 0."' in page
    pictures = [part.split("</svg>")[0] for part in page.split('class="course-of-proofs"')[1:]]
    assert [one.count("<circle") for one in pictures] == [3, 3]
    assert "/mnt/elsewhere" in page
    assert f'href="{RESTORE}"' in page


def test_without_backups_it_teaches(olga: Client, data: DataFolder) -> None:
    page = text(olga)
    assert "There is no backup yet." in page
    assert "midway backup create makes one now" in page


def test_a_catalogue_nobody_can_trust_is_said(olga: Client, catalogue: Catalogue, data: DataFolder) -> None:
    file = data.path / "backups" / "catalogue.jsonl"
    file.write_text(file.read_text().replace("proved", "loved", 1))
    assert "midway backup list --rebuild" in text(olga)


def test_a_drill_is_a_job_with_its_progress(olga: Client, catalogue: Catalogue, data: DataFolder) -> None:
    assert olga.post(f"{PAGE}drills", {"code": CODE}).status_code == 302
    job = ProcrastinateJob.objects.get(task_name="ops.run_errand")
    page = text(olga)
    assert 'hx-trigger="every 2s"' in page
    assert "It begins when the worker takes it up." in page
    assert Entry.objects.filter(event="ops.drill.asked").count() == 1
    assert "still being done" in olga.post(f"{PAGE}drills", {"code": CODE}, follow=True).content.decode()

    run_errand(**job.args)  # the backup is a sham: it is found out

    errand = last_errand(data)
    assert errand is not None
    assert errand.words == ("backup", "drill", CODE)
    assert errand.code == 2, errand.said
    assert any("NOT proved" in line for line in errand.said), errand.said
    page = text(olga)
    assert "Not done" in page
    assert "NOT proved" in page
    assert olga.get(f"{PAGE}progress")["HX-Refresh"] == "true"
    run_errand(asked_at="2020-01-01T00:00:00+00:00")  # what was asked for before is not done again


def test_a_restore_shows_what_would_be_lost(olga: Client, catalogue: Catalogue) -> None:
    page = text(olga, RESTORE)
    assert connection.settings_dict["NAME"] in page
    assert "What would be lost" in page
    assert "--abandon" in page


def test_only_the_typed_name_begins_it(olga: Client, catalogue: Catalogue, data: DataFolder) -> None:
    for typed in ("", "midway2", connection.settings_dict["NAME"].upper()):
        refused = olga.post(f"{RESTORE}restores", {"database": typed})
        assert refused.status_code == 422
    assert "That is not the name of the database" in refused.content.decode()
    assert not (data.path / "restore.json").exists()


def test_only_what_is_proved_is_restored(olga: Client, catalogue: Catalogue, data: DataFolder) -> None:
    catalogue.note(Note(CODE, State.DAMAGED, NOW, {"wrong": ["a flipped bit"]}))
    assert "This backup is not proved" in text(olga, RESTORE)
    refused = olga.post(f"{RESTORE}restores", {"database": connection.settings_dict["NAME"]})
    assert refused.status_code == 422
    assert not (data.path / "restore.json").exists()


def test_it_is_written_down_and_given_away(
    olga: Client, catalogue: Catalogue, data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[tuple[str, ...]] = []
    monkeypatch.setattr(
        "midway.ops.actions.ask_recovery.begin_errand",
        lambda folder, errand, *, environ: begun.append((*errand.words, environ["MIDWAY_DATA"])),
    )
    answer = olga.post(f"{RESTORE}restores", {"database": connection.settings_dict["NAME"]})
    assert answer.status_code == 302
    assert begun == [("backup", "restore", "--resume", str(data.path))]
    assert Entry.objects.filter(event="ops.restore.asked").count() == 1
    # Whoever does it may be killed at once: one clear next step is left, here and on the server.
    note_errand(data, "backup", "restore", "--resume", by="Olga", at=NOW - timedelta(hours=1))
    refused = olga.post(f"{RESTORE}restores", {"database": connection.settings_dict["NAME"]})
    assert "stopped at prove" in refused.content.decode()


def test_one_that_was_cut_off_leads_on(olga: Client, catalogue: Catalogue, data: DataFolder) -> None:
    begin_restore(setting_here(), CODE)
    child = begin_errand(data, note_errand(data, "--version", by="Olga", at=NOW), environ={})
    child.kill()
    child.wait()
    page = text(olga)
    assert "Cut off" in page
    assert "midway backup restore --resume goes on, --abandon goes back" in page


@pytest.mark.parametrize(("pressed", "word"), [({}, "--resume"), ({"back": "1"}, "--abandon")])
def test_a_button_goes_on_or_back(
    olga: Client, dan: Client, catalogue: Catalogue, data: DataFolder, monkeypatch: pytest.MonkeyPatch,
    pressed: dict[str, str], word: str,
) -> None:  # fmt: skip
    begun: list[tuple[str, ...]] = []
    monkeypatch.setattr(
        "midway.ops.actions.ask_recovery.begin_errand", lambda folder, errand, *, environ: begun.append(errand.words)
    )
    nothing = olga.post(f"{PAGE}going-on", pressed, follow=True).content.decode()
    assert "No restore waits to be gone on with" in nothing
    left = begin_restore(setting_here(), CODE)
    assert "Go back to the database of before" in text(olga)
    assert dan.post(f"{PAGE}going-on", pressed).status_code == 403
    with alone(setting_here()):
        page = text(olga)
        assert "Go back to the database of before" not in page
        assert "A command is at it just now" in page
        olga.post(f"{PAGE}going-on", pressed)
    assert begun == []
    assert olga.post(f"{PAGE}going-on", pressed).status_code == 302
    assert begun == [("backup", "restore", word)]
    entry = Entry.objects.get(event="ops.restore.gone_on")
    assert entry.facts == {"backup": left.code, "step": "prove", "back": bool(pressed)}


def test_the_database_of_before_is_signed_off_by_its_name(olga: Client, dan: Client, catalogue: Catalogue) -> None:
    setting = setting_here()
    name = name_beside(setting.server.database, "before", at=NOW)
    with setting.server.named("postgres").connection(autocommit=True) as session:
        session.execute(f'CREATE DATABASE "{name}" TEMPLATE template0'.encode())
    try:
        page = text(olga)
        assert name in page
        assert "Drop it for good" in page
        for typed in ("", name[:-1], setting.server.database):
            refused = olga.post(f"{PAGE}kept/{name}", {"database": typed}, follow=True).content.decode()
            assert "That is not the name of the database" in refused
        other = olga.post(f"{PAGE}kept/postgres", {"database": "postgres"}, follow=True).content.decode()
        assert "No finished restore waits for a sign-off" in other
        assert dan.post(f"{PAGE}kept/{name}", {"database": name}).status_code == 403
        assert name in database_names(setting.server)
        assert f"{name} is gone." in olga.post(f"{PAGE}kept/{name}", {"database": name}, follow=True).content.decode()
        assert name not in database_names(setting.server)
    finally:
        drop_database(setting.server, name, never=setting.server.database)
    assert Entry.objects.get(event="ops.restore.signed_off").facts == {"database": name}


def test_a_note_nobody_can_read_is_said(olga: Client, catalogue: Catalogue, data: DataFolder) -> None:
    (data.path / "restore.json").write_text("{")
    assert "cannot be read" in text(olga)


def test_a_number_that_was_given_out_anew_is_not_the_errand(
    olga: Client, catalogue: Catalogue, data: DataFolder
) -> None:
    errand = begin_errand(data, note_errand(data, "--version", by="Olga", at=NOW), environ={})
    errand.kill()
    errand.wait()
    file = data.path / "errand.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "pid": os.getpid()}))  # as after a start of the machine
    (data.log / "errand.log").write_text("")
    assert "Cut off" in text(olga)


def test_there_is_no_page_of_what_is_no_backup(olga: Client, catalogue: Catalogue) -> None:
    assert olga.get(f"{PAGE}20260302T070000Z-ffffff/").status_code == 404
    assert olga.post(f"{PAGE}drills", {"code": "../../etc"}).status_code == 404


def test_only_who_may_see_or_change_the_system(dan: Client, visitor: Client, catalogue: Catalogue) -> None:
    assert [one.get(PAGE).status_code for one in (dan, visitor)] == [403, 302]
    assert [one.post(f"{RESTORE}restores", {"database": "x"}).status_code for one in (dan, visitor)] == [403, 302]
    assert dan.post(f"{PAGE}drills", {"code": CODE}).status_code == 403
