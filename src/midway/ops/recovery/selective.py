"""Restore a proved backup beside the living database, compare, and bring chosen rows back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import psycopg

from midway.ops.backup.load import load_dump, load_roles
from midway.ops.backup.manifest import read_manifest
from midway.ops.backup.server import Server, binaries_for
from midway.ops.backup.setting import Setting
from midway.ops.backup.store import refuse_without_room
from midway.ops.backup.verify import names_and_hashes_wrong, open_backup
from midway.ops.backup.work import scratch_cluster, work_folder
from midway.ops.recovery.rows import RowsPlan, bring_back, compare_customer, compare_day
from midway.runtime.problem import CannotRun

_ROOM = 2.5
_ENTRY = (
    "INSERT INTO journal_entry (code, at, event, actor_kind, actor_label, subject, request_id, facts)"
    " VALUES (gen_random_uuid(), now(), 'ops.rows.brought_back', 'user', %s, gen_random_uuid(), '', %s::jsonb)"
)


class RowsRefused(CannotRun):
    """The rows were not brought back and nothing has changed. The message says why."""


def recover_rows(
    setting: Setting,
    code: str,
    *,
    customer: str | None = None,
    day: date | None = None,
    mark: str | None = None,
    by: str,
    tell: Callable[[str], None] = lambda line: None,
) -> RowsPlan:
    """Will say how a customer's or a day's rows differ from a backup and, given the plan's `mark`, bring them back.

    Raises `UnknownBackup`, or `RowsRefused` when the backup is not proved, when the difference is not the one that was
    looked at, or when a constraint refuses; then nothing has changed.
    """
    setting.store.folder(code)
    if not setting.catalogue.record(code).is_proved:
        raise RowsRefused(f"{code} is not proved: midway backup drill {code}, or use another")
    with (
        _restored(setting, code, tell) as restored,
        restored.connection() as old,
        setting.server.connection() as live,
    ):
        plan = _plan(old, live, code, customer, day)
        if mark is None:
            return plan
        if plan.mark != mark:
            raise RowsRefused(f"The difference is another now:\n{plan.words()}")
        _brought_back(live, plan, by)
    tell(f"Brought back {len(plan.differences)} rows")
    return plan


def _plan(old: Any, live: Any, code: str, customer: str | None, day: date | None) -> RowsPlan:
    try:
        if customer is not None:
            return compare_customer(old, live, backup=code, customer=customer)
    except (LookupError, psycopg.errors.InvalidTextRepresentation) as problem:
        raise RowsRefused(str(problem)) from problem
    if day is None:
        raise RowsRefused("Name a customer or a day")
    return compare_day(old, live, backup=code, day=day)


def _brought_back(live: Any, plan: RowsPlan, by: str) -> None:
    try:
        with live.transaction():
            bring_back(live, plan)
            facts = psycopg.types.json.Json({"backup": plan.backup, "about": plan.about, "rows": len(plan.differences)})
            live.execute(_ENTRY, [by[:120], facts])
    except psycopg.Error as problem:
        raise RowsRefused(
            f"The living database refuses ({str(problem).splitlines()[0]}); nothing was changed"
        ) from problem


@contextmanager
def _restored(setting: Setting, code: str, tell: Callable[[str], None]) -> Iterator[Server]:
    folder = setting.store.folder(code)
    manifest = read_manifest(folder, setting.keys.verifying_key())
    wrong = names_and_hashes_wrong(manifest, folder, code)
    if wrong:
        raise RowsRefused(f"{code} is damaged: {'; '.join(wrong[:3])}")
    with work_folder(setting, "rows") as work:
        refuse_without_room(work, int(manifest.database_bytes * _ROOM), "Comparing with a backup")
        opened = open_backup(setting, manifest, folder, work / "plain")
        binaries = binaries_for(int(manifest.server_version.split(".")[0]))
        with scratch_cluster(binaries, work) as scratch:
            load_roles(opened["globals.sql"], scratch, binaries)
            load_dump(opened["database.dump"], scratch, binaries)
            tell(f"{code} is restored beside the living database, to compare")
            yield scratch
