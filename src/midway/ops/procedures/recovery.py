"""After something went wrong: do the parts run, is everything there that was backed up, and is there a way back?"""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import midway
from midway.ops.look import Look
from midway.ops.procedure import Break, Cadence, Fault, Limit, Manual, Status, procedure
from midway.ops.procedures.proof import setting_of, with_backup
from midway.ops.recovery.releases import applied_migrations, note_release, releases, way_back_now
from midway.ops.stage import Stage
from midway.ops.stage.damage import damaged
from midway.runtime import process
from midway.runtime.folder import DataFolder

WATCHED = ("web", "worker")


@contextmanager
def _two_parts(stage: Stage) -> Iterator[None]:
    """The scene: a web server and a worker, as a supervisor would have written them down."""
    folder = DataFolder(stage.folder / "files" / "running")
    folder.create()
    children = {name: _sleeper() for name in WATCHED}
    stage.parts["children"] = children
    _write_state(folder, children)
    with stage.changed(data=folder.path):
        yield
    for child in children.values():
        child.kill()
        child.communicate()


def _sleeper() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)


def _write_state(folder: DataFolder, children: dict[str, Any], *, restarts: int = 0) -> None:
    parts = {name: {"pid": child.pid, "restarts": restarts} for name, child in children.items()}
    folder.write_state({"pid": children["web"].pid, "parts": parts})


@contextmanager
def _worker_killed(stage: Stage) -> Iterator[None]:
    folder, children = DataFolder(stage.around.data), stage.parts["children"]
    children["worker"].send_signal(signal.SIGKILL)
    children["worker"].communicate()
    yield
    children["worker"] = _sleeper()
    _write_state(folder, children)


@contextmanager
def _starts_and_dies(stage: Stage) -> Iterator[None]:
    folder, children = DataFolder(stage.around.data), stage.parts["children"]
    _write_state(folder, children, restarts=9)
    yield
    _write_state(folder, children)


@procedure(
    id="recovery.parts",
    title="Web and worker run, and do not keep dying",
    cadence=Cadence.DAILY,
    document_lines=(272,),
    severity=Status.CRIT,
    scene=_two_parts,
    limits=(Limit("restarts", "restarts of a part since Midway was started", "", 3, 30, "Midway: each has a reason"),),
    faults=(
        Fault("killed", "the worker is gone", _worker_killed, Status.CRIT, names="worker"),
        Fault("dying", "parts were started again nine times", _starts_and_dies, Status.WARN, names="restart"),
    ),
    manual=Manual(
        why="A part that is started again every minute looks alive to whoever asks at the right moment.",
        read="The process of each part, and how often the supervisor had to start it again.",
        mend="midway recover app shows the parts, --yes restarts web and worker one after the other.",
        not_the_obvious="docker-compose restart stops everything at once, the database too, and says nothing of why.",
    ),
)
def parts(look: Look) -> None:
    """What the supervisor wrote down, and the kernel."""
    state = DataFolder(look.around.data).state()
    found = {name: facts for name, facts in state.get("parts", {}).items() if name in WATCHED}
    if not found:
        look.skip("Nothing was started here by midway up: your own service manager looks after it.")
    look.count(len(found))
    for name, facts in found.items():
        if not facts.get("pid") or not process.is_alive(int(facts["pid"])):
            look.alarm(Status.CRIT, f"The {name} does not run.", subject=name, do="midway recover app")
        count = int(facts.get("restarts", 0))
        says = f"The {name} had {count} restarts."
        look.found("restarts", count, says, subject=name, do=f"See log/{name}.log, then midway recover app")
    look.fine(f"{' and '.join(found)} run.")


@contextmanager
def _company_backed_up(stage: Stage) -> Iterator[None]:
    assert stage.company
    with with_backup(stage):
        yield


def _deleted(tables: Sequence[str], harm: str) -> Break:
    @contextmanager
    def gone(stage: Stage) -> Iterator[None]:
        with damaged(stage, *tables, harm=harm):
            yield

    return gone


