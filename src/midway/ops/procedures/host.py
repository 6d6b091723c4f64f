"""The machine: disk, files, memory, processes and clock."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from midway.ops.host import Host, Share
from midway.ops.look import Look
from midway.ops.procedure import Break, Cadence, Fault, Limit, Manual, Status, procedure
from midway.ops.stage import Stage
from midway.ops.trend import days_until

GB = 1024**3


class _Told(Host):
    """A machine of which some numbers are told, and the others real."""

    def __init__(self, **told: object) -> None:
        self._told = told

    def __getattribute__(self, name: str) -> object:
        told = object.__getattribute__(self, "_told")
        return (lambda *args: told[name]) if name in told else object.__getattribute__(self, name)


def told(**numbers: object) -> Break:
    """A fault: the machine tells these numbers."""

    @contextmanager
    def lies(stage: Stage) -> Iterator[None]:
        with stage.changed(**{**stage.changes, "host": _Told(**numbers)}):
            yield

    return lies


@contextmanager
def _own_disk(stage: Stage) -> Iterator[None]:
    """The scene: a small disk of our own where we may mount one, else this machine's, told to have room."""
    with ExitStack() as stack:
        disk = stack.enter_context(stage.small_disk(megabytes=8))
        changes: dict[str, object] = {"data": disk} if disk else {"host": _Told(**_ROOMY)}
        stack.enter_context(stage.changed(**{**stage.changes, **changes}))
        yield


_ROOMY = {"disk": Share(1.0, 8.0), "inodes": Share(1.0, 100.0)}


def _filled(percent: int) -> Break:
    @contextmanager
    def fills(stage: Stage) -> Iterator[None]:
        data: Path | None = stage.changes.get("data")
        if data is None:
            with told(disk=Share(percent, 100), inodes=Share(1, 100))(stage):
                yield
            return
        filler = data / "filler"
        filler.write_bytes(b"\0" * int(8 * 1024 * 1024 * percent / 100))
        yield
        filler.unlink()

    return fills


@contextmanager
def _filling(stage: Stage) -> Iterator[None]:
    """It has grown by a tenth every day."""
    from midway.ops.models import Sample

    now = stage.clock()
    Sample.objects.filter(series="host.disk").delete()
    Sample.objects.bulk_create(
        Sample(series="host.disk", at=now - timedelta(days=5 - n), value=20 + 10 * n) for n in range(5)
    )
    with _filled(70)(stage):
        yield
    Sample.objects.filter(series="host.disk").delete()


@contextmanager
def _no_inodes(stage: Stage) -> Iterator[None]:
    data: Path | None = stage.changes.get("data")
    if data is None:
        with told(disk=Share(1, 100), inodes=Share(97, 100))(stage):
            yield
        return
    folder = data / "many"
    folder.mkdir()
    made = 0
    try:
        while Host().inodes(data).percent < 97:
            (folder / str(made)).touch()
            made += 1
        yield
    finally:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


@procedure(
    id="host.disk",
    title="The disk has room and will have room",
    cadence=Cadence.DAILY,
    document_lines=(25, 253, 254),
    severity=Status.CRIT,
    scene=_own_disk,
    limits=(
        Limit("used", "of the disk used", "%", 80, 90, "check_postgres 90 and 95 %, earlier by 10", margin=0.02),
        Limit("inodes", "of the files that can be made", "%", 90, 95, "awesome-prometheus-alerts: 10 % left"),
        Limit("days", "days until it is full", "days", 7, 1, "awesome-prometheus-alerts: full in 24 h",
              low_is_bad=True),
    ),
    faults=(
        Fault("filled", "the disk is filled to 85 %", _filled(85), Status.WARN, names="%"),
        Fault("full", "it is filled to 95 %", _filled(95), Status.CRIT, names="%"),
        Fault("filling", "it grows by a tenth every day", _filling, Status.WARN, names="days"),
        Fault("inodes", "no more files can be made", _no_inodes, Status.CRIT, names="files"),
    ),
    manual=Manual(
        why="PostgreSQL stops when its disk is full, and then everything does.",
        read="The used part of the file system that holds the data folder, and when it will be full as it grew lately.",
        mend="See what grew: du -xh --max-depth=2. Old logs and backups first; never files in postgres/.",
        not_the_obvious="`df` shows now and not when; docker stats and htop need somebody to watch them for ever.",
    ),
)  # fmt: skip
def disk(look: Look) -> None:
    """Room, files, and the line through the last days."""
    data = look.around.data if look.around.data.exists() else Path("/")
    space, files = look.around.host.disk(data), look.around.host.inodes(data)
    look.count(1)
    look.keep("host.disk", space.percent)
    look.found("used", space.percent, f"{space.percent:.0f} % of {space.total / GB:.1f} GB used, at {data}.")
    if files.total:
        look.found("inodes", files.percent, f"{files.percent:.0f} % of the files that can be made exist.")
    points = [*look.known.series("host.disk", "", look.now - timedelta(days=30)), (look.now, space.percent)]
    days = days_until(points, 100.0)
    if days is not None and days < 365:
        look.found("days", days, f"As it grew lately, the disk is full in {days:.1f} days.")


