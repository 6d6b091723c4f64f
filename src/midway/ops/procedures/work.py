"""What runs by itself: mail, jobs, the schedule, upkeep's own pace, and the evidence."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from midway.ops.look import Look
from midway.ops.procedure import Break, Cadence, Fault, Limit, Manual, Status, procedure
from midway.ops.schedule import SCHEDULE, latest_turn
from midway.ops.stage import Stage
from midway.ops.stage.damage import damaged

SLOW_MS, QUICK_MS, USUAL_MS = 5000, 2000, 1000
_MESSAGE = (
    'INSERT INTO messaging_outboxmessage (code, key, channel, template, language, "to", subject_code, facts, state,'
    " attempts, next_try_at, created_at, last_error) VALUES (gen_random_uuid(), 'drill', 'email', 'drill', 'en',"
    " 'drill@example.com', gen_random_uuid(), '{{}}', '{state}', 0, now(), now() - interval '{age}', '')"
)


def _letter(state: str, age: str) -> Break:
    @contextmanager
    def written(stage: Stage) -> Iterator[None]:
        stage.postgres.do(_MESSAGE.format(state=state, age=age))
        yield
        stage.postgres.do("DELETE FROM messaging_outboxmessage WHERE key = 'drill'")

    return written


@procedure(
    id="work.messages",
    title="Messages leave, reminders among them",
    cadence=Cadence.DAILY,
    document_lines=(),
    depends_on=("postgres.writes",),
    limits=(
        Limit("wait", "minutes the oldest waits", "min", 15, 60, "Midway: a confirmation is looked for within minutes"),
        Limit("failed", "messages of the last four days given up", "", 0, 20, "Midway: each is a customer not told"),
    ),
    faults=(
        Fault("waiting", "a message has waited for twenty minutes", _letter("waiting", "20 minutes"), Status.WARN,
              names="waits"),
        Fault("stuck", "one has waited for two hours", _letter("waiting", "2 hours"), Status.CRIT, names="waits"),
        Fault("given-up", "one could not be delivered", _letter("failed", "1 hour"), Status.WARN, names="given up"),
    ),
    manual=Manual(
        why="Whoever gets no confirmation calls, and whoever gets no reminder is not at home.",
        read="The oldest message that waits, and how many of the last four days' were given up."
        " Giving up takes up to three days.",
        mend="The evidence has the mail server's own words. EMAIL_URL; the worker's log; then the messages go by"
        " themselves.",
    ),
)  # fmt: skip
def messages(look: Look) -> None:
    """Asks the outbox."""
    total, waiting, oldest, failed = look.ask(
        "SELECT count(*), count(*) FILTER (WHERE state = 'waiting'),"
        " coalesce(extract(epoch FROM %(now)s - min(created_at) FILTER (WHERE state = 'waiting')), 0)::float / 60,"
        " count(*) FILTER (WHERE state = 'failed' AND created_at > %(now)s - interval '4 days')"
        " FROM messaging_outboxmessage"
    )[0]
    look.count(total + 1)
    look.note(
        reasons=[list(row) for row in look.ask(
            "SELECT last_error, count(*) FROM messaging_outboxmessage WHERE last_error <> '' AND state <> 'sent'"
            " GROUP BY 1 ORDER BY 2 DESC LIMIT 5"
        )]
    )  # fmt: skip
    look.found("wait", oldest, f"{waiting} messages wait, the oldest waits for {oldest:.0f} minutes.")
    look.found("failed", failed, f"{failed} messages of the last four days were given up.")
    look.fine(f"{total} messages, {waiting} wait, none was given up.")


def _job(status: str, age: str) -> Break:
    @contextmanager
    def queued(stage: Stage) -> Iterator[None]:
        stage.postgres.do(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, args, status, scheduled_at)"
            f" VALUES ('default', 'drill', 0, NULL, '{{}}', '{status}', now() - interval '{age}')"
        )
        yield
        stage.postgres.do("DELETE FROM procrastinate_jobs WHERE task_name = 'drill'")

    return queued


@procedure(
    id="work.jobs",
    title="Jobs are done",
    cadence=Cadence.DAILY,
    document_lines=(),
    depends_on=("postgres.writes",),
    limits=(
        Limit("wait", "minutes the oldest waits", "min", 10, 60, "Mastodon and Discourse: queue latency in minutes"),
        Limit("failed", "jobs that failed", "", 0, 50, "Midway: none is expected"),
    ),
    faults=(
        Fault("stuck", "a job has waited for two hours", _job("todo", "2 hours"), Status.CRIT, names="drill"),
        Fault("failed", "one failed", _job("failed", "1 hour"), Status.WARN, names="failed"),
    ),
    manual=Manual(
        why="What a deed left to be done later is not done.",
        read="The oldest job that should have begun, and how many failed and were given up.",
        mend="midway status: does the worker run? Its log says why a job failed; mend that, then retry it.",
    ),
)
def jobs(look: Look) -> None:
    """Asks the queue."""
    rows = look.ask(
        "SELECT j.task_name, j.status::text, count(*),"
        " extract(epoch FROM %(now)s - min(coalesce(j.scheduled_at,"
        "   (SELECT min(e.at) FROM procrastinate_events e WHERE e.job_id = j.id), %(now)s)))::float / 60"
        " FROM procrastinate_jobs j WHERE j.status IN ('todo', 'failed', 'doing') GROUP BY 1, 2"
    )
    look.count(len(rows) + 1)
    look.note(queue=[list(row) for row in rows])
    for task, status, count, minutes in rows:
        if status == "todo":
            look.found("wait", minutes, f"{count} × {task} wait, the oldest for {minutes:.0f} minutes.", subject=task)
        elif status == "failed":
            look.found("failed", count, f"{count} × {task} failed and were given up.", subject=task)
    look.fine(f"{sum(row[2] for row in rows)} jobs in the queue, none stuck, none failed.")


def _turns(now: datetime, **changes: Any) -> str:
    """SQL that says every job of the schedule has just succeeded, but for the changed one."""
    rows = []
    for entry in SCHEDULE:
        facts = {"success": now, "failures": 0, **changes.get(entry.name.replace("-", "_"), {})}
        rows.append(f"('{entry.name}', '{facts['success'].isoformat()}', {facts['failures']})")
    return (
        "INSERT INTO ops_scheduledjob (name, last_success_at, failures_in_a_row, last_error, took_ms)"
        f" SELECT name, at::timestamptz, n, 'drill', 5 FROM (VALUES {', '.join(rows)}) AS v(name, at, n)"
        " ON CONFLICT (name) DO UPDATE SET last_success_at = excluded.last_success_at,"
        " failures_in_a_row = excluded.failures_in_a_row"
    )


@contextmanager
def _kept(stage: Stage) -> Iterator[None]:
    stage.postgres.do(_turns(stage.clock()))
    yield


def _job_is(**facts: Any) -> Break:
    @contextmanager
    def changed(stage: Stage) -> Iterator[None]:
        now = stage.clock()
        ago = facts.pop("ago", None)
        told = {**facts, **({"success": now - ago} if ago else {})}
        stage.postgres.do(_turns(now, top_up_plans=told))
        yield
        if ago:
            facts["ago"] = ago
        stage.postgres.do(_turns(now))

    return changed


@procedure(
    id="work.schedule",
    title="What runs by itself has run",
    cadence=Cadence.DAILY,
    document_lines=(),
    depends_on=("postgres.writes",),
    scene=_kept,
    limits=(
        Limit("late", "hours after its turn", "h", 2, 26, "Healthchecks: a day and an hour of grace"),
        Limit("failures", "failures in a row", "", 2, 10, "Discourse: two tries are forgiven"),
    ),
    faults=(
        Fault("late", "the nightly filling of plans is three days late", _job_is(ago=timedelta(days=3)), Status.CRIT,
              names="top-up-plans"),
        Fault("failing", "it failed five times in a row", _job_is(failures=5), Status.WARN, names="top-up-plans"),
    ),
    manual=Manual(
        why="A nightly job that stopped is noticed weeks later, by what it did not do.",
        read="How long after its turn each job of the schedule is, and how often in a row it failed.",
        mend="midway status; the worker's log has the error. What is due runs once as soon as the worker does.",
        not_the_obvious="A cron line or a queue's periodic task that was missed while the machine was off never runs.",
    ),
)  # fmt: skip
def schedule(look: Look) -> None:
    """Compares each job's last success with its turn."""
    rows = {
        name: (success, failures, error)
        for name, success, failures, error in look.ask(
            "SELECT name, last_success_at, failures_in_a_row, last_error FROM ops_scheduledjob"
        )
    }
    for entry in SCHEDULE:
        success, failures, error = rows.get(entry.name, (None, 0, ""))
        if success is None and not failures:
            continue  # it has had no turn yet: the worker is young, and health.inside says whether it lives
        look.count(1)
        turn = latest_turn(entry, now=look.now) if entry.at else look.now - entry.every
        last = success or turn - entry.every
        hours = max((turn - last).total_seconds() / 3600, 0.0) if last < turn else 0.0
        look.found(
            "late", hours, f"{entry.name} is {hours:.0f} h late; last {last:%Y-%m-%d %H:%M}.", subject=entry.name
        )
        says = f"{entry.name} failed {failures} times in a row: {error}"
        look.found("failures", failures, says, subject=entry.name)
    if not look.examined:
        look.cannot("No job of the schedule has run yet.", "Start the worker: midway up, or midway worker.")
    look.fine(f"{look.examined} jobs of the schedule ran in time.")


