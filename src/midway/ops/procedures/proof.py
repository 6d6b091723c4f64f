"""Are the backups any good? Asked of the files and the catalogue; made and proved on request."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from midway.ops.backup.catalogue import ORDER, Note, State
from midway.ops.backup.child import environment_of_this_database, run_midway
from midway.ops.backup.create import create_backup
from midway.ops.backup.listing import list_backups
from midway.ops.backup.manifest import ManifestDamaged, read_manifest
from midway.ops.backup.nightly import last_proof_off_host
from midway.ops.backup.rotate import plan_rotation
from midway.ops.backup.setting import Setting, read_setting
from midway.ops.backup.verify import names_and_hashes_wrong
from midway.ops.look import Look
from midway.ops.procedure import Break, Cadence, Fault, Kind, Limit, Manual, Status, procedure
from midway.ops.stage import Stage
from midway.runtime.problem import CannotRun

DAY = timedelta(days=1)
READ_AT_ONCE = 3
_LONGEST = 4 * 3600


def setting_of(look_or_stage: Look | Stage) -> Setting:
    """The backups of what is looked at."""
    return read_setting(_environment(look_or_stage))


def _environment(look_or_stage: Look | Stage) -> dict[str, str]:
    around = look_or_stage.around
    changes = {"MIDWAY_DATA": str(around.data)}
    if around.backups_elsewhere is not None:
        changes["MIDWAY_BACKUP_URL"] = str(around.backups_elsewhere)
    return {**environment_of_this_database(), **changes}


@contextmanager
def with_backup(stage: Stage) -> Iterator[None]:
    """The scene: one real backup of the stage's database, copied elsewhere, and noted as proved."""
    _ = stage.postgres
    place = stage.folder / "files" / "proof"
    shutil.rmtree(place, ignore_errors=True)
    with stage.changed(data=place / "data", backups_elsewhere=place / "elsewhere"):
        (place / "data").mkdir(parents=True)
        made = create_backup(setting_of(stage))
        _proved(stage, made.manifest.code, stage.clock())
        yield


def _proved(stage: Stage, code: str, at: datetime) -> None:
    setting = setting_of(stage)
    for state in (State.RESTORED, State.PROVED):
        facts = {"source": setting.place.words, "rto_seconds": 30.0} if setting.place else {}
        setting.catalogue.note(Note(code, state, at, facts))


def _later(days: int) -> Break:
    @contextmanager
    def passed(stage: Stage) -> Iterator[None]:
        with stage.clock.moved(days * DAY):
            yield

    return passed


@contextmanager
def _only_here(stage: Stage) -> Iterator[None]:
    """Every night is proved from the disk beside the database, and for ten days none from off-host."""
    setting = setting_of(stage)
    files = list(setting.store.path.glob("catalogue*"))
    before = {path: path.read_bytes() for path in files}
    with stage.clock.moved(10 * DAY):
        code = setting.store.codes()[-1]
        setting.catalogue.note(Note(code, State.PROVED, stage.clock(), {"source": str(setting.store.folder(code))}))
        yield
    for path, content in before.items():
        path.write_bytes(content)


