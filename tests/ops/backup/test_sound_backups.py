"""A sound backup is never refused, however odd what it holds; each is read, restored and compared."""

import os
import random
import secrets
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg import sql
from tests.ops.installation import run_midway, setting_in

from midway.ops.backup.create import create_backup
from midway.ops.backup.drill import drill_backup
from midway.ops.backup.fingerprint import fingerprint, mismatches, sequences_behind
from midway.ops.backup.load import load_dump
from midway.ops.backup.manifest import read_manifest
from midway.ops.backup.server import Server
from midway.ops.backup.setting import Setting
from midway.ops.backup.verify import open_backup, verify_backup
from midway.ops.backup.work import work_folder

pytestmark = [pytest.mark.xdist_group("backup"), pytest.mark.drills]
SOUND = 60
ODD = (
    "", " ", "\t\n\r", "\\", "\\N", "'", '"', "$$", "%s", "{}", "\x7f", "ÄöÜß", "Ñandú", "日本語", "🧽🪣", "\u202eabc",
    "a\u0301", "x" * 9000, "NULL", "--", "/*", "\ufeff",
)  # fmt: skip
TABLES = ("t", "T able", 'tä"ble', "select", "表")
KINDS = {
    "text": lambda chance: chance.choice(ODD) * chance.randrange(1, 4),
    "bytea": lambda chance: chance.randbytes(chance.choice([0, 1, 300, 9000])),
    "bigint": lambda chance: chance.choice([0, -1, 2**63 - 1, -(2**63)]),
    "numeric": lambda chance: chance.choice(["NaN", "Infinity", "-0.0000000001", "1e100", "0.10"]),
    "double precision": lambda chance: chance.choice(["NaN", "-Infinity", "1e-300", "0.1", "-0"]),
    "timestamptz": lambda chance: chance.choice(["infinity", "-infinity", "0001-01-01", "2026-03-08 02:30-05"]),
    "interval": lambda chance: chance.choice(["1 mon -1 day", "-00:00:01", "10 years"]),
    "text[]": lambda chance: [chance.choice(ODD) for _ in range(chance.randrange(4))],
    "jsonb": lambda chance: '{"a": [1.10, null, "\\u00e4"], "": {}}',
    "tstzrange": lambda chance: chance.choice(["empty", "[2026-01-01,2026-01-02)", "(,)"]),
    "bit varying": lambda chance: chance.choice(["", "1", "0101" * 40]),
}  # fmt: skip


@pytest.fixture
def odd_server(postgres_url: str) -> Iterator[Server]:
    """A database of the test's own on the tests' server, and what is restored from it beside; both go."""
    server, mark = Server(postgres_url), secrets.token_hex(4)
    with server.connection(autocommit=True) as session:
        session.execute(f"CREATE DATABASE odd_{mark} TEMPLATE template0".encode())
    yield server.named(f"odd_{mark}")
    with server.connection(autocommit=True) as session:
        session.execute(f"DROP DATABASE IF EXISTS odd_{mark} WITH (FORCE)".encode())
        session.execute(f"DROP DATABASE IF EXISTS odd_{mark}_back WITH (FORCE)".encode())


def fill(server: Server, chance: random.Random) -> None:
    """Will leave other tables than there were, with other rows."""
    with server.connection() as session:
        session.execute("DROP SCHEMA public CASCADE")
        session.execute("CREATE SCHEMA public")
        for number in range(chance.randrange(0, 6)):
            name = sql.Identifier("public", f"{chance.choice(TABLES)}{number}")
            columns = chance.sample(sorted(KINDS), chance.randrange(1, 6))
            definitions = [sql.SQL("{} {}").format(sql.Identifier(f"c {one}"), sql.SQL(one)) for one in columns]
            key = [sql.SQL("id bigserial PRIMARY KEY")] if chance.random() < 0.5 else []
            session.execute(sql.SQL("CREATE TABLE {} ({})").format(name, sql.SQL(", ").join([*key, *definitions])))
            slots = sql.SQL(", ").join(sql.SQL("{}::{}").format(sql.Placeholder(), sql.SQL(one)) for one in columns)
            names = sql.SQL(", ").join(sql.Identifier(f"c {one}") for one in columns)
            for _ in range(chance.choice([0, 1, 2, 40])):
                values = [None if chance.random() < 0.2 else KINDS[one](chance) for one in columns]
                session.execute(sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(name, names, slots), values)
            if chance.random() < 0.3:
                session.execute(sql.SQL("DELETE FROM {} WHERE ctid::text LIKE '%%1%%'").format(name))


def leave_media(media: Path, chance: random.Random) -> None:
    """Files as people give them to us."""
    for name in chance.sample(
        ["a.jpg", "ä ö.jpg", "-rf", "x/y/z.pdf", "empty", "日本.png", "'quote\".txt", "l" * 200], 3
    ):
        (media / name).parent.mkdir(parents=True, exist_ok=True)
        (media / name).write_bytes(chance.randbytes(chance.choice([0, 1, 511, 512, 513, 70_000])))


def restored_wrong(setting: Setting, code: str) -> list[str]:
    """What is not as it was, once it is restored."""
    folder = setting.store.folder(code)
    manifest = read_manifest(folder, setting.keys.verifying_key())
    back = setting.server.named(f"{setting.server.database}_back")
    with setting.server.named("postgres").connection(autocommit=True) as session:
        session.execute(f"DROP DATABASE IF EXISTS {back.database} WITH (FORCE)".encode())
        session.execute(f"CREATE DATABASE {back.database} TEMPLATE template0".encode())
    with work_folder(setting, "odd") as work:
        opened = open_backup(setting, manifest, folder, work / "plain")
        load_dump(opened["database.dump"], back, setting.server.binaries())
    with back.connection() as session:
        return [*mismatches(manifest.tables, fingerprint(session)), *sequences_behind(session)]


def test_sound_backups_of_every_kind_are_sound(
    odd_server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    setting = replace(setting_in(tmp_path, odd_server), place=None)
    chance, refused, rows = random.Random(20261127), [], 0
    for number in range(SOUND):
        fill(odd_server, chance)
        if number % 3 == 0:
            leave_media(setting.media, chance)
        made = create_backup(setting)
        rows += made.manifest.rows
        verdict = verify_backup(setting, made.manifest.code)
        refused += [f"{number}: {wrong}" for wrong in [*verdict.wrong, *restored_wrong(setting, made.manifest.code)]]
    assert refused == []
    assert rows > SOUND
    with capsys.disabled():
        sys.stdout.write(f" {SOUND} of {SOUND} sound backups accepted ")


def test_an_empty_company_is_proved(odd_server: Server, tmp_path: Path) -> None:
    run_midway(odd_server.url, tmp_path / "prepared", "prepare")
    setting = setting_in(tmp_path / "here", odd_server)
    create_backup(setting)
    for off_host in (False, True):
        proof = drill_backup(setting, off_host=off_host)
        assert proof.passed, proof.mismatches
        assert "no booking: nothing is offered yet" in proof.tried
    assert os.listdir(setting.folder.path / "work") == []
