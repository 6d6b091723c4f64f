"""Is somebody on call in every minute to come, can they be reached, and did the last test call arrive?"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from midway.core.timespan import Span
from midway.ops.look import Look
from midway.ops.procedure import Break, Cadence, Fault, Limit, Manual, Status, procedure
from midway.ops.stage import Stage

AHEAD = timedelta(days=28)


@contextmanager
def on_call(stage: Stage) -> Iterator[None]:
    """The scene: two people take turns, both can be texted, and the last test call was answered."""
    stage.postgres.do(
        "INSERT INTO accounts_user (password, code, email, name, role, language, is_active, created_at) VALUES"
        " ('', gen_random_uuid(), 'drill-ana@midway.test', 'Drill Ana', 'dispatcher', 'en', true, now()),"
        " ('', gen_random_uuid(), 'drill-ben@midway.test', 'Drill Ben', 'support', 'en', true, now())",
        "INSERT INTO ops_contact (user_id, phone, chat, feed_number, changed_at) SELECT id, '+14105550'"
        " || 133 + row_number() over (), '', 1, now() FROM accounts_user WHERE name LIKE 'Drill%'",
        "INSERT INTO ops_oncallrotation (code, starts_on, begins_at, hand_over, zone, turn_days, has_holiday_turns,"
        " created_at, created_by) VALUES (gen_random_uuid(), current_date - 7, now() - interval '7 days', '09:00',"
        " 'UTC', 7, true, now(), 'drill')",
        "INSERT INTO ops_rotationplace (rotation_id, position, user_id) SELECT r.id, row_number() over (), u.id"
        " FROM ops_oncallrotation r, accounts_user u WHERE u.name LIKE 'Drill%'",
        "INSERT INTO ops_call (code, user_id, at, ways, answered_at) SELECT gen_random_uuid(), id,"
        " now() - interval '3 days', 'mail', now() - interval '3 days' FROM accounts_user WHERE name = 'Drill Ana'",
    )
    try:
        yield
    finally:
        stage.postgres.do(
            "DELETE FROM ops_call WHERE user_id IN (SELECT id FROM accounts_user WHERE name LIKE 'Drill%')",
            "DELETE FROM ops_rotationplace",
            "DELETE FROM ops_oncallrotation",
            "DELETE FROM ops_contact",
            "DELETE FROM accounts_user WHERE name LIKE 'Drill%'",
        )


def changed(do: str, undo: str) -> Break:
    """Breaks rows on entering and mends them on leaving."""

    @contextmanager
    def broken(stage: Stage) -> Iterator[None]:
        stage.postgres.do(do)
        try:
            yield
        finally:
            stage.postgres.do(undo)

    return broken


@procedure(
    id="oncall.covered",
    title="Somebody who can sign in is on call in every minute of the next four weeks",
    cadence=Cadence.DAILY,
    document_lines=(336,),
    severity=Status.CRIT,
    depends_on=("postgres.writes",),
    scene=on_call,
    faults=(
        Fault("left", "somebody of the rotation left the company",
              changed("UPDATE accounts_user SET is_active = false WHERE name = 'Drill Ben'",
                       "UPDATE accounts_user SET is_active = true WHERE name = 'Drill Ben'"),
              Status.CRIT, names="Drill Ben"),
    ),
    manual=Manual(
        why="Who has left is called first, at three in the morning, and does not answer.",
        read="Every turn of the next four weeks, with overrides and holidays, and whether its person can sign in.",
        mend="Begin another rotation on the page On call, or midway oncall rotate; until then, take the time over.",
        not_the_obvious="A link to a calendar somewhere says who meant to be there, not who is reached.",
    ),
)  # fmt: skip
def covered(look: Look) -> None:
    """Without a rotation whatever breaks goes to the owner, by decision."""
    from midway.accounts.models import User
    from midway.ops.oncall.roster import roster

    found = roster()
    if not found.rotations:
        look.skip("There is no rotation: whatever breaks goes to the owner (midway oncall rotate).")
    for turn in found.turns(during=Span(look.now, look.now + AHEAD)):
        look.count(1)
        if turn.person not in found.people:
            name = User.objects.filter(pk=turn.person).values_list("name", flat=True).first()
            says = f"{name} is on call from {turn.start:%Y-%m-%d %H:%M} UTC but has left."
            look.alarm(Status.CRIT, says, subject=str(turn.person))
    look.fine(f"{look.examined} turns until {look.now + AHEAD:%Y-%m-%d}, each somebody's who is here.")


@procedure(
    id="oncall.contacts",
    title="Whoever is on call can be reached, and no contact is a placeholder",
    cadence=Cadence.DAILY,
    document_lines=(334, 335),
    severity=Status.CRIT,
    depends_on=("postgres.writes",),
    scene=on_call,
    faults=(
        Fault("placeholder", "a number was to be filled in later",
              changed("UPDATE ops_contact SET phone = '+1-XXX-XXX-XXXX' WHERE phone LIKE '%134'",
                       "UPDATE ops_contact SET phone = '+14105550134' WHERE phone LIKE '%XXXX'"),
              Status.CRIT, names="Drill"),
        Fault("mail-only", "somebody has no number at all",
              changed("UPDATE ops_contact SET phone = '' WHERE phone LIKE '%134'",
                       "UPDATE ops_contact SET phone = '+14105550134' WHERE phone = ''"),
              Status.WARN, names="only by mail"),
    ),
    manual=Manual(
        why="The document ends with a number whose digits were never filled in. Nobody notices until it is dialled.",
        read="Every contact, and the addresses customers are given: can it be texted, or was it meant to be filled in?",
        mend="Whoever is named writes their number on the page On call.",
        not_the_obvious="A list of numbers in a document is right on the day it is written.",
    ),
)  # fmt: skip
def contacts(look: Look) -> None:
    """Those of the rotation, and what the branches tell customers."""
    from midway.crew.models import Branch
    from midway.ops.actions.contacts import is_placeholder
    from midway.ops.models import Contact
    from midway.ops.oncall.roster import roster

    found = roster()
    people = {person for rotation in found.rotations for person in rotation.people} or set(found.last_resort)
    written = {row.user_id: row for row in Contact.objects.all()}
    for person in sorted(people & set(found.people)):
        look.count(1)
        reach, contact = found.people[person], written.get(person)
        if contact and contact.phone and (is_placeholder(contact.phone) or not reach.phone):
            look.alarm(
                Status.CRIT, f"The number of {reach.name} cannot be called: {contact.phone}.", subject=reach.name
            )
        elif not reach.phone and not reach.chat:
            look.alarm(Status.WARN, f"{reach.name} can be reached only by mail.", subject=reach.name)
    for branch in Branch.objects.all():
        look.count(1)
        if is_placeholder(branch.phone) or not branch.phone.strip():
            look.alarm(
                Status.CRIT,
                f"{branch.name} tells customers the number {branch.phone or '(none)'}.",
                subject=branch.code,
            )
    look.fine(f"{look.examined} contacts, none of them a placeholder.")


@procedure(
    id="oncall.test-call",
    title="The monthly test call arrived and was answered",
    cadence=Cadence.DAILY,
    document_lines=(335,),
    depends_on=("postgres.writes",),
    scene=on_call,
    limits=(
        Limit("age", "days since a test call was answered", "days", 35, 65,
              "one a month, with a few days to answer; two missed are critical"),
    ),
    faults=(
        Fault("unanswered", "the last two test calls were not answered",
              changed("UPDATE ops_call SET at = now() - interval '70 days', answered_at = now() - interval '70 days'",
                       "UPDATE ops_call SET at = now() - interval '3 days', answered_at = now() - interval '3 days'"),
              Status.CRIT, names="70"),
    ),
    manual=Manual(
        why="A pager that was never tested is found dead on the night it is needed.",
        read="How long ago whoever was on call tapped that the test arrived.",
        mend="midway oncall test; whoever is called opens the message and taps. If nothing arrives: midway doctor says"
        " how mail, text messages and chat leave.",
    ),
)  # fmt: skip
def test_call(look: Look) -> None:
    """Counted from the last answer; a new rotation has its first month."""
    from midway.ops.models import Call, OnCallRotation

    first = OnCallRotation.objects.order_by("created_at").values_list("created_at", flat=True).first()
    if first is None:
        look.skip("There is no rotation to test.")
    answered = Call.objects.filter(incident=None).exclude(answered_at=None).order_by("-at").first()
    look.count(1)
    since = answered.at if answered else first
    days = (look.now - since).total_seconds() / 86400
    words = (
        f"A test call was answered {days:.0f} days ago."
        if answered
        else f"No test call was ever answered ({days:.0f} days)."
    )
    look.found("age", days, words)
    look.fine(words)