_RAN = "UPDATE ops_scheduledjob SET took_ms = {}, last_success_at = clock_timestamp() WHERE name = 'extend-calendars'"


def _took(*milliseconds: int) -> Break:
    @contextmanager
    def ran(stage: Stage) -> Iterator[None]:
        from midway.ops.models import Sample

        now = stage.clock()
        stage.postgres.do(_turns(now))
        stage.postgres.do("DELETE FROM ops_sample WHERE series = 'work.took'")
        Sample.objects.bulk_create(
            Sample(series="work.took", subject="extend-calendars", at=now - timedelta(days=9 - n), value=2000 + n)
            for n in range(8)
        )
        stage.postgres.do(_RAN.format(milliseconds[0]))
        yield
        if milliseconds[0] != 2004:
            stage.postgres.do(_RAN.format(2004))

    return ran


@procedure(
    id="work.pace",
    title="Nothing takes much longer than usual, or suspiciously shorter",
    cadence=Cadence.DAILY,
    document_lines=(),
    depends_on=("postgres.writes",),
    scene=_took(2004),
    limits=(
        Limit("slower", "times its usual time", "×", 5, 20, "Healthchecks issue 910: a job has a longest time"),
        Limit("faster", "of its usual time", "×", 0.1, None, "Healthchecks issue 236: finishing too fast is a failure",
              low_is_bad=True),
    ),
    faults=(
        Fault("fast", "a job that took two seconds takes four milliseconds", _took(4), Status.WARN,
              names="extend-calendars"),
        Fault("slow", "it takes a minute", _took(60000), Status.CRIT, names="extend-calendars"),
    ),
    manual=Manual(
        why="A job that has nothing to do any more succeeds, every night, very quickly.",
        read="The last time each job and procedure took, against its median of two weeks; each run is judged once. What"
        " took less than five seconds is not slow, and what usually takes less than two cannot be too quick. A look"
        " that found trouble is not timed, for it may have waited for it.",
        mend="See what it did: its log lines, midway ops history.",
    ),
)  # fmt: skip
def pace(look: Look) -> None:
    """Jobs and procedures alike: both have their rows in the schedule."""
    rows = look.ask(
        "SELECT name, took_ms, last_success_at::text FROM ops_scheduledjob WHERE last_success_at IS NOT NULL"
    )
    look.count(len(rows))
    seen = look.known.memory
    look.remember({name: at for name, _, at in rows})
    for name, took, at in rows:
        if seen.get(name) == at:
            continue  # it was judged when it had just run
        usual = look.usual("work.took", days=14, subject=name)
        look.keep("work.took", took, subject=name)
        if usual is None:
            continue
        says = f"{name} took {took} ms instead of {usual:.0f}."
        if took >= SLOW_MS:
            look.found("slower", took / max(usual, USUAL_MS), says, subject=name)
        if usual >= QUICK_MS:
            look.found("faster", took / usual, says, subject=name)
    look.fine(f"{len(rows)} jobs and procedures take their usual time.")


