"""Are incidents answered, learned from and followed up?"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256

from midway.ops.look import Look
from midway.ops.procedure import Cadence, Fault, Limit, Manual, Status, procedure
from midway.ops.procedures.oncall import changed, on_call
from midway.ops.stage import Stage

ROUNDS_OVER = timedelta(hours=1)
EMPTY = sha256(b"{}").hexdigest()


@contextmanager
def worked_on(stage: Stage) -> Iterator[None]:
    """The scene: one incident somebody has, one closed and learned from, with something still to do in a week."""
    with on_call(stage):
        user = "(SELECT id FROM accounts_user WHERE name = 'Drill Ana')"
        columns = (
            "(code, title, source, fingerprint, procedure, severity, impact, priority, owner_id, began_at, opened_at,"
            " acknowledged_at, verified_at, closed_at, evidence, evidence_hash)"
        )
        stage.postgres.do(
            f"INSERT INTO ops_incident {columns} VALUES"
            f" (gen_random_uuid(), 'Drill open', 'office', '', '', 'broken', 'some', 2, {user}, now(), now(), now(),"
            f" NULL, NULL, '{{}}', '{EMPTY}'),"
            f" (gen_random_uuid(), 'Drill over', 'office', '', '', 'broken', 'some', 2, {user},"
            f" now() - interval '2 days', now() - interval '2 days', now(), now(), now(), '{{}}', '{EMPTY}')",
            "INSERT INTO ops_postmortem (incident_id, summary, impact, root_cause, factors, went_well, drafted_at,"
            " finished_at, finished_by) SELECT id, 'x', 'x', 'x', '', '', now(), now(), 'Drill Ana' FROM ops_incident"
            " WHERE title = 'Drill over'",
            "INSERT INTO ops_followup (code, incident_id, kind, says, owner_id, due_on, created_at, closed_by, proof)"
            f" SELECT gen_random_uuid(), id, 'mend', 'Drill', {user}, current_date + 7, now(), '', '' FROM ops_incident"
            " WHERE title = 'Drill over'",
        )
        try:
            yield
        finally:
            stage.postgres.do("DELETE FROM ops_followup", "DELETE FROM ops_postmortem", "DELETE FROM ops_incident")


@procedure(
    id="incidents.answered",
    title="Every urgent incident is somebody's",
    cadence=Cadence.DAILY,
    document_lines=(318, 319, 320),
    severity=Status.CRIT,
    depends_on=("postgres.writes",),
    scene=worked_on,
    faults=(
        Fault("nobody", "nobody has it",
              changed("UPDATE ops_incident SET acknowledged_at = NULL, owner_id = NULL WHERE closed_at IS NULL",
                    "UPDATE ops_incident SET acknowledged_at = now() WHERE closed_at IS NULL"),
              Status.WARN, names="Drill open"),
    ),
    manual=Manual(
        why="A priority is only worth something when somebody comes.",
        read="Open incidents of the first two priorities that nobody has, and for how long.",
        mend="Open the incident and take it, or hand it to somebody; then see on the page On call why nobody came.",
    ),
)  # fmt: skip
def answered(look: Look) -> None:
    """What everybody was called about in vain is critical."""
    from midway.ops.models import Incident

    look.count(1 + Incident.objects.count())
    for one in Incident.objects.filter(closed_at=None, acknowledged_at=None, priority__lte=2).order_by("opened_at"):
        waited = look.now - one.opened_at
        status = Status.CRIT if waited > ROUNDS_OVER else Status.WARN
        minutes = waited.total_seconds() / 60
        look.alarm(status, f"{one.title}: nobody has it after {minutes:.0f} minutes.", subject=str(one.code)[:8])
    look.fine("Every open incident of the first two priorities is somebody's.")


@procedure(
    id="incidents.learned",
    title="What was urgent was learned from within five working days",
    cadence=Cadence.DAILY,
    document_lines=(329, 330),
    depends_on=("postgres.writes",),
    scene=worked_on,
    limits=(
        Limit("days", "days since it was closed", "days", 7, 14, "five working days, as is usual for post-mortems"),
    ),
    faults=(
        Fault("missing", "there is no post-mortem nine days after",
              changed("UPDATE ops_postmortem SET finished_at = NULL, drafted_at = now() - interval '9 days'",
                    "UPDATE ops_postmortem SET finished_at = now(), drafted_at = now()"),
              Status.WARN, names="Drill over"),
    ),
    manual=Manual(
        why="What is not written down within a week is not remembered as it was.",
        read="Closed incidents of the first two priorities without a finished post-mortem, and how long ago.",
        mend="Open the incident, What was learned: the draft is there, name the root cause and what follows.",
    ),
)  # fmt: skip
def learned(look: Look) -> None:
    """Only the first two priorities need one."""
    from midway.ops.models import Incident

    closed = Incident.objects.exclude(closed_at=None).filter(priority__lte=2)
    look.count(1 + closed.count())
    for one in closed.filter(post_mortem=None) | closed.filter(post_mortem__finished_at=None):
        since = one.closed_at
        assert since is not None
        drafted = getattr(one, "post_mortem", None)
        days = (look.now - (min(since, drafted.drafted_at) if drafted else since)).total_seconds() / 86400
        look.found(
            "days", days, f"{one.title}: closed {days:.0f} days ago, not learned from.", subject=str(one.code)[:8]
        )
    look.fine("Whatever was urgent was learned from.")


@procedure(
    id="incidents.followed-up",
    title="What was to prevent the next incident is done in time",
    cadence=Cadence.DAILY,
    document_lines=(331,),
    depends_on=("postgres.writes",),
    scene=worked_on,
    limits=(Limit("days", "days overdue", "days", 0, 14, "a date that passes without a word means nothing"),),
    faults=(
        Fault("overdue", "something was to be done three days ago",
              changed("UPDATE ops_followup SET due_on = current_date - 3",
                      "UPDATE ops_followup SET due_on = current_date + 7"),
              Status.WARN, names="Drill"),
    ),
    manual=Manual(
        why="A post-mortem whose actions are not done is the first half of the next incident.",
        read="Every open follow-up and by how many days it is overdue.",
        mend="Do it, or hand it over with another date; what prevents is done when its check exists.",
    ),
)  # fmt: skip
def followed_up(look: Look) -> None:
    """By the company's day."""

    from midway.ops.models import FollowUp
    from midway.ops.oncall.roster import company_zone

    today = look.now.astimezone(company_zone()).date()
    still_open = FollowUp.objects.filter(closed_at=None).select_related("owner")
    look.count(1 + still_open.count())
    for one in still_open:
        days = (today - one.due_on).days
        if days > 0:
            says = f"{one.says} ({one.owner.name}) is {days} days overdue."
            look.found("days", days, says, subject=str(one.code)[:8])
    look.fine("Nothing is overdue.")


