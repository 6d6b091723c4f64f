"""The supervisor keeps its children running, says so, and leaves none behind."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from tests.runtime.running import Running, outside


@contextmanager
def standing_in(scenario: str) -> Iterator[Running]:
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("standin.py")), scenario],
        env=outside(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        running = Running(process, Path(), 0)
        running.until("watching")
        yield running
        if process.poll() is None:
            process.kill()


def child(running: Running, name: str) -> psutil.Process:
    found = re.search(rf"^{name}=(\d+)$", running.output, re.MULTILINE)
    assert found
    return psutil.Process(int(found[1]))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stop_ends_the_last_started_first(how: signal.Signals) -> None:
    with standing_in("two") as running:
        children = [child(running, "first"), child(running, "second")]
        running.process.send_signal(how)
        assert running.ended() == 0
        assert (
            running.output.index("second stopped")
            < running.output.index("first stopped")
            < running.output.index("gone")
        )
        assert not any(one.is_running() for one in children)


def test_a_killed_child_is_started_again_and_it_is_said() -> None:
    with standing_in("two") as running:
        child(running, "first").kill()
        running.until("first (process")
        running.until("was ended by SIGKILL; starting it again in 0.2 s")
        running.until("first runs again")
        running.process.terminate()
        assert running.ended() == 0


def test_one_that_keeps_ending_is_tried_less_and_less_often() -> None:
    with standing_in("failing") as running:
        for delay in ("0.2", "0.4", "0.8"):
            running.until(f"ended by itself with exit code 1; starting it again in {delay} s")
        assert child(running, "first").is_running()
        running.process.terminate()
        assert running.ended() == 0


def test_one_that_refuses_to_start_again_says_why() -> None:
    with standing_in("refusing") as running:
        running.until("first has no room: make some; starting it again in 0.4 s")
        running.process.terminate()
        assert running.ended() == 0


def test_a_child_that_does_not_listen_is_killed() -> None:
    with standing_in("deaf") as running:
        deaf = child(running, "first")
        running.process.terminate()
        assert running.ended() == 0
        assert not deaf.is_running()


def test_no_child_outlives_a_killed_supervisor() -> None:
    with standing_in("two") as running:
        children = [child(running, "first"), child(running, "second")]
        os.kill(running.process.pid, signal.SIGKILL)
        gone, alive = psutil.wait_procs(children, timeout=10)
        assert not alive
        assert len(gone) == 2