@procedure(
    id="host.memory",
    title="There is memory left, and nothing was ended for want of it",
    cadence=Cadence.DAILY,
    document_lines=(25, 35, 253, 254),
    limits=(
        Limit("used", "of the memory used", "%", 90, 95, "awesome-prometheus-alerts: less than 10 % left"),
        Limit("swap", "of the swap used", "%", 80, None, "awesome-prometheus-alerts: 80 %"),
    ),
    scene=told(memory=Share(4, 10), swap=Share(0, 10), oom_kills=3),
    faults=(
        Fault("tight", "92 % of the memory is used", told(memory=Share(92, 100), swap=Share(0, 10), oom_kills=3),
              Status.WARN, names="memory"),
        Fault("none", "there is almost none", told(memory=Share(97, 100), swap=Share(0, 10), oom_kills=3),
              Status.CRIT, names="memory"),
        Fault("swapping", "the swap is full", told(memory=Share(4, 10), swap=Share(9, 10), oom_kills=3), Status.WARN,
              names="swap"),
        Fault("oom", "the kernel has ended a process", told(memory=Share(4, 10), swap=Share(0, 10), oom_kills=4),
              Status.CRIT, names="ended"),
    ),
    manual=Manual(
        why="Without memory the kernel ends a process, and likes to choose PostgreSQL.",
        read="What is not available, in percent; within a control group its own limit counts.",
        mend="host.processes says who holds it. Fewer web workers, or more memory.",
    ),
)  # fmt: skip
def memory(look: Look) -> None:
    """Memory, swap, and the kernel's count of processes it ended."""
    host = look.around.host
    used, swap, kills = host.memory(), host.swap(), host.oom_kills()
    look.count(1)
    look.keep("host.memory", used.percent)
    look.found("used", used.percent, f"{used.percent:.0f} % of the memory is used.")
    if swap.total:
        look.found("swap", swap.percent, f"{swap.percent:.0f} % of the swap is used.")
    if kills is not None:
        before = int(look.known.memory.get("oom_kills", kills))
        if kills > before:
            look.alarm(Status.CRIT, f"The kernel has ended {kills - before} processes for want of memory.")
        look.remember({"oom_kills": kills})


@contextmanager
def _steady(stage: Stage) -> Iterator[None]:
    with _history_of("web", [200.0, 202.0, 201.0, 203.0, 202.0])(stage), told(processes=_PROCESSES)(stage):
        yield


_MB = 1024**2
_PROCESSES = [("web", 11, 205 * _MB), ("worker", 12, 150 * _MB)]


def _history_of(name: str, megabytes: list[float]) -> Break:
    @contextmanager
    def kept(stage: Stage) -> Iterator[None]:
        from midway.ops.models import Sample

        now = stage.clock()
        Sample.objects.filter(series="host.process").delete()
        Sample.objects.bulk_create(
            Sample(series="host.process", subject=name, at=now - timedelta(hours=8 * (len(megabytes) - n)), value=size)
            for n, size in enumerate(megabytes)
        )
        yield
        Sample.objects.filter(series="host.process").delete()

    return kept


