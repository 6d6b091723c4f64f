"""`midway worker`: jobs, mail and the schedule, in one process."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from midway.ops.incidents.watch import Watch
    from midway.ops.recovery.left import LeftAlone

MAIL_REST_SECONDS = 2.0
SCHEDULE_REST_SECONDS = 5.0
BEAT_SECONDS = 15.0
WATCH_REST_SECONDS = 10.0
GIVES_WAY = 5
"""Where web and worker share cores, whoever waits for a page comes before mail that may leave a second later."""


@click.command()
def worker() -> None:
    """Run jobs, deliver mail and keep the schedule until told to stop."""
    import os

    import django
    from django.conf import settings

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "midway.config.settings")
    django.setup()

    from midway.ops.backup.child import stop_children
    from midway.ops.heartbeats import beat
    from midway.runtime.clock import now
    from midway.runtime.maintenance import wait_while_closed
    from midway.runtime.process import give_way
    from midway.runtime.worker import Loop, run_worker

    wait_while_closed(settings.ENVIRONMENT.data, meanwhile=_GoesOn())
    give_way(GIVES_WAY)
    schedule = _ScheduleTurn()
    run_worker(
        [
            Loop("outbox", _MailTurn()),
            Loop("webhooks", _WebhookTurn()),
            Loop("scheduler", schedule),
            Loop("watch", _WatchTurn()),
            Loop("maintenance", _stop_when_closed),
        ],
        beat=lambda: beat("worker", now=now()),
        beat_seconds=BEAT_SECONDS,
    )
    stop_children()
    schedule.close()


class _GoesOn:
    """What a worker does while Midway is closed: see that a restore is not left alone."""

    def __init__(self) -> None:
        self._left: LeftAlone | None = None

    def __call__(self) -> None:
        from contextlib import suppress

        from midway.runtime.problem import CannotRun

        with suppress(CannotRun):  # a setting that is wrong is for a person
            self._left = self._left or self._look_from_here()
            self._left.look()

    def _look_from_here(self) -> "LeftAlone":
        from midway.ops.backup.child import environment_of_this_database
        from midway.ops.backup.setting import read_setting
        from midway.ops.recovery.left import LeftAlone
        from midway.runtime.clock import now

        environ = environment_of_this_database()
        return LeftAlone(read_setting(environ), environ=environ, clock=now)


def _stop_when_closed(stopping: threading.Event) -> float:
    """Midway is closed: finish what was begun and end; the supervisor's next worker waits until it is open."""
    import os
    import signal

    from django.conf import settings

    from midway.runtime.maintenance import REST_SECONDS, maintenance_file

    if maintenance_file(settings.ENVIRONMENT.data).exists():
        os.kill(os.getpid(), signal.SIGTERM)
    return REST_SECONDS


class _Beats:
    """Says that a loop is alive, every quarter of a minute, from the loop itself."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._last = 0.0

    def say(self) -> None:
        import time

        from midway.ops.heartbeats import beat
        from midway.runtime.clock import now

        if not self._last or time.monotonic() - self._last >= BEAT_SECONDS:
            beat(self._name, now=now())
            self._last = time.monotonic()


class _MailTurn:
    """Delivers what is due; at once again while there is more."""

    def __init__(self) -> None:
        self._beats = _Beats("outbox")

    def __call__(self, stopping: threading.Event) -> float:
        from midway.messaging.delivery import deliver_due
        from midway.runtime.clock import now

        sent = deliver_due(clock=now, limit=20)
        self._beats.say()
        return 0.0 if sent else MAIL_REST_SECONDS


class _WebhookTurn:
    """Tells endpoints what happened; at once again while there is more. Slow ones do not hold up the mail."""

    def __call__(self, stopping: threading.Event) -> float:
        from midway.messaging.webhooks import deliver_webhooks
        from midway.runtime.clock import now

        return 0.0 if deliver_webhooks(clock=now, limit=5) else MAIL_REST_SECONDS


class _WatchTurn:
    """Looks whether the database is there, and sees to it that incidents reach people."""

    def __init__(self) -> None:
        self._watch: Watch | None = None

    def __call__(self, stopping: threading.Event) -> float:
        from midway.ops.incidents.watch import Watch
        from midway.ops.surroundings import of_the_product
        from midway.runtime.clock import now

        self._watch = self._watch or Watch(of_the_product, clock=now)
        self._watch.turn()
        return WATCH_REST_SECONDS


class _ScheduleTurn:
    """Starts what is due on threads of its own: three share what is short, and what may take long has one each, so that
    a round of procedures or a backup holds up neither the rest nor the pulse."""

    def __init__(self) -> None:
        from midway.ops.schedule import SCHEDULE

        most_long = sum(entry.is_long for entry in SCHEDULE)
        self._beats = _Beats("scheduler")
        self._short = ThreadPoolExecutor(max_workers=3, thread_name_prefix="schedule")
        self._long = ThreadPoolExecutor(max_workers=most_long, thread_name_prefix="schedule-long")
        self._running: set[str] = set()

    def __call__(self, stopping: threading.Event) -> float:
        from midway.ops.scheduler import due_entries
        from midway.runtime.clock import now

        for entry in due_entries(now=now()):
            if entry.name not in self._running:
                self._running.add(entry.name)
                (self._long if entry.is_long else self._short).submit(self._run, entry.name)
        self._beats.say()
        return SCHEDULE_REST_SECONDS

    def close(self) -> None:
        """Will wait for what is running."""
        self._short.shutdown()
        self._long.shutdown()

    def _run(self, name: str) -> None:
        from django.db import connections

        from midway.ops.schedule import SCHEDULE
        from midway.ops.scheduler import run_entry
        from midway.runtime.clock import now

        try:
            run_entry(next(entry for entry in SCHEDULE if entry.name == name), clock=now)
        except Exception:
            import structlog

            structlog.get_logger("midway.scheduler").exception("scheduler.run.failed", job=name)
        finally:
            self._running.discard(name)
            connections.close_all()
