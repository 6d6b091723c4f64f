"""A healthy month of the demo company on the stage: people book, messages leave, backups are made, and every number
moves a little, as numbers do. What upkeep says of it is what a person would have got.

All of it lives in simulated time: Python's clock is moved, and the database's `now()` is one of ours.
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import time_machine
from django.db import connection

import midway
from midway.accounts.models import Role, User
from midway.booking.models import Visit
from midway.core.visit_states import VisitState
from midway.messaging.delivery import deliver_due
from midway.messaging.models import OutboxMessage
from midway.ops.backup.create import create_backup
from midway.ops.backup.rotate import rotate_backups
from midway.ops.heartbeats import beat
from midway.ops.host import Host, Share
from midway.ops.models import Evidence, ScheduledJob
from midway.ops.notifications import tell_of_alarms
from midway.ops.oncall.models import Contact
from midway.ops.procedures import advisories, errors, files, health, logs, outside, proof, recovery, tls, updates, web
from midway.ops.procedures import redis as redis_procedures
from midway.ops.recovery.releases import applied_migrations, note_release
from midway.ops.schedule import SCHEDULE
from midway.ops.scheduler import run_entry
from midway.ops.stage import Stage
from midway.ops.stage.company import sell_a_plan
from midway.ops.upkeep import run_due
from midway.runtime.clock import now
from midway.runtime.folder import DataFolder

MB, GB = 1024**2, 1024**3
HOURS = (10, 21)  # UTC: after the nightly jobs, and by day
REQUESTS_A_DAY = 400
PAGES = ("/", "/book/when/", "/api/v1/availability", "/office/board/", "/my/visits/{n}/", "/static/app.css")
KNOWN_ERRORS = ("messaging.delivery.failed", "dispatch.router.slow", "webhooks.endpoint.refused")
# Left out: not ours to run, made elsewhere, or done by a process that lives in the real time.
ELSEWHERE = {"nightly-backup", "run-procedures", "say-we-live", "rescue-stalled-jobs"}
BEGAN = "UPDATE public.django_migrations SET applied = applied {} interval '1 day'"
SIMULATED_TIME = """
CREATE SCHEMA sim;
CREATE TABLE sim.clock (ahead interval NOT NULL);
INSERT INTO sim.clock VALUES ('0');
GRANT USAGE ON SCHEMA sim TO PUBLIC;
GRANT SELECT ON sim.clock TO PUBLIC;
CREATE FUNCTION sim.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT pg_catalog.now() + ahead FROM sim.clock';
CREATE FUNCTION sim.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
    AS 'SELECT pg_catalog.clock_timestamp() + ahead FROM sim.clock';
