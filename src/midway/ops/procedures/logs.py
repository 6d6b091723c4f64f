"""What the log says: new errors, more errors, or suspiciously nothing."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from midway.ops.app_log import LogReading, read_app_log
from midway.ops.counted import counted, times
from midway.ops.look import Look
from midway.ops.needs import setting
from midway.ops.procedure import Break, Cadence, Fault, Limit, Manual, Status, procedure
from midway.ops.scheduler import began_at
from midway.ops.stage import Stage

DAY = timedelta(days=1)
FIRST_HOUR = timedelta(hours=1)
LOG = setting("app_log", "MIDWAY_APP_LOG", "there is no log file of Midway's to read")


def _line(at: datetime, level: str = "info", **facts: object) -> str:
    return json.dumps({"event": "request", "level": level, "at": at.isoformat(), "logger": "midway.request", **facts})


@contextmanager
def _busy_log(stage: Stage) -> Iterator[None]:
    """An ordinary day: many requests, a known error now and then, words like `errors: 0` in fine lines."""
    now = stage.clock()
    lines = [_line(now - timedelta(minutes=n), route="/api/errors/summary", errors=0) for n in range(400)]
    lines += [_line(now - timedelta(hours=n), "error", event="messaging.delivery.failed") for n in (1, 9)]
    stage.file("app.log", "\n".join(lines) + "\n")
    with stage.changed(app_log=stage.folder / "files" / "app.log"):
        yield


def _appended(stage: Stage, *lines: str) -> None:
    with (stage.folder / "files" / "app.log").open("a") as file:
        file.write("".join(f"{line}\n" for line in lines))


def _with(*lines_of: str, count: int = 1, **facts: object) -> Break:
    """A fault that adds lines and takes them away."""

    @contextmanager
    def added(stage: Stage) -> Iterator[None]:
        path = stage.folder / "files" / "app.log"
        before = path.read_text()
        _appended(stage, *lines_of, *[_line(stage.clock(), **facts) for _ in range(count if facts else 0)])  # type: ignore[arg-type]
        yield
        path.write_text(before)

    return added


@contextmanager
def _silence(stage: Stage) -> Iterator[None]:
    """The writer kept writing to the file that was moved away, in a company that is older than an hour."""
    age = "UPDATE django_migrations SET applied = applied {} interval '2 hours'"
    stage.postgres.do(age.format("-"))
    path = stage.folder / "files" / "app.log"
    away = path.with_name("app.log.elsewhere")
    path.rename(away)
    path.touch()
    yield
    away.rename(path)
    stage.postgres.do(age.format("+"))


@procedure(
    id="logs.errors",
    title="The log holds no new kind of error and not more than usual",
    cadence=Cadence.DAILY,
    document_lines=(24, 243),
    severity=Status.WARN,
    needs=(LOG,),
    scene=_busy_log,
    time_limit_seconds=60,
    limits=(
        Limit("more", "times the usual number of an error", "×", 3.0, None, "Midway: three times the week's median"),
        Limit("unparsed", "lines that are not ours", "%", 1.0, None, "Netdata web_log: more than 1 % unparsed"),
    ),
    faults=(
        Fault("new", "an error nobody has seen before", _with(level="error", event="booking.visit.lost"), Status.WARN,
              names="booking.visit.lost"),
        Fault("many", "a known error comes thirty times as often", _with(level="error", count=60,
              event="messaging.delivery.failed"), Status.WARN, names="messaging.delivery.failed"),
        Fault("critical", "something critical", _with(level="critical", event="ledger.sum.wrong"), Status.CRIT,
              names="ledger.sum.wrong"),
        Fault("garbage", "lines nobody can read", _with(*["Traceback (most recent call last)"] * 30), Status.WARN,
              names="could not be read"),
        Fault("silence", "nothing is written any more", _silence, Status.UNKNOWN, names="no line"),
    ),
    manual=Manual(
        why="Errors are told to the log first; customers tell us days later, or go elsewhere.",
        read="Errors of the last day by fingerprint (event, page, kind of exception), compared with the week before.",
        mend="Look for the words in the log: jq 'select(.level==\"error\")'. The request_id leads to all its lines.",
        not_the_obvious="`grep -i error` misses what does not hold the word, matches \"errors\":0, and finds nothing in"
        " an empty file after a rotation that the writer did not follow.",
    ),
)  # fmt: skip
def errors(look: Look) -> None:
    """Knows the fingerprints it has seen; the first look learns them."""
    assert look.around.app_log is not None
    reading = read_app_log(look.around.app_log, since=look.now - DAY)
    look.count(reading.lines)
    look.note(lines=reading.lines, errors=reading.errors, by_fingerprint=reading.examples)
    if reading.lines == 0:
        began = began_at()
        if began is not None and look.now - began < FIRST_HOUR:
            look.skip("Midway began less than an hour ago, and nobody has asked for a page yet.")
        look.cannot(
            "There is no line of the last day in the log: silence is not health.",
            "See whether the writer follows rotation, and where its lines go.",
        )
    judge_fingerprints(look, reading)
    share = 100 * reading.unparsed / reading.lines
    look.found("unparsed", share, f"{reading.unparsed} of {reading.lines} lines could not be read.")
    look.fine(f"{counted(reading.lines, 'line')}, {counted(reading.errors, 'error')}, none of them new.")


def judge_fingerprints(look: Look, reading: LogReading) -> None:
    """Tells of what is critical, of what nobody has seen before, and of what comes much more often than usual."""
    series = f"{look.procedure.id}.fingerprint"
    known: dict[str, int] = dict(look.known.memory.get("seen", {}))
    is_first = not look.known.memory
    if reading.critical:
        said = [reading.examples[name] for name in reading.by_fingerprint if name in reading.critical_ones]
        look.alarm(Status.CRIT, f"{counted(reading.critical, 'critical line')}: {'; '.join(said[:3])}")
    for name, count in reading.by_fingerprint.most_common():
        example = reading.examples[name]
        usual = max(look.usual(series, days=7, subject=name) or known.get(name, count), 1)
        if name in reading.critical_ones:
            continue
        if name not in known and not is_first:
            look.alarm(Status.WARN, f"New error, {times(count)}: {example}", subject=name)
        elif count >= 10:
            look.found("more", count / usual, f"{count} times instead of {usual:.0f}: {example}", subject=name)
    _learn(look, series, reading.by_fingerprint, known)


def _learn(look: Look, series: str, counts: dict[str, int], known: dict[str, int]) -> None:
    """New ones are only known after they were told of; the next look no longer calls them new."""
    for name, count in counts.items():
        look.keep(series, count, subject=name)
    if look.known.memory and any(name not in known for name in counts):
        known |= {name: 1 for name in counts if name not in known}
    else:
        known |= {name: known.get(name, count) for name, count in counts.items()}
    look.remember({"seen": dict(list(known.items())[-500:])})