@procedure(
    id="backup.restored",
    title="A backup was restored and compared lately, from here and from off-host",
    cadence=Cadence.WEEKLY,
    document_lines=(49, 115, 282),
    severity=Status.CRIT,
    scene=with_backup,
    limits=(
        Limit("restored", "days since a backup was restored and compared", "d", 2, 8, "Midway: every night"),
        Limit("off_host", "days since a copy from off-host was", "d", 8, 15, "Midway: every week, one miss allowed"),
        Limit("back", "seconds until service was back", "s", 1800, 14400, "Midway: half an hour, half a day's work"),
    ),
    faults=(
        Fault("stopped", "drills stopped four days ago", _later(4), Status.WARN, names="restored"),
        Fault("forgotten", "drills stopped three weeks ago", _later(21), Status.CRIT, names="restored"),
        Fault("only-here", "copies from off-host are not drilled", _only_here, Status.WARN, names="off-host"),
    ),
    manual=Manual(
        why="The day a restore is needed is a bad day to do it for the first time.",
        read="Days since a backup was restored into a server of its own and every table compared; the same for a copy"
        " fetched from off-host; and how long it took until a clean could be booked in it.",
        mend="midway backup drill, and midway backup drill --off-host.",
        not_the_obvious="pg_restore into the living server with an exit code of 0 says nothing of rows that are gone.",
    ),
)
def restored(look: Look) -> None:
    """The catalogue's notes of drills."""
    setting = setting_of(look)
    records = list(setting.catalogue.records().values())
    drills = [note for one in records for note in one.notes if note.state is State.PROVED]
    if not drills:
        look.cannot("No backup was ever restored.", "midway backup drill", because="backup.completed")
    look.count(len(drills))
    last = max(drills, key=lambda note: note.at)
    ago = (look.now - last.at) / DAY
    says = f"A backup was last restored and compared {ago:.1f} days ago."
    look.found("restored", ago, says, do="midway backup drill")
    seconds = float(last.facts.get("rto_seconds", 0.0))
    look.found("back", seconds, f"The last restore took {seconds:.0f} s until a clean was booked.")
    look.keep("back", seconds)
    if setting.place is not None:  # that there is none, backup.completed says
        off_host = last_proof_off_host(records)
        days = (look.now - off_host) / DAY if off_host else 10_000
        says = (
            f"A copy from off-host was last restored {days:.1f} days ago."
            if off_host
            else "No copy from off-host ever."
        )
        look.found("off_host", days, says, do="midway backup drill --off-host")
    lacks = "" if setting.place else " No copy lies off-host."
    look.fine(f"Restored and compared {ago:.1f} days ago, back in service in {seconds:.0f} s.{lacks}")


@contextmanager
def _flipped(stage: Stage) -> Iterator[None]:
    setting = setting_of(stage)
    path = setting.store.folder(setting.store.codes()[-1]) / "database.dump.age"
    before = path.read_bytes()
    path.write_bytes(before[:-9] + bytes([before[-9] ^ 1]) + before[-8:])
    yield
    path.write_bytes(before)


@contextmanager
def _lost(stage: Stage) -> Iterator[None]:
    setting = setting_of(stage)
    path = setting.store.folder(setting.store.codes()[-1]) / "globals.sql.age"
    path.rename(stage.folder / "aside")
    yield
    (stage.folder / "aside").rename(path)


@contextmanager
def _away(stage: Stage) -> Iterator[None]:
    """The disk with the copies is not mounted."""
    assert stage.around.backups_elsewhere is not None
    away = stage.folder / "files" / "unplugged"
    stage.around.backups_elsewhere.rename(away)
    yield
    away.rename(stage.around.backups_elsewhere)


