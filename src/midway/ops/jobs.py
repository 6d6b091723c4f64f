"""Housekeeping of the schedule. Each may run twice without harm."""

from contextlib import suppress
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import structlog
from django.contrib.sessions.models import Session
from procrastinate import sql
from procrastinate.contrib.django import app

from midway.booking.models import BookingRequest
from midway.runtime.clock import now

if TYPE_CHECKING:
    from midway.ops.rounds import Rounds

log = structlog.get_logger("midway.jobs")
# Longer than any client retries; the contract promises a day.
KEEP_BOOKING_REQUESTS = timedelta(days=2)
KEEP_FINISHED_JOBS = timedelta(days=7)
# A year to compare with, and a month to spare.
KEEP_SAMPLES = timedelta(days=400)
# procrastinate's workers say every ten seconds that they live.
WORKER_IS_GONE_AFTER_SECONDS = 60.0
LONGEST_NIGHT = timedelta(hours=8)
LONGEST_DIGEST = timedelta(minutes=5)


def clear_booking_requests() -> None:
    """Will forget idempotency keys nobody will send again."""
    BookingRequest.objects.filter(created_at__lt=now() - KEEP_BOOKING_REQUESTS).delete()


def clear_sessions() -> None:
    """Will remove sessions that have expired."""
    Session.objects.filter(expire_date__lt=now()).delete()


def clear_samples() -> None:
    """Will forget points of series nobody compares with any more."""
    from midway.ops.models import Sample

    Sample.objects.filter(at__lt=now() - KEEP_SAMPLES).delete()


def clear_finished_jobs() -> None:
    """Will remove jobs that succeeded a while ago; failed ones stay to be looked at."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE status = 'succeeded' AND id IN"
            " (SELECT job_id FROM procrastinate_events WHERE type = 'succeeded' AND at < %s)",
            [now() - KEEP_FINISHED_JOBS],
        )


def rescue_stalled_jobs() -> None:
    """Will give jobs whose worker was killed back to the queue."""
    # Asked on Django's own connection: the library's function for it is async, and would leave one behind each time.
    rows = app.connector.get_sync_connector().execute_query_all(
        query=sql.queries["select_stalled_jobs_by_heartbeat"],
        queue=None,
        task_name=None,
        seconds_since_heartbeat=WORKER_IS_GONE_AFTER_SECONDS,
    )
    for row in rows:
        log.warning("jobs.job.rescued", job=row["id"], task=row["task_name"])
        app.job_manager.retry_job_by_id(row["id"], retry_at=now())


def say_we_live() -> None:
    """Will tell the outside that the schedule is kept. Without an address there is nobody to tell."""
    from django.conf import settings

    from midway.ops.dead_man import ping

    if settings.UPKEEP.ping_url and not ping(settings.UPKEEP.ping_url):
        raise ConnectionError("MIDWAY_PING_URL did not answer")


@cache
def _rounds() -> "Rounds":
    from midway.ops.backup.child import environment_of_this_database
    from midway.ops.rounds import Rounds

    return Rounds(environment_of_this_database, now)


def run_due_procedures() -> None:
    """Will have a process of its own measure what is due."""
    _rounds()()


def send_daily_digest() -> None:
    """Will tell what of the daily procedures stands open."""
    _send_digest("daily")


def send_weekly_digest() -> None:
    """Will tell how the weekly procedures stand."""
    _send_digest("weekly")


def send_monthly_digest() -> None:
    """Will tell how the monthly procedures stand."""
    _send_digest("monthly")


def _send_digest(cadence: str) -> None:
    from midway.ops.backup.child import environment_of_this_database, run_midway

    # It knows every procedure, which is more than a worker needs to have loaded ever after.
    run_midway("ops", "digest", cadence, environ=environment_of_this_database(), seconds=LONGEST_DIGEST.total_seconds())


@app.task(name="ops.notify", retry=5)
def notify(title: str, text: str) -> None:
    """Will say it in the chats and on the pagers that were declared."""
    from apprise import Apprise
    from django.conf import settings

    mouth = Apprise()
    known = [mouth.add(address) for address in settings.UPKEEP.notify]
    if not all(known) or not mouth.notify(title=title, body=text):
        raise ConnectionError("Not every address of MIDWAY_NOTIFY took it: see docs/settings.md")


@app.task(name="ops.call_by_chat", retry=5)
def call_by_chat(call: str) -> None:
    """Will say in the person's chat what they are called for."""
    from midway.messaging.texts import written
    from midway.ops.incidents.calling import letter_of, say_in_chat
    from midway.ops.models import Call

    row = Call.objects.select_related("user__on_call_contact", "incident").get(code=call)
    contact = getattr(row.user, "on_call_contact", None)
    if contact is None or not contact.chat:
        return
    letter = letter_of(row)
    said = written(letter.template, row.user.language, "email", facts=letter.facts)
    say_in_chat(contact.chat, title=said.subject, text=said.body)


