"""Children end with the process that started them, and not with one of its threads."""

import os
import signal
import subprocess
import sys
import threading

import psutil
import pytest
from tests.product import SOURCE

from midway.runtime import process

WAITS = ["sleep", "600"]
ENVIRONMENT = {"PATH": "/usr/bin:/bin"}


def started_in_a_thread(command: list[str]) -> "subprocess.Popen[bytes]":
    begun: list[subprocess.Popen[bytes]] = []
    thread = threading.Thread(target=lambda: begun.append(process.start(command, env=ENVIRONMENT, output=None)))
    thread.start()
    thread.join()
    return begun[0]


def test_a_child_outlives_the_thread_that_asked_for_it() -> None:
    child = started_in_a_thread(WAITS)
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(timeout=0.5)
    finally:
        process.stop(child)
    assert child.returncode == -signal.SIGKILL


def test_whoever_asks_from_a_thread_is_told_what_went_wrong() -> None:
    told: list[BaseException] = []

    def ask() -> None:
        try:
            process.start(["/no/such/program"], env=ENVIRONMENT, output=None)
        except OSError as problem:
            told.append(problem)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert isinstance(told[0], FileNotFoundError)


PARENT = """
import threading, time
from midway.runtime import process

def ask():
    print(process.start(["sleep", "600"], env={"PATH": "/usr/bin:/bin"}, output=None).pid, flush=True)

asks = threading.Thread(target=ask)
asks.start()
asks.join()
threading.Event().wait()
"""


def test_a_child_of_a_thread_dies_with_the_process() -> None:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    with subprocess.Popen([sys.executable, "-c", PARENT], env=environment, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    psutil.wait_procs([child], timeout=10)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