FORGED = (
    "ALTER TABLE ops_incident DISABLE TRIGGER incident_evidence_is_frozen;"
    " UPDATE ops_incident SET evidence = '{\"log\": []}' WHERE title = 'Drill over';"
    " ALTER TABLE ops_incident ENABLE TRIGGER incident_evidence_is_frozen"
)


@contextmanager
def _forged(stage: Stage) -> Iterator[None]:
    for statement in FORGED.split(";"):
        stage.postgres.do(statement)
    try:
        yield
    finally:
        for statement in FORGED.replace('{"log": []}', "{}").split(";"):
            stage.postgres.do(statement)


@procedure(
    id="incidents.sound",
    title="What was known of each incident is as it was, and what is closed was seen mended",
    cadence=Cadence.WEEKLY,
    document_lines=(323, 324, 325, 326),
    severity=Status.CRIT,
    depends_on=("postgres.writes",),
    scene=worked_on,
    faults=(
        Fault("forged", "somebody changed the evidence past its guard", _forged, Status.CRIT, names="Drill over"),
    ),
    manual=Manual(
        why="The log and the numbers of that hour are gone after a week; what was frozen is all that is left of them.",
        read="The hash of each incident's evidence, recomputed; and whether closed ones were seen mended before.",
        mend="midway incident show CODE, and compare with the last backup: midway backup list. Ask who changed it.",
        not_the_obvious="Looking into the log when there is time finds what rotation has left of it.",
    ),
)  # fmt: skip
def sound(look: Look) -> None:
    """Recomputes every hash."""
    from midway.ops.models import Incident

    look.count(1)
    for one in Incident.objects.order_by("opened_at").iterator(chunk_size=200):
        look.count(1)
        if one.evidence_hash and sha256(one.evidence.encode()).hexdigest() != one.evidence_hash:
            look.alarm(Status.CRIT, f"{one.title}: its evidence was changed.", subject=str(one.code)[:8])
        if one.closed_at is not None and one.verified_at is None:
            look.alarm(Status.CRIT, f"{one.title}: closed, but never seen mended.", subject=str(one.code)[:8])
    look.fine(f"{look.examined - 1} incidents, each with its evidence as it was.")