@app.task(name="ops.run_incident_step")
def run_incident_step(incident: str, procedure: str, mends: bool, by: str) -> None:
    """Will run a step of the manual in an incident, and keep its transcript there."""
    from midway.core.actor import Actor, ActorKind
    from midway.ops.incidents.steps import run_step
    from midway.ops.models import Incident
    from midway.ops.surroundings import of_the_product

    who = Actor(kind=ActorKind.USER, label=by)
    row = Incident.objects.get(code=incident)
    run_step(row, procedure, around=of_the_product(), mends=mends, by=who)


def try_calling() -> None:
    """Will call whoever is on call as a test, where somebody is."""
    from midway.core.actor import SYSTEM
    from midway.ops.actions.incidents.call_people import NobodyOnCall, call_as_test
    from midway.ops.models import OnCallRotation

    if not OnCallRotation.objects.exists():
        return
    with suppress(NobodyOnCall):
        call_as_test(by=SYSTEM, now=now())


def write_status_page() -> None:
    """Will write the public status page anew."""
    from midway.ops.incidents.status_page import write_status

    write_status(now=now())


@app.task(name="ops.run_procedure")
def run_procedure(procedure: str, mends: bool, by: str, typed: str = "") -> None:
    """Will run one procedure because somebody asked."""
    from midway.ops.engine import Engine
    from midway.ops.notifications import tell_what_was_found
    from midway.ops.registry import procedure_named
    from midway.ops.surroundings import of_the_product
    from midway.ops.upkeep import note_turns

    engine = Engine(of_the_product(), by=by, typed=typed)
    report = engine.run([procedure_named(procedure)], asked=procedure, mends=mends)
    if report.code:  # else the database is away, and what was found lies in the data folder
        note_turns(report.outcomes, started_at=report.started_at)
        tell_what_was_found(report.outcomes, now=report.finished_at)


def take_base_copy() -> None:
    """Will copy the whole server once a week, so that one can go back to any moment; where that is wished for."""
    from django.conf import settings

    if not settings.ENVIRONMENT.point_in_time:
        return
    from midway.ops.backup.child import environment_of_this_database, run_midway
    from midway.ops.backup.point_in_time import base_is_due
    from midway.runtime.folder import DataFolder

    if base_is_due(DataFolder(settings.ENVIRONMENT.data), at=now()):
        run_midway("backup", "base", environ=environment_of_this_database(), seconds=LONGEST_NIGHT.total_seconds())


def nightly_backup() -> None:
    """Will have a process of its own make the night's backup, prove it and rotate."""
    from midway.ops.backup.child import environment_of_this_database, run_midway

    run_midway("backup", "nightly", environ=environment_of_this_database(), seconds=LONGEST_NIGHT.total_seconds())


@app.task(name="ops.run_errand")
def run_errand(asked_at: str) -> None:
    """Will do what was asked for on a page, unless something else was asked for since."""
    from django.conf import settings

    from midway.ops.backup.child import environment_of_this_database
    from midway.ops.recovery.errand import begin_errand, last_errand
    from midway.runtime.folder import DataFolder

    folder = DataFolder(settings.ENVIRONMENT.data)
    errand = last_errand(folder)
    if errand is not None and errand.pid == 0 and errand.asked_at.isoformat() == asked_at:
        begin_errand(folder, errand, environ=environment_of_this_database()).wait()