@procedure(
    id="backup.sound",
    title="The newest backups are what was written, and their copies are there",
    cadence=Cadence.WEEKLY,
    document_lines=(50, 110),
    severity=Status.CRIT,
    scene=with_backup,
    time_limit_seconds=1800,
    faults=(
        Fault("flipped", "one bit of the dump turned over on the disk", _flipped, Status.CRIT, names="database.dump"),
        Fault("lost", "the file of roles is gone", _lost, Status.CRIT, names="globals.sql"),
        Fault("away", "the place for copies is not there", _away, Status.CRIT, names="copies"),
        Fault("clock", "the clock was a day ahead when it was made", _later(-1), Status.WARN, names="clock"),
    ),
    manual=Manual(
        why="Disks forget. A backup that rotted is found here and not on the day it is needed.",
        read="Every byte of the newest three backups is read and compared with the signed manifest; the copies of all"
        " must be listed where they were sent.",
        mend="midway backup create and drill make a sound one; midway backup verify says what is wrong with the other.",
        not_the_obvious="pg_restore -l reads the list at the front of the file. Cut off behind it, it still exits 0.",
    ),
)
def sound(look: Look) -> None:
    """By hash and signature; nothing is opened."""
    setting = setting_of(look)
    rows = [row for row in list_backups(setting) if row.is_here and row.state is not State.DAMAGED]
    if not rows:
        look.cannot("There is no backup to read.", "midway backup create", because="backup.completed")
    for row in rows:
        if row.made_at > look.now + timedelta(minutes=10):
            look.alarm(
                Status.WARN, f"{row.code} is of a day to come: the clock was or is wrong.", subject=row.code,
                do="Set the clock (timedatectl), then midway backup create.",
            )  # fmt: skip
    for row in rows[:READ_AT_ONCE]:
        folder = setting.store.folder(row.code)
        try:
            manifest = read_manifest(folder, setting.keys.verifying_key())
            wrong = names_and_hashes_wrong(manifest, folder, row.code)
        except ManifestDamaged as problem:
            wrong = [str(problem)]
        look.count(1)
        if wrong:
            do = f"midway backup verify {row.code}, then midway backup create"
            look.alarm(Status.CRIT, f"{row.code} is damaged: {wrong[0]}", subject=row.code, do=do)
    if setting.place is not None:
        _copies_there(look, setting, [row.code for row in rows if row.copies])
    look.fine(f"{min(len(rows), READ_AT_ONCE)} backups read to the last byte: as they were written.")


def _copies_there(look: Look, setting: Setting, codes: list[str]) -> None:
    assert setting.place is not None
    try:
        missing = sorted(set(codes) - set(setting.place.codes()))
    except CannotRun as problem:
        look.alarm(Status.CRIT, f"The copies cannot be reached: {problem}", subject="copies")
        return
    look.count(len(codes))
    if missing:
        look.alarm(
            Status.CRIT, f"Copies are gone from {setting.place.words}: {', '.join(missing[:3])}", subject="copies"
        )


@contextmanager
def _never_rotated(stage: Stage) -> Iterator[None]:
    """Forty nights were kept whole."""
    setting = setting_of(stage)
    files = list(setting.store.path.glob("catalogue*"))
    before = {path: path.read_bytes() for path in files}
    code = setting.store.codes()[-1]
    made = []
    for days in range(1, 41):
        at = stage.clock() - days * DAY
        made.append(setting.store.path / f"{at:%Y%m%dT%H%M%SZ}-abcdef")
        shutil.copytree(setting.store.folder(code), made[-1])
        for state in ORDER:
            facts = {"copy": "elsewhere"} if state is State.REREAD else {}
            setting.catalogue.note(Note(made[-1].name, state, at, facts))
    yield
    for folder in made:
        shutil.rmtree(folder)
    for path, content in before.items():
        path.write_bytes(content)


@procedure(
    id="backup.rotated",
    title="What may go of the backups is gone, and their disk has room",
    cadence=Cadence.WEEKLY,
    document_lines=(51,),
    scene=with_backup,
    limits=(
        Limit("overdue", "backups nobody needs that are still there", "", 3, 20, "Midway: each night removes its own"),
        Limit("room", "more backups of this size that fit on the disk", "", 7, 2, "Midway: a week", low_is_bad=True),
    ),
    faults=(Fault("kept", "nothing was removed for forty nights", _never_rotated, Status.CRIT, names="rotate"),),
    manual=Manual(
        why="A full disk stops the next backup, and one of the wrong ones removed cannot be had again.",
        read="Backups the plan lets go (beyond seven days, five weeks, twelve months) and room for more.",
        mend="midway backup rotate shows the plan, --yes does it. For room: a larger disk, or fewer other files on it.",
        not_the_obvious="find -mtime +30 -delete removes the last good one after thirty failed nights. The plan never"
        " removes one without three newer proved ones, one of them off-host.",
    ),
)
def rotated(look: Look) -> None:
    """The plan, not done."""
    setting = setting_of(look)
    rows = [row for row in list_backups(setting) if row.is_here]
    if not rows:
        look.cannot("There is no backup to rotate.", "midway backup create", because="backup.completed")
    look.count(len(rows))
    overdue = plan_rotation(rows).remove
    look.note(overdue=overdue, kept=len(rows) - len(overdue))
    says = f"{len(overdue)} backups nobody needs are still there."
    look.found("overdue", len(overdue), says, do="midway backup rotate --yes")
    free, size = shutil.disk_usage(setting.store.path).free, max(row.bytes for row in rows)
    look.found("room", free / max(size, 1), f"Room for {free // max(size, 1):,} more backups.")
    look.fine(f"{len(rows)} backups, all wanted.")


