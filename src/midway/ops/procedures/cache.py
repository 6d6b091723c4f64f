"""The cache: how often it helps, what is in it, saving it, and emptying the part that is ours."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import Any

from midway.config.cache import ASKED
from midway.ops.look import Look
from midway.ops.needs import REDIS
from midway.ops.procedure import Break, Cadence, Fault, Kind, Limit, Manual, Status, procedure
from midway.ops.procedures.redis import with_redis
from midway.ops.stage import Stage
from midway.ops.stage.redis import told

MOST_KEYS = 10_000
# What may stand in Redis, by prefix, and whether it must have an end. Django's keys are `:version:name`.
CLASSES = {
    ":1:": "the cache's values",
    "LIMITS": "rate limits",
    "LIMITER": "rate limits",
    "midway:": "probes and locks",
    "midway-limits:": "rate limits",
}


@contextmanager
def _used_cache(stage: Stage) -> Iterator[None]:
    """The scene: a cache that is asked often and mostly has the answer."""
    from midway.ops.models import Sample

    with with_redis(stage), stage.redis.client() as client:
        client.flushall()
        for n in range(50):
            client.set(f":1:page:{n}", "x", ex=3600)
        _ask(stage, hits=1000, misses=50)
        now = stage.clock()
        Sample.objects.bulk_create(
            Sample(series="cache.hits", subject=subject, at=now - timedelta(days=7 * n), value=95)
            for n in range(1, 5)
            for subject in ("", "roads")
        )
        _between_looks(stage)
        yield
        Sample.objects.filter(series="cache.hits").delete()


def _between_looks(stage: Stage) -> None:
    """The look compares with the one before, so there must have been one, and traffic since."""
    from midway.ops.engine import Engine
    from midway.ops.registry import procedure_named

    Engine(stage.around, by="drill").run([procedure_named("cache.hits")])
    _ask(stage, hits=1900, misses=100)


def _ask(stage: Stage, *, hits: int, misses: int, part: str = "roads") -> None:
    with stage.redis.client() as client, client.pipeline(transaction=False) as pipe:
        for n in range(hits):
            pipe.get(f":1:page:{n % 50}")
        for n in range(misses):
            pipe.get(f":1:nothing:{n}")
        pipe.hincrby(ASKED, f"{part}:hit", hits)
        pipe.hincrby(ASKED, f"{part}:miss", misses)
        pipe.expire(ASKED, 3600)
        pipe.execute()


@contextmanager
def _misses(stage: Stage) -> Iterator[None]:
    _ask(stage, hits=500, misses=2500)
    yield
    _ask(stage, hits=9500, misses=500)


@contextmanager
def _one_part_misses(stage: Stage) -> Iterator[None]:
    """Hidden by the others, which find what they ask for."""
    _ask(stage, hits=20_000, misses=200, part="import")
    _ask(stage, hits=300, misses=1500)
    yield
    _ask(stage, hits=19_500, misses=500)


@procedure(
    id="cache.hits",
    title="The cache mostly has the answer",
    cadence=Cadence.WEEKLY,
    document_lines=(45,),
    kind=Kind.REPORT,
    needs=(REDIS,),
    depends_on=("redis.writes",),
    scene=_used_cache,
    limits=(
        Limit("hits", "of the questions had their answer in the cache", "%", 80, None,
              "Netdata 70 and 60 %; only judged when it fell by ten points", low_is_bad=True, least_sample=1000),
    ),
    faults=(Fault("misses", "most questions are for what is not there", _misses, Status.WARN, names="answer"),
            Fault("part", "one part misses, and the others hide it", _one_part_misses, Status.WARN, names="roads")),
    manual=Manual(
        why="A cache that misses costs twice.",
        read="Hits since the last look, in percent, of Redis as a whole and by the first word of Midway's keys, each if"
        " there were a thousand questions. It pages nobody.",
        mend="cache.keys says what is in it. A changed key, a shorter life, or too little memory makes it miss.",
        not_the_obvious="keyspace_hits counts since the start: it hides a bad week behind a good year, and is 0/0 after"
        " a restart.",
    ),
)  # fmt: skip
def hits(look: Look) -> None:
    """Differences of INFO stats, against the median of four weeks."""
    stats = look.redis_info("stats")
    now: dict[str, Any] = {name: int(stats[name]) for name in ("keyspace_hits", "keyspace_misses", "evicted_keys")}
    now["asked"] = {name: int(count) for name, count in dict(look.redis.hgetall(ASKED)).items()}  # type: ignore[arg-type] # a client that waits
    before = look.known.memory
    look.remember(now)
    if not before or now["keyspace_hits"] < before["keyspace_hits"]:
        look.skip("First count kept; the next look compares with it.")
    found, missed, evicted = (now[name] - before[name] for name in ("keyspace_hits", "keyspace_misses", "evicted_keys"))
    if found + missed < look.limit("hits").least_sample:
        look.skip(f"{found + missed} questions since the last look are too few to judge.")
    look.count(found + missed)
    says = _judge_share(look, found, missed)
    since = Counter(now["asked"])
    since.subtract(before.get("asked", {}))
    for part in sorted({name.partition(":")[0] for name in since}):
        hit, miss = since[f"{part}:hit"], since[f"{part}:miss"]
        if min(hit, miss) >= 0 and hit + miss >= look.limit("hits").least_sample:
            _judge_share(look, hit, miss, part)
    look.note(evicted=evicted, asked={name: count for name, count in since.items() if count})
    look.fine(says)


def _judge_share(look: Look, found: int, missed: int, part: str = "") -> str:
    """Only judged when it fell."""
    percent = 100 * found / (found + missed)
    usual = look.usual("cache.hits", days=29, subject=part)
    look.keep("cache.hits", percent, subject=part)
    says = (
        f"{percent:.0f} % of {found + missed} questions{f' for {part}' if part else ''} had their answer in the cache"
        f" (usual {usual if usual is not None else percent:.0f} %)."
    )
    if usual is None or percent < usual - 10:
        look.found("hits", percent, says, subject=part)
    return says


@contextmanager
def _keys_in_order(stage: Stage) -> Iterator[None]:
    with with_redis(stage), stage.redis.client() as client:
        client.flushall()
        for n in range(20):
            client.set(f":1:page:{n}", "x", ex=3600)
        yield


def _has_key(name: str, **facts: Any) -> Break:
    @contextmanager
    def set_there(stage: Stage) -> Iterator[None]:
        with stage.redis.client() as client:
            client.set(name, "x", **facts)
            yield
            client.delete(name)

    return set_there


@contextmanager
def _evicting(stage: Stage) -> Iterator[None]:
    with stage.redis.client() as client:
        used = int(told(client, "memory")["used_memory"])
        with stage.redis.setting(maxmemory=str(used + 300_000)):
            for n in range(2000):
                client.set(f":1:large:{n}", "x" * 1000, ex=3600)
            yield
        client.flushall()
        client.set(":1:page:0", "x", ex=3600)


@procedure(
    id="cache.keys",
    title="What is in Redis is ours, and ends",
    cadence=Cadence.MONTHLY,
    document_lines=(67, 128, 162),
    needs=(REDIS,),
    depends_on=("redis.writes",),
    scene=_keys_in_order,
    time_limit_seconds=60,
    limits=(Limit("evicted", "values pushed out since the last look", "", 1000, None, "awesome-prometheus-alerts"),),
    faults=(
        Fault("endless", "a value of the cache has no end", _has_key(":1:forever"), Status.WARN, names=":1:"),
        Fault("stranger", "a key of nobody's", _has_key("someone-elses", ex=600), Status.WARN, names="someone-elses"),
        Fault("evicting", "its memory is too small", _evicting, Status.WARN, names="pushed out"),
    ),
    manual=Manual(
        why="What has no end fills the memory; what is not ours is somebody else's trouble in our house.",
        read="Up to ten thousand keys by prefix, those without an end, and how many were pushed out.",
        mend="Mend whoever writes it: every value of the cache is set with an end. More memory if much is pushed out.",
        not_the_obvious="`redis-cli --scan | xargs redis-cli expire 3600` sets nothing and exits 0. Mended, it gives"
        " every lock, throttle and session an hour. Redis forgets expired keys by itself.",
    ),
)
def keys(look: Look) -> None:
    """A sample by SCAN, which stops nobody."""
    by_class: Counter[str] = Counter()
    endless: Counter[str] = Counter()
    strangers: list[str] = []
    sample = list(islice(look.redis.scan_iter(count=500), MOST_KEYS))
    with look.redis.pipeline(transaction=False) as pipe:  # all at once: ten thousand questions would take seconds
        for key in sample:
            pipe.ttl(key)
        left = pipe.execute()
    for key, seconds in zip(sample, left, strict=True):
        prefix = next((one for one in CLASSES if key.startswith(one)), "")
        by_class[prefix or "strange"] += 1
        if not prefix:
            strangers.append(key[:80])
        elif seconds == -1:
            endless[prefix] += 1
    look.count(sum(by_class.values()) + 1)
    look.note(by_prefix=dict(by_class), without_end=dict(endless), strange=strangers)
    for prefix, count in endless.items():
        look.alarm(
            Status.WARN, f"Keys that begin with {prefix} ({CLASSES[prefix]}) have no end: {count}.", subject=prefix
        )
    if strangers:
        look.alarm(Status.WARN, f"Keys that are not Midway's: {len(strangers)}, {', '.join(strangers[:3])}.")
    evicted = int(look.redis_info("stats")["evicted_keys"])
    before = int(look.known.memory.get("evicted", evicted))
    look.remember({"evicted": evicted})
    look.found("evicted", max(evicted - before, 0), f"{evicted - before} values were pushed out since the last look.")
    look.fine(f"{sum(by_class.values())} keys, all ours, all with an end.")


@contextmanager
def _unsaved(stage: Stage) -> Iterator[None]:
    with stage.redis.client() as client:
        client.set(":1:changed", "x", ex=600)
    yield


@contextmanager
def _saved(stage: Stage) -> Iterator[None]:
    with with_redis(stage), stage.redis.client() as client:
        client.bgsave()
        deadline = time.monotonic() + 10
        while told(client, "persistence")["rdb_bgsave_in_progress"] and time.monotonic() < deadline:
            time.sleep(0.01)
        yield


@procedure(
    id="cache.save",
    title="Save Redis to its disk, beside its work",
    cadence=Cadence.DEMAND,
    document_lines=(133,),
    kind=Kind.REPAIR,
    needs=(REDIS,),
    scene=_saved,
    time_limit_seconds=600,
    faults=(Fault("unsaved", "something changed since it was saved", _unsaved, Status.WARN, names="save"),),
    manual=Manual(
        why="Midway keeps only what may be lost in Redis; whoever shares it may want it saved before a restart.",
        read="A step appears when something changed and Redis has points at which it saves.",
        mend="midway ops run cache.save --yes waits until it is written, and says so only then.",
        not_the_obvious="SAVE stops every client while it writes (a second for 1.5 million keys). A file on this disk"
        " is no backup.",
    ),
)
def save(look: Look) -> None:
    """BGSAVE, and waits for its own word that it worked."""
    persistence = look.redis_info("persistence")
    look.count(1)
    if not look.redis_setting("save"):
        look.skip("This Redis keeps nothing on disk, by decision: all of it may be lost.")
    changes = int(persistence["rdb_changes_since_last_save"])
    look.note(changes=changes, last=persistence["rdb_last_save_time"])
    if changes:
        look.step(f"save {changes} changes in the background", lambda: _saved_now(look))
    look.fine("Everything in Redis is on its disk.")


def _saved_now(look: Look) -> str:
    look.redis.bgsave()
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        said = look.redis_info("persistence")
        if not said["rdb_bgsave_in_progress"]:
            if said["rdb_last_bgsave_status"] != "ok":
                look.refuse("Redis could not save", do="Look at its log and its disk.")
            return f"last save {said['rdb_last_bgsave_status']}"
        time.sleep(0.05)
    look.refuse("it still saves after five minutes")
    return "not finished"


@contextmanager
def _stale_values(stage: Stage) -> Iterator[None]:
    with stage.redis.client() as client:
        for n in range(30):
            client.set(f":0:old:{n}", "x", ex=3600)
        yield


@procedure(
    id="cache.forget",
    title="Forget what the cache holds of versions before",
    cadence=Cadence.DEMAND,
    document_lines=(67, 157, 292, 293),
    kind=Kind.REPAIR,
    needs=(REDIS,),
    depends_on=("redis.writes",),
    scene=_keys_in_order,
    time_limit_seconds=300,
    faults=(Fault("old", "values of an older version lie about", _stale_values, Status.WARN, names="forget"),),
    manual=Manual(
        why="After a change of what is kept, old values must not come back.",
        read="Keys of the cache with another version than the present one. Everything else is left alone.",
        mend="midway ops run cache.forget --yes. It fills again by itself as pages are asked for.",
        not_the_obvious="FLUSHALL forgets every database: sessions, queues, locks, rate limits; and saves an empty file"
        " over the last one. There is no command that rebuilds: asking rebuilds.",
    ),
)
def forget(look: Look) -> None:
    """By prefix, with UNLINK, which frees the memory beside the work."""
    from django.conf import settings

    version = settings.CACHES["default"].get("VERSION", 1)
    old: list[str] = []
    for key in look.redis.scan_iter(match=":*:*", count=500):
        number = key.split(":", 2)[1]
        look.count(1)
        if number.isdecimal() and int(number) != version:
            old.append(key)
    look.count(1)
    if old:
        look.step(f"forget {len(old)} values of other versions than {version}", lambda: _unlinked(look, old))
    look.fine("The cache holds only values of the present version.")


def _unlinked(look: Look, old: list[str]) -> str:
    gone = 0
    for at in range(0, len(old), 500):
        gone += int(look.redis.unlink(*old[at : at + 500]))  # type: ignore[arg-type] # a client that waits
    return f"{gone} forgotten"
