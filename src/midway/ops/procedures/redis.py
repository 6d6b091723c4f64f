"""Does Redis take writes, and has it room?"""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

from redis.exceptions import RedisError

from midway.ops.look import Look
from midway.ops.needs import REDIS
from midway.ops.procedure import Cadence, Fault, Limit, Manual, Status, procedure
from midway.ops.stage import Stage
from midway.ops.stage.redis import told

START = "midway status says whether it runs; midway up starts its own, systemctl restart redis-server another."


@contextmanager
def with_redis(stage: Stage) -> Iterator[None]:
    """The scene of everything about Redis."""
    with stage.changed(redis_url=stage.redis.url):
        yield


@contextmanager
def cannot_save(stage: Stage) -> Iterator[None]:
    """A folder stands where its file should be; PING and GET go on answering, every write is refused."""
    saved = stage.redis.folder / "dump.rdb"
    saved.unlink(missing_ok=True)
    (saved / "in-the-way").mkdir(parents=True)
    _save(stage, until="err")
    try:
        yield
    finally:
        shutil.rmtree(saved)
        _save(stage, until="ok")


def _save(stage: Stage, *, until: str) -> None:
    deadline = time.monotonic() + 10
    with stage.redis.client() as client:
        client.bgsave()
        while told(client, "persistence")["rdb_last_bgsave_status"] != until:
            if time.monotonic() > deadline:
                raise TimeoutError(f"saving did not end in {until}")
            time.sleep(0.02)


@contextmanager
def _full(stage: Stage) -> Iterator[None]:
    with stage.redis.setting(maxmemory="1", maxmemory_policy="noeviction"):
        yield


@contextmanager
def _gone(stage: Stage) -> Iterator[None]:
    stage.redis.stop()
    try:
        yield
    finally:
        stage.redis.start()


@procedure(
    id="redis.writes",
    title="Redis answers and takes a write",
    cadence=Cadence.DAILY,
    document_lines=(23, 123),
    severity=Status.CRIT,
    needs=(REDIS,),
    retries=1,
    retry_after_seconds=0.2,
    scene=with_redis,
    faults=(
        Fault("misconf", "it cannot save and refuses writes", cannot_save, Status.CRIT, names="MISCONF"),
        Fault("full", "its memory is full and nothing may be evicted", _full, Status.CRIT, names="maxmemory"),
        Fault("gone", "it is stopped", _gone, Status.CRIT, names="does not answer"),
    ),
    manual=Manual(
        why="Everything works without Redis, but slower, and rate limits count for each process alone.",
        read="A key is written with an expiry, read back and removed.",
        mend="MISCONF: free the disk or mend the folder it saves to. Out of memory: raise maxmemory or let it evict.",
        not_the_obvious="`redis-cli PING` answers while every write is refused, and redis-cli exits 0 on errors.",
    ),
)
def writes(look: Look) -> None:
    """SET with an expiry, GET, DEL."""
    word = token_hex(8)
    key = f"midway:ops:{word}"
    look.count(1)
    try:
        look.redis.set(key, word, ex=30)
        if look.redis.get(key) != word:
            look.alarm(Status.CRIT, "Redis did not give back what was written.")
        look.redis.delete(key)
    except (RedisError, OSError) as problem:
        told = str(problem)
        is_there = any(sign in told for sign in ("MISCONF", "OOM", "maxmemory", "READONLY", "NOPERM"))
        says = "Redis refuses to write" if is_there else "Redis does not answer"
        look.alarm(Status.CRIT, f"{says}: {told[:160]}", do="" if is_there else START)
    look.fine("Redis took a write and gave it back.")


@contextmanager
def _no_limit(stage: Stage) -> Iterator[None]:
    with stage.redis.setting(maxmemory="0"):
        yield


@contextmanager
def _nearly_full(stage: Stage) -> Iterator[None]:
    with stage.redis.client() as client:
        used = int(told(client, "memory")["used_memory"])
    with stage.redis.setting(maxmemory=str(int(used * 1.05))):
        yield


@procedure(
    id="redis.memory",
    title="Redis has a memory limit and room below it",
    cadence=Cadence.DAILY,
    document_lines=(35, 123),
    needs=(REDIS,),
    depends_on=("redis.writes",),
    scene=with_redis,
    limits=(
        Limit("used", "memory used of the limit", "%", 80, 90, "awesome-prometheus-alerts: Redis out of memory 90 %"),
        Limit(
            "fragmentation",
            "memory held against memory used",
            "×",
            1.5,
            3.0,
            "Redis, MEMORY DOCTOR: above 1.4 once past 100 MB",
        ),
    ),
    faults=(
        Fault("no-limit", "it has no limit", _no_limit, Status.WARN, names="no memory limit"),
        Fault("nearly-full", "it is almost full", _nearly_full, Status.CRIT, names="%"),
    ),
    manual=Manual(
        why="Without a limit Redis grows until the kernel ends something, and that may be PostgreSQL.",
        read="Used memory in percent of maxmemory. Fragmentation is only judged above 100 MB.",
        mend="Set maxmemory and maxmemory-policy allkeys-lru; everything in Midway's Redis may be lost.",
        not_the_obvious="`redis-cli info memory` prints thirty numbers and no verdict; maxmemory is 0 by default.",
    ),
)
def memory(look: Look) -> None:
    """Reads INFO memory and judges it."""
    info = look.redis_info("memory")
    used, most = int(info["used_memory"]), int(info["maxmemory"])
    look.count(1)
    look.keep("redis.used", used)
    look.note(used_memory=used, maxmemory=most, policy=info.get("maxmemory_policy", ""))
    if most == 0:
        look.alarm(Status.WARN, "Redis has no memory limit.", do="CONFIG SET maxmemory 256mb, and in redis.conf")
    else:
        percent = 100 * used / most
        look.found("used", percent, f"Redis uses {percent:.0f} % of its {most / 1e6:.0f} MB.")
    if used > 100 * 1024**2:
        ratio = float(info["mem_fragmentation_ratio"])
        look.found("fragmentation", ratio, f"Redis holds {ratio:.1f} times what it uses.")