@contextmanager
def _leak(stage: Stage) -> Iterator[None]:
    host = told(processes=[("web", 11, 900 * _MB)], memory=Share(3.7 * GB, 4 * GB))
    with _history_of("web", [100.0, 250.0, 400.0, 550.0, 700.0])(stage), host(stage):
        yield
    _clear(stage)


def _clear(stage: Stage) -> None:
    from midway.ops.models import Sample

    Sample.objects.filter(series="host.process").delete()


@procedure(
    id="host.processes",
    title="No process of Midway's grows without end",
    cadence=Cadence.DAILY,
    document_lines=(35, 253, 254),
    limits=(
        Limit("hours", "hours until it has all memory", "h", 72, 24, "Midway: the slope of the last days",
              low_is_bad=True),
        Limit("share", "of all memory held by one process", "%", 60, 80, "awesome-prometheus-alerts: container 80 %"),
    ),
    scene=_steady,
    faults=(
        Fault("leak", "the web process has grown by 150 MB every eight hours", _leak, Status.CRIT, names="web"),
        Fault("huge", "one process holds most of the memory", told(processes=[("web", 1, 90)], memory=Share(95, 100)),
              Status.CRIT, names="holds"),
        Fault("nobody", "none of them runs", told(processes=[]), Status.UNKNOWN, names="nothing to look at"),
    ),
    manual=Manual(
        why="A leak ends in a restart at the busiest hour.",
        read="Bytes held by each process, and the line through the last days.",
        mend="Restart the process now (midway down, midway up); look which change began it.",
        not_the_obvious="`docker stats` and `htop` stream for ever and keep nothing: they show no slope.",
    ),
)  # fmt: skip
def processes(look: Look) -> None:
    """Each of Midway's processes against the memory there is."""
    host = look.around.host
    total = host.memory()
    found: dict[str, int] = {}
    for name, _, held in host.processes():
        found[name] = max(found.get(name, 0), held)
    look.count(len(found))
    look.note(megabytes={name: round(held / _MB) for name, held in found.items()})
    for name, held in found.items():
        look.keep("host.process", held / _MB, subject=name)
        share = 100 * held / total.total
        look.found("share", share, f"{name} holds {share:.0f} % of the memory.", subject=name)
        points = [*look.known.series("host.process", name, look.now - timedelta(days=7)), (look.now, held / _MB)]
        days = days_until(points, held / _MB + (total.total - total.used) / _MB, least_points=5)
        if days is not None and days < 30:
            look.found("hours", days * 24, f"{name} grows, and has all memory in {days * 24:.0f} h.", subject=name)
    look.fine(f"{len(found)} processes, {sum(found.values()) / _MB:.0f} MB, none grows.")


@contextmanager
def _clock_ahead(stage: Stage) -> Iterator[None]:
    with stage.clock.moved(timedelta(seconds=8)):
        yield


@contextmanager
def _clock_off(stage: Stage) -> Iterator[None]:
    with stage.clock.moved(timedelta(seconds=-3)):
        yield


@procedure(
    id="host.clock",
    title="Our clock and PostgreSQL's agree",
    cadence=Cadence.DAILY,
    document_lines=(25,),
    depends_on=("postgres.writes",),
    limits=(Limit("skew", "seconds apart", "s", 2, 5, "check_postgres timesync: 2 and 5 s"),),
    faults=(
        Fault("off", "our clock is three seconds behind", _clock_off, Status.WARN, names="apart"),
        Fault("ahead", "it is eight seconds ahead", _clock_ahead, Status.CRIT, names="apart"),
    ),
    manual=Manual(
        why="Holds expire, links end and visits begin by the clock; machines that disagree sell twice or not at all.",
        read="The difference to PostgreSQL's clock. On one machine it is the time the question takes.",
        mend="timedatectl; start systemd-timesyncd or chrony on both machines.",
    ),
)
def clock(look: Look) -> None:
    """Asks PostgreSQL for the time between two looks at our own clock."""
    from datetime import UTC

    before = look.around.clock()
    (theirs,) = look.ask("SELECT clock_timestamp()")[0]
    middle = before + (look.around.clock() - before) / 2
    look.count(1)
    seconds = abs((theirs.astimezone(UTC) - middle).total_seconds())
    look.found("skew", seconds, f"The clocks are {seconds:.1f} s apart.")
