"""One process for all work behind the scenes: the job queue, and loops that look every few seconds for something to do.

It knows nothing of what the loops do; `midway worker` hands them over.
"""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from django.db import close_old_connections, connections
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import DjangoApp, app
from procrastinate.contrib.django.utils import connector_params

log = structlog.get_logger("midway.worker")

# Jobs wait for the database most of the time; each thread costs memory.
JOBS_AT_ONCE = 2
PATIENCE_SECONDS = 15.0
LONGEST_REST = 30.0


@dataclass(frozen=True)
class Loop:
    """Something to look after again and again. `turn` says how many seconds to wait before the next look."""

    name: str
    turn: Callable[[threading.Event], float]


class LoopThread(threading.Thread):
    """Runs one loop until told to stop. A failed turn is logged and tried again, later each time."""

    def __init__(self, loop: Loop, stopping: threading.Event) -> None:
        super().__init__(name=loop.name, daemon=True)
        self._loop, self._stopping = loop, stopping

    def run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                rest = self._loop.turn(self._stopping)
                failures = 0
            except Exception as problem:  # the database may be away for a while; the loop must outlive it
                failures += 1
                rest = min(2.0**failures, LONGEST_REST)
                self._say(problem, failures)
            close_old_connections()
            self._stopping.wait(rest)
        connections.close_all()

    def _say(self, problem: Exception, failures: int) -> None:
        if failures == 1:
            log.exception("worker.loop.failed", loop=self._loop.name)
        else:
            log.warning("worker.loop.failed", loop=self._loop.name, error=type(problem).__name__, times=failures)


def run_worker(loops: Sequence[Loop], *, beat: Callable[[], None], beat_seconds: float = 15.0) -> None:
    """Will work until SIGTERM or SIGINT, then finish what was begun.

    `beat` is called from the loop that runs the jobs, so it stops when that does.
    """
    stopping = threading.Event()
    threads = [LoopThread(loop, stopping) for loop in loops]
    for thread in threads:
        thread.start()
    log.info("worker.started", loops=[loop.name for loop in loops])
    try:
        asyncio.run(_run_jobs(stopping, beat, beat_seconds))
    finally:
        stopping.set()
        for thread in threads:
            thread.join(timeout=PATIENCE_SECONDS)
        log.info("worker.stopped")


async def _run_jobs(stopping: threading.Event, beat: Callable[[], None], beat_seconds: float) -> None:
    running = asyncio.get_running_loop()
    stop = asyncio.Event()

    def asked_to_stop() -> None:
        stopping.set()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        running.add_signal_handler(number, asked_to_stop)
    beating = asyncio.create_task(_beat_until(stop, beat, beat_seconds))
    failures = 0
    while not stop.is_set():
        queue = asyncio.create_task(_work_off_queue(), name="queue")
        waiting = asyncio.create_task(stop.wait())
        await asyncio.wait({queue, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        failures = await _end(queue, failures)
        if not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), min(2.0**failures, LONGEST_REST))
    await beating


async def _end(queue: "asyncio.Task[None]", failures: int) -> int:
    """Will stop the queue's worker if it still runs, and count how often it ended by itself."""
    ended_by_itself = queue.done()
    queue.cancel()
    try:
        await queue
    except asyncio.CancelledError:
        return 0
    except Exception:
        log.exception("worker.queue.failed")
    return failures + 1 if ended_by_itself else 0


async def _work_off_queue() -> None:
    """Will run jobs on connections of its own.

    The product's `app` stays as it is: a job that queues another does so on Django's connection, in its own
    transaction, also in this process. (`replace_connector` would send it past the transaction.)
    """
    connector = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=JOBS_AT_ONCE + 2)
    working = DjangoApp(connector=connector)
    working.tasks = app.tasks
    async with working.open_async():
        await working.run_worker_async(
            name="midway",
            concurrency=JOBS_AT_ONCE,
            install_signal_handlers=False,
            shutdown_graceful_timeout=PATIENCE_SECONDS,
            listen_notify=True,
        )


async def _beat_until(stop: asyncio.Event, beat: Callable[[], None], seconds: float) -> None:
    while not stop.is_set():
        try:
            await asyncio.to_thread(_beat_once, beat)
        except Exception as problem:
            log.warning("worker.beat.failed", error=type(problem).__name__)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)


def _beat_once(beat: Callable[[], None]) -> None:
    close_old_connections()
    try:
        beat()
    finally:
        connections.close_all()