@contextmanager
def _forged(stage: Stage) -> Iterator[None]:
    last = "(SELECT max(id) - 1 FROM ops_evidence)"
    with damaged(stage, "ops_evidence", harm=f"UPDATE ops_evidence SET summary = 'all was well' WHERE id = {last}"):
        yield


@contextmanager
def _forged_mark(stage: Stage) -> Iterator[None]:
    stage.postgres.do(
        "INSERT INTO ops_evidencemark (last_id, last_hash, rows, begins_at, ends_at, archive_hash, dropped_at,"
        " previous, signature) SELECT id, hash, 1, at, at, hash, at, '', hash FROM ops_evidence ORDER BY id LIMIT 1"
    )
    yield
    stage.postgres.do("SET session_replication_role = replica", "DELETE FROM ops_evidencemark")


@contextmanager
def _some_evidence(stage: Stage) -> Iterator[None]:
    from midway.ops.engine import Engine
    from midway.ops.registry import procedure_named

    for _ in range(3):
        Engine(stage.around).run([procedure_named("postgres.writes")])
    yield


@procedure(
    id="work.evidence",
    title="The evidence is what was written",
    cadence=Cadence.WEEKLY,
    document_lines=(),
    severity=Status.CRIT,
    depends_on=("postgres.writes",),
    scene=_some_evidence,
    time_limit_seconds=120,
    faults=(
        Fault("forged", "a row was changed behind its back", _forged, Status.CRIT, names="somebody changed it"),
        Fault(
            "forged-mark", "a mark was made so that rows could go", _forged_mark, Status.CRIT, names="not made by us"
        ),
    ),
    manual=Manual(
        why="Evidence that could have been changed proves nothing to an auditor, an insurer or us.",
        read="Each row's hash is computed anew from the row and from the hash before it. Where old evidence was packed "
        "into files, the chain begins at the mark in its place, which is signed with a secret the database has not.",
        mend="Find out who could write past the trigger; the last good export shows what the row said.",
    ),
)
def chain(look: Look) -> None:
    """Recomputes the whole chain."""
    from midway.ops.evidence import check_chain

    found = check_chain()
    look.count(found.rows)
    if not found.is_whole:
        look.alarm(Status.CRIT, f"The chain of evidence is {found.says}.")
    look.fine(f"{found.rows} rows of evidence, sealed one to the next.")
