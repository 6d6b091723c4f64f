"""Does Midway serve and can it work, asked from inside and through Nginx?"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from midway.ops.http import fetch
from midway.ops.look import Look
from midway.ops.needs import setting
from midway.ops.procedure import Cadence, Fault, Limit, Manual, Status, procedure
from midway.ops.procedures.redis import cannot_save
from midway.ops.stage import Stage

ANSWER = Limit("answer", "seconds to answer", "s", 1.0, 3.0, "Prometheus blackbox rules: slower than 1 s")
PARTS = ("worker", "outbox", "scheduler")


@contextmanager
def everybody_lives(stage: Stage) -> Iterator[None]:
    """The scene: Midway serves on the stage, with Redis, and its parts have just said that they live."""
    from django.conf import settings

    from midway.ops.heartbeats import beat
    from midway.runtime.clock import now

    before = settings.REDIS_URL
    settings.REDIS_URL = stage.redis.url
    for part in PARTS:
        beat(part, now=now())
    try:
        with stage.changed(inside_url=stage.midway.url, nginx_url=stage.nginx.url):
            yield
    finally:
        settings.REDIS_URL = before


@contextmanager
def _only_reads(stage: Stage) -> Iterator[None]:
    stage.postgres.do("ALTER DATABASE midway SET default_transaction_read_only = on")
    stage.let_go_of_connections()
    try:
        yield
    finally:
        stage.postgres.do("ALTER DATABASE midway RESET default_transaction_read_only", dbname="postgres")
        stage.let_go_of_connections()


@contextmanager
def _worker_silent(stage: Stage) -> Iterator[None]:
    from midway.ops.heartbeats import beat
    from midway.runtime.clock import now

    stage.postgres.do("UPDATE ops_heartbeat SET at = at - interval '3 minutes' WHERE name = 'worker'")
    yield
    beat("worker", now=now())


@contextmanager
def _nobody_there(stage: Stage) -> Iterator[None]:
    with stage.changed(**{**stage.changes, "inside_url": "http://127.0.0.1:9"}):
        yield


SAID_BY = {"database": "postgres.writes", "cache": "redis.writes"}
"""Which procedure is closer to what /readyz names."""


def _judge(look: Look, base: str, where: str, *, said_by: str = "") -> None:
    healthy = fetch(f"{base}/healthz")
    look.count(1)
    if healthy.status != 200:
        told = healthy.problem or f"status {healthy.status}"
        look.alarm(Status.CRIT, f"/healthz does not answer {where}: {told}", do="Start Midway; see log/web.log.")
        return
    ready = fetch(f"{base}/readyz")
    checks = (ready.json() or {}).get("checks", {})
    look.count(len(checks))
    look.note(checks=checks, seconds=ready.seconds)
    if not checks:
        look.alarm(Status.CRIT, f"/readyz says nothing {where}: {ready.problem or f'status {ready.status}'}")
    for name, word in checks.items():
        if word != "ok" and not word.startswith("skipped"):
            cause = said_by or SAID_BY.get(name, "")
            look.alarm(Status.CRIT, f"Not ready {where}: {name} {word}.", subject=name, because=cause)
    if look.findings:  # what is not there takes long to say so
        return
    look.found("answer", ready.seconds, f"Ready {where}, answered in {ready.seconds * 1000:.0f} ms.")


@procedure(
    id="health.inside",
    after=("postgres.writes", "redis.writes"),
    title="Midway answers and is ready, asked on this machine",
    cadence=Cadence.DAILY,
    document_lines=(23,),
    severity=Status.CRIT,
    retries=1,
    retry_after_seconds=0.3,
    limits=(ANSWER,),
    scene=everybody_lives,
    faults=(
        Fault("only-reads", "the database refuses to write", _only_reads, Status.CRIT, names="database"),
        Fault("redis-misconf", "Redis refuses to write", cannot_save, Status.CRIT, names="cache"),
        Fault("worker-silent", "the worker has said nothing for three minutes", _worker_silent, Status.CRIT, "worker"),
        Fault("nobody", "nobody listens at the address", _nobody_there, Status.CRIT, names="/healthz"),
    ),
    manual=Manual(
        why="It is the first question: can customers book now?",
        read="/healthz says that the process serves; /readyz writes to the database and to Redis and asks the parts.",
        mend="midway status says which part is not there. What /readyz names is what to mend.",
        not_the_obvious="An address that only proves the process runs is green while every booking fails.",
    ),
)
def inside(look: Look) -> None:
    """Asks both addresses at the web server itself."""
    if not look.around.inside_url:
        look.cannot("Midway's own address is not known.", "Start it with midway up, or set MIDWAY_PUBLIC_URL.")
    _judge(look, look.around.inside_url, "from inside")


@contextmanager
def _nginx_stopped(stage: Stage) -> Iterator[None]:
    stage.nginx.stop()
    try:
        yield
    finally:
        stage.nginx.start()


@contextmanager
def _nothing_behind(stage: Stage) -> Iterator[None]:
    before = stage.nginx.behind
    stage.nginx.behind = "http://127.0.0.1:9"
    with ExitStack() as stack:
        stack.enter_context(stage.nginx.configured(stage.nginx.plain_server()))
        stage.nginx.behind = before
        yield


@procedure(
    id="health.through-nginx",
    after=("health.inside",),
    title="Midway answers through Nginx",
    cadence=Cadence.DAILY,
    document_lines=(23,),
    severity=Status.CRIT,
    retries=1,
    retry_after_seconds=0.3,
    needs=(setting("nginx_url", "MIDWAY_NGINX_URL", "there is no Nginx to ask through"),),
    limits=(ANSWER,),
    scene=everybody_lives,
    faults=(
        Fault("stopped", "Nginx is stopped", _nginx_stopped, Status.CRIT, names="does not answer"),
        Fault("nothing-behind", "Nginx passes on to nobody", _nothing_behind, Status.CRIT, names="502"),
    ),
    manual=Manual(
        why="Midway may be well and nobody can reach it.",
        read="The same two addresses as from inside, asked at Nginx.",
        mend="nginx -t, then systemctl status nginx. 502 means that Nginx lives and Midway does not answer it.",
    ),
)
def through_nginx(look: Look) -> None:
    """Asks both addresses at Nginx."""
    _judge(look, look.around.nginx_url, "through Nginx", said_by="health.inside")
