"""Whatever is killed, whenever: it comes back, nothing committed is lost, and nobody is left behind."""

import contextlib
import os
import random
import signal
import time
from pathlib import Path

import psutil
import psycopg
import pytest
from tests.runtime.running import Running, midway_up

from midway.runtime.probe import web_answers
from midway.runtime.process import descendants

pytestmark = [pytest.mark.crash, pytest.mark.slow]

SEED = int(os.environ.get("MIDWAY_CRASH_SEED", "20260105"))
ROUNDS = int(os.environ.get("MIDWAY_CRASH_ROUNDS", "4"))


def promise(running: Running, number: int) -> None:
    """Commit one row; once this returns it is acknowledged."""
    with psycopg.connect(running.database_url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS promise (number int PRIMARY KEY)")
        connection.execute("INSERT INTO promise VALUES (%s)", [number])


def promises(running: Running) -> set[int]:
    with psycopg.connect(running.database_url()) as connection:
        return {row[0] for row in connection.execute("SELECT number FROM promise")}


@pytest.mark.parametrize("part", ["web", "postgres", "redis"])
def test_a_killed_part_comes_back_by_itself(shallow: Path, free_port: int, part: str) -> None:
    with midway_up(shallow / "var", free_port) as running:
        running.until("Ready in")
        promise(running, 1)
        before = running.pid(part)
        os.kill(before, signal.SIGKILL)
        running.until(f"{part} (process {before}) was ended by SIGKILL")
        running.until(f"{part} runs again")
        assert running.pid(part) != before
        assert running.state()["parts"][part]["restarts"] == 1
        assert promises(running) == {1}
        assert web_answers("127.0.0.1", free_port)


def test_a_killed_web_worker_comes_back(shallow: Path, free_port: int) -> None:
    with midway_up(shallow / "var", free_port) as running:
        running.until("Ready in")
        watcher = running.pid("web")
        (worker,) = [psutil.Process(pid) for pid in descendants(watcher)]
        worker.kill()
        psutil.wait_procs([worker], timeout=10)
        deadline = time.monotonic() + 30
        while not web_answers("127.0.0.1", free_port):
            assert time.monotonic() < deadline, running.output
            running.listen(0.1)
        assert worker.pid not in descendants(watcher)
        assert running.pid("web") == watcher


def test_everything_may_die_at_once_and_nothing_is_lost(shallow: Path, free_port: int) -> None:
    chance = random.Random(SEED)
    data = shallow / "var"
    kept: set[int] = set()
    for number in range(ROUNDS):
        with midway_up(data, free_port) as running:
            running.until("Ready in")
            assert number == 0 or promises(running) == kept, f"seed {SEED}, round {number}"
            for extra in range(chance.randint(1, 20)):
                promise(running, number * 100 + extra)
                kept.add(number * 100 + extra)
            everything = running.everything()
            victims = everything if chance.random() < 0.5 else everything[:1]  # all of it, or only the supervisor
            chance.shuffle(victims)
            for victim in victims:
                with contextlib.suppress(psutil.NoSuchProcess):  # it died with its parent
                    victim.kill()
            running.process.wait(timeout=20)
            _, alive = psutil.wait_procs(everything, timeout=20)
            assert not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE], f"seed {SEED}, round {number}"


def test_a_kill_during_the_first_start_is_recovered_from(shallow: Path, free_port: int) -> None:
    data = shallow / "var"
    for moment in ("Midway", "PostgreSQL", "Database up to date"):
        with midway_up(data, free_port) as running:
            running.until(moment)
            running.process.kill()
            running.process.wait(timeout=20)
    with midway_up(data, free_port) as running:
        running.until("Ready in")
        promise(running, 1)
        assert promises(running) == {1}