@contextmanager
def _none_today(stage: Stage) -> Iterator[None]:
    """The only backup is set back: its newest note says damaged."""
    setting = setting_of(stage)
    setting.catalogue.note(Note(setting.store.codes()[-1], State.DAMAGED, stage.clock(), {"wrong": ["on purpose"]}))
    yield


@procedure(
    id="backup.make",
    title="Make a backup now",
    cadence=Cadence.DEMAND,
    document_lines=(105,),
    kind=Kind.REPAIR,
    scene=with_backup,
    time_limit_seconds=_LONGEST,
    limits=(Limit("age", "hours since the last backup", "h", 1, None, "Midway: what is newer need not be made"),),
    faults=(Fault("damaged", "the only backup of today is damaged", _none_today, Status.WARN, names="make a backup"),),
    manual=Manual(
        why="Before anything that could go wrong.",
        read="A step appears unless a sound backup of the last hour is there.",
        mend="midway ops run backup.make --yes, or midway backup create, which is the same and shows its progress.",
        not_the_obvious="pg_dump > file leaves a file of that name whatever happened, without roles, media or a proof.",
    ),
)
def make(look: Look) -> None:
    """As a process of its own."""
    rows = [r for r in list_backups(setting_of(look)) if r.is_here and r.state is not State.DAMAGED]
    look.count(1 + len(rows))
    hours = (look.now - rows[0].made_at) / timedelta(hours=1) if rows else 0.0
    if not rows or look.limit("age").judge(hours) is not Status.OK:
        look.step(
            "make a backup",
            lambda: run_midway("backup", "create", environ=_environment(look), seconds=_LONGEST).strip(),
        )
    look.fine("A backup of the last hour is there.")


@contextmanager
def _unproved(stage: Stage) -> Iterator[None]:
    create_backup(setting_of(stage))
    yield


@procedure(
    id="backup.prove",
    title="Restore the newest backup into a server of its own and compare it",
    cadence=Cadence.DEMAND,
    document_lines=(115,),
    kind=Kind.REPAIR,
    scene=with_backup,
    time_limit_seconds=_LONGEST,
    faults=(Fault("unproved", "the newest backup was never restored", _unproved, Status.WARN, names="restore"),),
    manual=Manual(
        why="Only what was restored once can be restored.",
        read="A step appears when the newest backup was never restored and compared.",
        mend="midway ops run backup.prove --yes, or midway backup drill, which is the same and shows its progress.",
        not_the_obvious="createdb and pg_restore on the living server take its memory and disk, and compare nothing.",
    ),
)
def prove(look: Look) -> None:
    """As a process of its own."""
    rows = [row for row in list_backups(setting_of(look)) if row.is_here]
    if not rows:
        look.cannot("There is no backup to prove.", "midway backup create")
    look.count(1)
    if not rows[0].is_proved:
        look.step(
            f"restore {rows[0].code} and compare it",
            lambda: run_midway("backup", "drill", environ=_environment(look), seconds=_LONGEST).strip(),
        )
    look.fine(f"{rows[0].code} is proved.")