ALTER DATABASE midway SET search_path = sim, public, pg_catalog;
"""


@dataclass
class Month:
    """What came of it."""

    days: int = 0
    looks: int = 0
    raised: list[str] = field(default_factory=list)
    not_fine: "Counter[str]" = field(default_factory=Counter)
    procedures: set[str] = field(default_factory=set)
    messages: "Counter[str]" = field(default_factory=Counter)
    """Mails of upkeep to one person, by template."""


class NoisyHost(Host):
    """A machine whose numbers move as those of a healthy one do."""

    def __init__(self, dice: random.Random) -> None:
        self._dice, self.day = dice, 0

    def _about(self, middle: float, spread: float) -> float:
        return max(0.0, self._dice.gauss(middle, spread))

    def disk(self, path: Path) -> Share:
        return Share(self._about(41 + 0.08 * self.day, 0.3) * GB, 100 * GB)

    def inodes(self, path: Path) -> Share:
        return Share(self._about(9, 0.3), 100)

    def memory(self) -> Share:
        return Share(min(self._about(2.5, 0.25), 3.4) * GB, 4 * GB)

    def swap(self) -> Share:
        return Share(min(self._about(0.2, 0.05), 0.6) * GB, 1 * GB)

    def oom_kills(self) -> int | None:
        return 2

    def processes(self) -> list[tuple[str, int, int]]:
        return [("web", 11, int(self._about(205, 9) * MB)), ("worker", 12, int(self._about(150, 6) * MB))]

    def pressure(self) -> dict[str, float]:
        return {"cpu": min(self._about(20, 10), 60), "memory": min(self._about(0.3, 0.3), 2), "io": self._about(4, 2)}

    def open_files(self) -> Share:
        return Share(self._about(3000, 300), 100_000)

    def listeners(self) -> list[tuple[str, int, str]]:
        return [("0.0.0.0", 443, "nginx"), ("127.0.0.1", 5432, "postgres")]


def live(stage: Stage, *, days: int, seed: int = 1, told: Callable[[str], None] = lambda said: None) -> Month:
    """Will live so many days, and say what upkeep said; `told` hears each day as it ends."""
    month, dice = Month(days=days), random.Random(seed)
    with _healthy(stage, dice) as host:
        first = now().replace(minute=0, second=0, microsecond=0)
        for day in range(1, days + 1):
            host.day = day
            for hour in HOURS:
                at = datetime.combine(first.date() + timedelta(days=day), time(hour), tzinfo=UTC)
                with _at(stage, at):
                    if hour == HOURS[0]:
                        _a_day_of_work(stage, dice)
                    _run_the_schedule()
                    _look(stage, month)
            told(f"day {day}: {month.looks} looks, {len(month.raised)} raised {month.raised[-1:]}")
        month.messages = Counter(
            OutboxMessage.objects.filter(template__in=["upkeep_alarm", "upkeep_digest"], created_at__gt=first)
            .order_by("to").values_list("template", flat=True)
        )  # fmt: skip
        people = OutboxMessage.objects.filter(template__startswith="upkeep_").values("to").distinct().count()
        month.messages = Counter({name: count // max(people, 1) for name, count in month.messages.items()})
        month.procedures = set(Evidence.objects.filter(at__gt=first).values_list("procedure", flat=True))
    return month


@contextmanager
def _healthy(stage: Stage, dice: random.Random) -> Iterator[NoisyHost]:
    """Everything there, as the procedures' own scenes set it up, in one installation."""
    host = NoisyHost(dice)
    with ExitStack() as stack:
        assert stage.company
        for scene in (
            health.everybody_lives, redis_procedures.with_redis, tls.served, errors._collector, errors._tracker,
            files._assets, advisories._apt(advisories.SIMULATED), advisories._two_packages,
            advisories._lock_of_what_runs, updates._pip("2.5.0"), outside._sent,
            recovery._two_parts, proof.with_backup,
        ):  # fmt: skip
            before = stage.changes
            stack.enter_context(scene(stage))
            stack.enter_context(stage.changed(**{**before, **stage.changes}))
        collector = errors.Collector()
        peer = stack.enter_context(stage.peer(collector))
        folder = DataFolder(stage.around.data)
        folder.create()
        recovery._write_state(folder, stage.parts["children"])
        for version in ("0.0.1", midway.__version__):
            note_release(folder, version=version, migrations=applied_migrations(), at=now())
        access, app = stage.file("quiet/access.log"), stage.file("quiet/app.log")
        stack.enter_context(
            stage.changed(
                host=host, inside_url=stage.midway.url, listeners=("443",), nginx_access_log=access, app_log=app,
                docs=None, quotas={"email": 20_000, "sms": 5000},
                nginx_error_log=stage.file("quiet/nginx.log"), postgres_log=stage.folder / "postgres.log",
                sentry_api=f"{peer.url}/api/0/projects/a/b", sentry_token="drill",
                sentry_dsn=peer.url.replace("http://", "http://key@") + "/1",
            )
        )  # fmt: skip
        for person in User.objects.filter(role__in=[Role.OWNER, Role.DISPATCHER, Role.SUPPORT]):
            Contact.objects.update_or_create(user=person, defaults={"phone": "+14105550134", "changed_at": now()})
        for statement in filter(str.strip, SIMULATED_TIME.split(";\n")):
            stage.postgres.do(statement)
        # Nobody reminded anybody on the day before the first.
        stage.postgres.do(BEGAN.format("+"))
        stage.let_go_of_connections()
        try:
            yield host
        finally:
            stage.postgres.do(BEGAN.format("-"))
            stage.postgres.do("ALTER DATABASE midway RESET search_path", "DROP SCHEMA sim CASCADE")
            stage.let_go_of_connections()


@contextmanager
def _at(stage: Stage, moment: datetime) -> Iterator[None]:
    """Inside, it is then, for Python and for the database."""
    ahead = moment - now()
    stage.postgres.do(f"UPDATE sim.clock SET ahead = '{ahead.total_seconds()} s'")
    with time_machine.travel(moment, tick=True):
        yield