@procedure(
    id="recovery.rows",
    title="The visits and customers of the last proved backup are still there",
    cadence=Cadence.DAILY,
    document_lines=(285, 286),
    severity=Status.CRIT,
    depends_on=("postgres.writes",),
    scene=_company_backed_up,
    time_limit_seconds=60,
    limits=(
        Limit("lost", "fewer rows of a table than in the last proved backup", "%", 0.5, 5, "Midway: none go"),
    ),
    faults=(
        Fault(
            "visits", "somebody ran DELETE without WHERE on the visits",
            _deleted(["booking_visit"], "DELETE FROM booking_visit"), Status.CRIT, names="booking_visit",
        ),
        Fault(
            "customers", "one customer in eight is gone",
            _deleted(["customers_customer"], "DELETE FROM customers_customer WHERE id % 8 = 1"), Status.CRIT,
            names="customers_customer",
        ),
    ),
    manual=Manual(
        why="Rows that are gone make no error. Somebody asks for them a week later.",
        read="Visits, assignments, bookings, customers, properties and journal: how many were in the newest proved"
        " backup and are now. They only grow, except where a customer was erased.",
        mend="midway recover rows BACKUP --customer CODE (or --day DATE) for a few, midway recover database for all.",
        not_the_obvious="SELECT count(*) FROM appointments gives a number, and nobody knows which number is right.",
    ),
)  # fmt: skip
def rows(look: Look) -> None:
    """Counted now, and in the snapshot of the backup."""
    from midway.ops.backup.manifest import read_manifest

    setting = setting_of(look)
    proved = [one.code for one in setting.catalogue.records().values() if one.is_proved]
    here = [code for code in proved if code in setting.store.codes()]
    if not here:
        step = "midway backup create, then midway backup drill"
        look.cannot("No proved backup lies here to compare with.", step, because="backup.completed")
    manifest = read_manifest(setting.store.folder(here[-1]), setting.keys.verifying_key())
    for name in GROWING:
        before = manifest.tables.get(f"public.{name}")
        if before is None or not before.rows:
            continue
        now = _rows_of(name)
        look.count(before.rows)
        lost = 100 * max(before.rows - now, 0) / before.rows
        says = f"{name} has {now} rows and had {before.rows} in {here[-1]}."
        look.found("lost", lost, says, subject=name, do="midway recover database")
    look.fine(f"Nothing that {here[-1]} holds has become fewer.")


def _rows_of(table: str) -> int:
    """Counted on Midway's own connection: upkeep's role may not read what is known of people."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        (count,) = cursor.fetchone()
    return int(count)


GROWING = (
    "booking_visit", "booking_assignment", "booking_booking", "customers_customer", "customers_property",
    "journal_entry",
)  # fmt: skip


@contextmanager
def _one_release_ago(stage: Stage) -> Iterator[None]:
    """The scene: the release before was recorded, and this one after it."""
    _ = stage.postgres
    folder = DataFolder(stage.folder / "files" / "released")
    folder.create()
    (folder.path / "releases.json").unlink(missing_ok=True)
    for version in ("0.0.1", midway.__version__):
        note_release(folder, version=version, migrations=applied_migrations(), at=stage.clock())
    with stage.changed(data=folder.path):
        yield


@contextmanager
def _by_hand(stage: Stage) -> Iterator[None]:
    """A migration that no release has was applied to the database."""
    stage.postgres.do("INSERT INTO django_migrations (app, name, applied) VALUES ('booking', '9999_by_hand', now())")
    yield
    stage.postgres.do("DELETE FROM django_migrations WHERE name = '9999_by_hand'")


@contextmanager
def _narrowed(stage: Stage) -> Iterator[None]:
    """The release before knew less than half of the migrations of now."""
    path = stage.around.data / "releases.json"
    before = path.read_text()
    known = json.loads(before)
    known[0]["migrations"] = known[0]["migrations"][::2]
    path.write_text(json.dumps(known))
    yield
    path.write_text(before)


@procedure(
    id="recovery.way-back",
    title="The release before could run on the database as it is",
    cadence=Cadence.WEEKLY,
    document_lines=(275, 276),
    depends_on=("postgres.writes",),
    scene=_one_release_ago,
    faults=(
        Fault("by-hand", "somebody changed the schema by hand", _by_hand, Status.CRIT, names="9999_by_hand"),
        Fault("narrowed", "the last release narrowed the schema", _narrowed, Status.WARN, names="0.0.1"),
    ),
    manual=Manual(
        why="Going back to the code of yesterday on the schema of today breaks more than it mends.",
        read="Releases are recorded with the migrations they brought. The way back is open when every migration since"
        " only widened: new tables, columns that may stay empty, indexes.",
        mend="midway recover app --back says whether and why not; with --yes the release before serves. Where the way"
        " is closed, go forward with a mended release, or restore the backup from before: midway backup restore.",
        not_the_obvious="git reset --hard HEAD~1 takes back one commit, not one release, and no migration at all.",
    ),
)
def back(look: Look) -> None:
    """The record of releases against the migrations applied."""
    folder = DataFolder(look.around.data)
    known = releases(folder)
    if not known:
        look.skip("No release is recorded yet: midway up does it.")
    look.count(len(known))
    unknown = sorted(applied_migrations() - set(known[-1].migrations))
    if unknown:
        look.alarm(
            Status.CRIT,
            f"{unknown[0]} was applied and {known[-1].version} does not have it.",
            do="Find out who did it.",
        )
    found = way_back_now(folder, version=known[-1].version)
    if found.release is not None and not found.is_open:
        look.alarm(
            Status.WARN, f"There is no way back to {found.release.version}: {found.refused[0]}.",
            do="Before the next release, midway backup create and drill.",
        )  # fmt: skip
    look.fine("The way back is open." if found.release else "This is the first release recorded.")
