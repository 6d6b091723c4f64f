"""What PostgreSQL and Nginx wrote into their own logs, which no page and no trace of ours shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from midway.ops.counted import counted
from midway.ops.look import Look
from midway.ops.needs import setting
from midway.ops.procedure import Break, Cadence, Fault, Limit, Manual, Status, procedure
from midway.ops.procedures.logs import judge_fingerprints
from midway.ops.server_log import NGINX, POSTGRES, Kind, read_server_log
from midway.ops.stage import Stage

DAY = timedelta(days=1)
_NGINX = "%Y/%m/%d %H:%M:%S"
MORE = Limit("more", "times the usual number of an error", "×", 3.0, None, "Midway: as in Midway's own log")


def _written(name: str, setting_name: str, *ordinary: str) -> Break:
    """A scene: a log with the lines of an ordinary day."""

    @contextmanager
    def scene(stage: Stage) -> Iterator[None]:
        path = stage.file(name, "".join(_stamped(stage, name, line) for line in ordinary))
        with stage.changed(**{setting_name: path}):
            yield

    return scene


def _stamped(stage: Stage, name: str, line: str) -> str:
    at = stage.clock() - timedelta(hours=1)
    return f"{at:%Y-%m-%d %H:%M:%S.000 UTC} {line}\n" if "postgres" in name else f"{at.astimezone():{_NGINX}} {line}\n"


def _says(name: str, line: str, *, count: int = 1) -> Break:
    @contextmanager
    def said(stage: Stage) -> Iterator[None]:
        path = stage.folder / "files" / name
        before = path.read_text()
        path.write_text(before + _stamped(stage, name, line) * count)
        yield
        path.write_text(before)

    return said


@contextmanager
def _real_refusal(stage: Stage) -> Iterator[None]:
    """The stage's own server is asked for what it cannot do, and says so in its own log."""
    import psycopg

    log = stage.folder / "postgres.log"
    before = log.stat().st_size
    try:
        stage.postgres.do("SELECT 1 / (SELECT 0)")
    except psycopg.Error:
        said = log.read_bytes()[before:].decode(errors="replace")
    with stage.changed(postgres_log=stage.file("postgres-said.log", said)):
        yield


_PG_ORDINARY = (
    "[71] midway LOG:  duration: 1200.000 ms  statement: SELECT 1",
    '[72] midway ERROR:  duplicate key value violates unique constraint "one"',
    '[72] midway ERROR:  relation "old_table" does not exist',
)
_NGINX_ORDINARY = (
    "[notice] 9#9: signal process started",
    '[error] 9#9: *4 open() "/srv/static/nothing.png" failed (2: No such file or directory), client: 203.0.113.9',
    "[error] 9#9: *7 upstream timed out (110: Connection timed out) while reading, client: 203.0.113.9",
)


@procedure(
    id="logs.postgres",
    title="PostgreSQL's log holds no new error and no damage",
    cadence=Cadence.DAILY,
    document_lines=(24, 243),
    severity=Status.CRIT,
    needs=(setting("postgres_log", "MIDWAY_POSTGRES_LOG", "there is no log file of PostgreSQL's to read"),),
    scene=_written("postgres-drill.log", "postgres_log", *_PG_ORDINARY),
    time_limit_seconds=60,
    limits=(MORE,),
    faults=(
        Fault("damage", "a page cannot be read", _says("postgres-drill.log", "[7] x ERROR:  invalid page in block 3 of"
              " relation base/1/2"), Status.CRIT, names="invalid page"),
        Fault("killed", "a backend was killed", _says("postgres-drill.log", "[7] x LOG:  server process (PID 8) was"
              " terminated by signal 9: Killed"), Status.CRIT, names="terminated by signal"),
        Fault("new", "the server itself meets an error nobody has seen", _real_refusal, Status.WARN,
              names="division by zero"),
        Fault("many", "a known error comes sixty times", _says("postgres-drill.log", '[7] x ERROR:  relation'
              ' "old_table" does not exist', count=60), Status.WARN, names="does not exist"),
    ),
    manual=Manual(
        why="Damage, a full disk and killed backends are told here first, and to nobody else.",
        read="Errors of the last day by what they say without particulars. Constraints that kept their promise and"
        " statements that were ended in time are no errors.",
        mend="Look for the words in the log: the process number leads to its other lines. Damage: do as"
        " postgres.checksums says.",
        not_the_obvious="`grep ERROR` finds every booking that lost a race and not the LOG line of a killed backend.",
    ),
)  # fmt: skip
def postgres_log(look: Look) -> None:
    """Reads the last day; that nothing was written is well here."""
    _judge(look, look.around.postgres_log, POSTGRES)


@procedure(
    id="logs.nginx",
    title="Nginx's error log holds nothing new",
    cadence=Cadence.DAILY,
    document_lines=(24, 243),
    needs=(setting("nginx_error_log", "MIDWAY_NGINX_ERROR_LOG", "there is no error log of Nginx to read"),),
    scene=_written("nginx-error-drill.log", "nginx_error_log", *_NGINX_ORDINARY),
    time_limit_seconds=60,
    limits=(MORE,),
    faults=(
        Fault("crowded", "no connection is left", _says("nginx-error-drill.log", "[alert] 9#9: 512 worker_connections"
              " are not enough"), Status.CRIT, names="worker_connections"),
        Fault("new", "an error nobody has seen", _says("nginx-error-drill.log", "[error] 9#9: *8 SSL_do_handshake()"
              " failed, client: 203.0.113.9"), Status.WARN, names="SSL_do_handshake"),
        Fault("many", "Midway often answers too late", _says("nginx-error-drill.log", "[error] 9#9: *9 upstream timed"
              " out (110: Connection timed out) while reading, client: 203.0.113.9", count=40), Status.WARN,
              names="upstream timed out"),
    ),
    manual=Manual(
        why="What never reached Midway stands only here.",
        read="Errors of the last day by what they say without particulars. Files that are not there are no errors.",
        mend="Look for the words in the log; `upstream` means Midway behind it, the rest is Nginx itself.",
    ),
)  # fmt: skip
def nginx_log(look: Look) -> None:
    """Reads the last day; that nothing was written is how it should be."""
    _judge(look, look.around.nginx_error_log, NGINX)


def _judge(look: Look, path: Path | None, kind: Kind) -> None:
    if path is None or not path.exists():
        look.cannot(f"The log {path} is not there.", "See where the server writes, and whether we may read it.")
    reading = read_server_log(path, kind, since=look.now - DAY)
    if reading.unparsed and not reading.lines + reading.older:
        look.cannot(f"No line of {path} begins with a moment that can be read.", kind.mend)
    look.count(1 + reading.lines)
    look.note(lines=reading.lines, errors=reading.errors, by_fingerprint=reading.examples)
    judge_fingerprints(look, reading)
    told = "Nothing was written within a day" if not reading.lines else f"{counted(reading.lines, 'line')} of a day"
    look.fine(f"{told}, {counted(reading.errors, 'error')}.")
