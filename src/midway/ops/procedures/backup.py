"""Was there a backup, and was it proved? The catalogue says; making and proving them is not done here."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from midway.ops.backup.catalogue import ORDER, Catalogue, CatalogueDamaged, Note, State
from midway.ops.backup.keys import Keys
from midway.ops.backup.store import Store
from midway.ops.look import Look
from midway.ops.procedure import Break, Cadence, Fault, Limit, Manual, Status, procedure
from midway.ops.stage import Stage

HOUR = timedelta(hours=1)


def _catalogue(look_or_stage: Look | Stage) -> Catalogue:
    from django.conf import settings

    data = look_or_stage.around.data
    return Catalogue(Store(data / "backups"), Keys(data / "keys" / "drill.key", settings.SECRET_KEY))


def _write(stage: Stage, at: datetime, *, until: State = State.PROVED) -> None:
    catalogue = _catalogue(stage)
    code = f"{at:%Y%m%dT%H%M%SZ}-abcdef"
    for state in ORDER[: ORDER.index(until) + 1]:
        catalogue.note(Note(code, state, at, {"copy": "elsewhere"} if state is State.REREAD else {}))


@contextmanager
def three_nights(stage: Stage) -> Iterator[None]:
    """The scene: three nightly backups, made, copied, read again, restored and found identical."""
    with stage.changed(data=stage.folder / "files" / "backed-up"):
        Store(stage.around.data / "backups").create()
        for path in (stage.around.data / "backups").glob("catalogue*"):
            path.unlink()
        for nights in (2, 1, 0):
            _write(stage, stage.clock() - timedelta(days=nights, hours=3))
        yield


def _later(hours: int) -> Break:
    @contextmanager
    def passed(stage: Stage) -> Iterator[None]:
        with stage.clock.moved(timedelta(hours=hours)):
            yield

    return passed


@contextmanager
def _not_proved(stage: Stage) -> Iterator[None]:
    """Two nights go by whose backups were made and never restored."""
    path = stage.around.data / "backups"
    before = {one: one.read_bytes() for one in path.glob("catalogue*")}
    with stage.clock.moved(timedelta(days=3)):
        _write(stage, stage.clock() - 2 * HOUR, until=State.COPIED)
        yield
    for one, content in before.items():
        one.write_bytes(content)


@contextmanager
def _tampered(stage: Stage) -> Iterator[None]:
    path = Store(stage.around.data / "backups").catalogue_file
    before = path.read_text()
    path.write_text(before.replace("restored", "reshaped", 1))
    yield
    path.write_text(before)


@procedure(
    id="backup.completed",
    title="Last night's backup was made, copied away and proved",
    cadence=Cadence.DAILY,
    document_lines=(28,),
    severity=Status.CRIT,
    scene=three_nights,
    limits=(
        Limit(
            "made", "hours since the last backup", "h", 26, 50, "check_pgactivity and Healthchecks: a day and an hour"
        ),
        Limit("proved", "hours since the last proved one was made", "h", 26, 50, "Midway: unproved is no backup"),
    ),
    faults=(
        Fault("missed", "the night's backup was not made", _later(28), Status.WARN, names="ago"),
        Fault("stopped", "none was made for three days", _later(72), Status.CRIT, names="ago"),
        Fault("not-proved", "they are made and never proved", _not_proved, Status.CRIT, names="proved"),
        Fault("tampered", "somebody changed the catalogue", _tampered, Status.CRIT, names="catalogue"),
    ),
    manual=Manual(
        why="A file that exists is not a backup; one that was restored and compared is.",
        read="Hours since the last backup, and since the last that was restored and found identical to the row.",
        mend="midway backup list says how far each has come; midway backup create, then midway backup drill.",
        not_the_obvious="`ls -l` shows a file of today's name for a dump that failed, was cut short, or hangs.",
    ),
)
def completed(look: Look) -> None:
    """Reads the sealed catalogue; that there is none yet is unknown."""
    try:
        records = [one for one in _catalogue(look).records().values() if one.state is not State.REMOVED]
    except CatalogueDamaged as problem:
        look.count(1)
        look.alarm(Status.CRIT, f"The catalogue of the backups is not to be trusted: {problem}")
        return
    if not records:
        look.cannot("There is no backup yet.", "midway backup create, then midway backup drill")
    look.count(len(records))
    made = max(one.notes[0].at for one in records)
    hours = (look.now - made) / HOUR
    look.found("made", hours, f"The last backup was made {hours:.0f} h ago.")
    proved = [one.notes[0].at for one in records if one.is_proved]
    if not proved:
        look.alarm(Status.CRIT, f"None of {len(records)} backups was ever proved.", do="midway backup drill")
        return
    hours = (look.now - max(proved)) / HOUR
    says = f"The last backup that was proved was made {hours:.0f} h ago."
    look.found("proved", hours, says, do="midway backup drill")
    copies = next((one.copies for one in reversed(records) if one.is_proved), [])
    look.note(backups=len(records), proved=len(proved), copies=copies)
    if not copies:
        look.alarm(Status.WARN, "The last proved backup lies only here.", do="Set MIDWAY_BACKUP_URL.")
    look.fine(f"{len(records)} backups, the last made and proved, {hours:.0f} h ago.")