def _a_day_of_work(stage: Stage, dice: random.Random) -> None:
    """The day before: requests, log lines, visits reported done, a plan sold, the office at work, and the night's
    backup made and proved."""
    User.objects.filter(role__in=[Role.OWNER, Role.DISPATCHER, Role.SUPPORT]).update(last_login=now())
    _write_logs(stage, dice)
    Visit.objects.filter(state=VisitState.SCHEDULED, during__endswith__lt=now()).update(state=VisitState.DONE)
    if dice.random() < 0.3:
        sell_a_plan(now=now())
    made = create_backup(proof.setting_of(stage))
    proof._proved(stage, made.manifest.code, now())
    rotate_backups(proof.setting_of(stage), really=True)
    os.utime(stage.around.apt_lists, (now().timestamp(),) * 2)
    with stage.redis.client() as client, client.pipeline(transaction=False) as pipe:
        for n in range(300):
            pipe.set(f":1:page:{n % 40}", "x", ex=90_000) if n < 40 else pipe.get(f":1:page:{n % 44}")
        pipe.execute()


def _write_logs(stage: Stage, dice: random.Random) -> None:
    at, lines, said = now() - timedelta(days=1), [], []
    for _ in range(int(dice.gauss(REQUESTS_A_DAY, 60))):
        at += timedelta(seconds=dice.expovariate(REQUESTS_A_DAY / 84_000))
        uri = dice.choice(PAGES).format(n=dice.randrange(1, 9999))
        status = dice.choices((200, 302, 404, 500), (94, 4, 1.8, 0.2))[0]
        seconds = round(min(dice.lognormvariate(-2.9, 0.7), 3.0), 3)
        lines.append(web._line(at, uri, status, seconds, visitor=f"203.0.113.{dice.randrange(1, 60)}"))
        said.append(logs._line(at, route=uri, ms=round(seconds * 1000)))
    for _ in range(dice.randrange(0, 12)):  # the internet's own weather
        lines.append(web._line(at, "/wp-login.php", 404, 0.002, visitor=f"198.51.100.{dice.randrange(1, 250)}"))
        lines.append(web._line(at, "/accounts/login/", 401, 0.3, visitor=f"203.0.113.{dice.randrange(1, 60)}"))
    for event in KNOWN_ERRORS:
        said += [logs._line(at, "error", event=event) for _ in range(1 + sum(dice.random() < 0.1 for _ in range(20)))]
    for name, more in (("nginx_access_log", lines), ("app_log", said)):
        with getattr(stage.around, name).open("a") as file:
            file.write("".join(f"{line}\n" for line in more))
    with stage.around.nginx_error_log.open("a") as file:
        for _ in range(1 + dice.randrange(3)):
            file.write(f"{at:%Y/%m/%d %H:%M:%S} [error] 9#9: *4 upstream timed out (110), client: 203.0.113.9\n")


def _run_the_schedule() -> None:
    for part in health.PARTS:
        beat(part, now=now())
    for entry in SCHEDULE:
        if entry.name in ELSEWHERE:
            row = ScheduledJob.objects.filter(name=entry.name).first() or ScheduledJob(name=entry.name)
            row.succeed(started_at=now(), took=timedelta(seconds=1))
            row.save()
        else:
            run_entry(entry, clock=now)
    while deliver_due(clock=now):
        pass
    with connection.cursor() as cursor:  # a worker lives here, and has done them
        cursor.execute("DELETE FROM procrastinate_jobs WHERE status = 'todo'")


def _look(stage: Stage, month: Month) -> None:
    report = run_due(stage.around, clock=now)
    if report is None:
        return
    tell_of_alarms(report.outcomes, now=now())
    month.looks += len(report.outcomes)
    for outcome in report.outcomes:
        if outcome.status.value not in {"ok", "skipped"}:
            month.not_fine[f"{outcome.procedure.id} {outcome.status}: {outcome.summary}"] += 1
        if outcome.is_raised:
            month.raised.append(f"{now():%Y-%m-%d} {outcome.procedure.id} {outcome.status}: {outcome.summary}")


def in_words(month: Month) -> str:
    """For whoever runs it."""
    digests, alarms = month.messages["upkeep_digest"], month.messages["upkeep_alarm"]
    return (
        f"{month.days} days, {len(month.procedures)} procedures, {month.looks} looks:"
        f" {len(month.raised)} false alarms; one person got {digests + alarms} mails:"
        f" {digests} digests and {alarms} alarms."
    )
