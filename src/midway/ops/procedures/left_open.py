"""What is left open without an error: visits nobody said were done, credit that did not pay, reminders not written."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from midway.booking.actions.remind_customers import remind_customers
from midway.booking.reminder_queries import left_out
from midway.booking.settling import settling
from midway.ops.counted import counted
from midway.ops.look import Look
from midway.ops.procedure import Cadence, Fault, Limit, Manual, Status, procedure
from midway.ops.procedures.business import with_company
from midway.ops.scheduler import began_at
from midway.ops.stage import Stage
from midway.ops.stage.damage import damaged

WEDNESDAY = 2


@contextmanager
def _not_reported(stage: Stage) -> Iterator[None]:
    harm = "UPDATE booking_visit SET state = 'scheduled' WHERE state = 'done'"
    with damaged(stage, "booking_visit", harm=harm):
        yield


@contextmanager
def _credit_did_not_pay(stage: Stage) -> Iterator[None]:
    """A customer had more with us than a visit cost, long before it, and none of it was taken."""
    harm = (
        "WITH given AS (INSERT INTO booking_credit (code, branch_id, kind, customer_id, currency, created_at)"
        " SELECT 'DRILL-CREDIT', v.branch_id, 'goodwill', v.customer_id, v.currency, now() - interval '300 days'"
        " FROM booking_visit v WHERE v.state = 'done' AND v.price_cents > 0 AND upper(v.during) BETWEEN"
        " now() - interval '50 days' AND now() - interval '2 days' LIMIT 1 RETURNING id)"
        " INSERT INTO booking_creditentry (code, credit_id, number, amount_cents, balance_cents, reason, at, by_label)"
        " SELECT gen_random_uuid(), id, 1, 99900, 99900, 'drill', now() - interval '300 days', 'drill' FROM given"
    )
    with damaged(stage, "booking_creditentry", "booking_credit", harm=harm):
        yield


@procedure(
    id="business.visits-are-settled",
    title="What took place was reported done, and credit has paid for it",
    cadence=Cadence.DAILY,
    document_lines=(),
    depends_on=("postgres.writes",),
    scene=with_company,
    limits=(
        Limit("unreported", "of a week's visits nobody reported done", "%", 20, None,
              "Midway: a phone left at home is one cleaner's day, not a week", least_sample=10),
        Limit("unpaid", "visits that credit should have paid", "", 0, 20, "Midway: none; it pays every 15 minutes"),
    ),
    faults=(
        Fault("unreported", "nobody reports visits any more", _not_reported, Status.WARN, names="reported done"),
        Fault("unpaid", "credit did not pay for a visit", _credit_did_not_pay, Status.WARN, names="credit"),
    ),
    manual=Manual(
        why="A visit nobody reported counts as done after a day, and is charged. If it never took place, the customer"
        " is the first to say so; if it took longer, nobody charges for it.",
        read="Visits of the last week that have been over for a day, and how many of them somebody reported; and visits"
        " of two months whose customer had credit that has not paid for them.",
        mend="Ask the cleaners whether the page of their day works for them; set what was done on the visit's page."
        " Credit: midway ops run work.schedule says whether settle-credits runs.",
        not_the_obvious="Midway writes no invoices: what is owed is reckoned from visits, so an open visit is an"
        " unwritten bill.",
    ),
)  # fmt: skip
def settled(look: Look) -> None:
    """By the same rules as the customer's page reckons what is owed."""
    found = settling(now=look.now)
    if not found.over:
        look.skip("No visit was over within the last week.")
    look.count(found.over)
    look.note(visits=found.over, unreported=found.unreported, unpaid=found.unpaid)
    if found.over >= look.limit("unreported").least_sample:
        share = 100 * found.unreported / found.over
        says = f"{found.unreported} of {found.over} visits of the last week were never reported done."
        look.found("unreported", share, says)
    unpaid = counted(len(found.unpaid), "visit")
    look.found("unpaid", len(found.unpaid), f"Not paid though the customer has credit: {unpaid}{_first(found.unpaid)}.")
    look.fine(f"{found.over} visits of the last week are over, {found.unreported} of them not reported; no credit is"
              " left unused.")  # fmt: skip


@contextmanager
def _reminded(stage: Stage) -> Iterator[None]:
    """The scene: a Wednesday evening to come, on which everybody was reminded."""
    with with_company(stage):
        evening = stage.clock().replace(hour=23, minute=30) + timedelta(days=2)
        evening += timedelta(days=(WEDNESDAY - evening.weekday()) % 7)
        with stage.clock.moved(evening - stage.clock()):
            remind_customers(now=stage.clock() - timedelta(hours=3))
            try:
                yield
            finally:
                stage.postgres.do("DELETE FROM messaging_outboxmessage WHERE template LIKE 'visit_reminder_%'")


@contextmanager
def _not_reminded(stage: Stage) -> Iterator[None]:
    """What writes reminders succeeds and writes none."""
    stage.postgres.do("DELETE FROM messaging_outboxmessage WHERE template = 'visit_reminder_day'")
    yield
    remind_customers(now=stage.clock() - timedelta(hours=3))


@procedure(
    id="business.reminders-are-written",
    title="Whoever is visited tomorrow or in a week was reminded",
    cadence=Cadence.DAILY,
    document_lines=(),
    depends_on=("postgres.writes",),
    scene=_reminded,
    limits=(Limit("missing", "visits nobody was reminded of", "", 0, 20, "Midway: each may be a closed door"),),
    faults=(Fault("silent", "none were written", _not_reminded, Status.WARN, names="Not reminded of"),),
    manual=Manual(
        why="Who is not reminded is not at home, and a locked door costs the visit.",
        read="The visits that had to be reminded of at the last turns, a day and a week before, against what was"
        " written. Whether it was delivered is for work.messages to say.",
        mend="midway ops run work.schedule says whether remind-customers runs; its error is in the worker's log. Until"
        " it does, call whoever is named in the evidence.",
        not_the_obvious="A job that succeeds has not therefore done anything.",
    ),
)
def reminded(look: Look) -> None:
    """Asks visits and messages, not the job."""
    found = left_out(now=look.now, began_at=began_at() or look.now)
    if not found.examined:
        look.skip("No visit had to be reminded of at the last turn.")
    look.count(found.examined)
    look.note(visits=found.examined, not_reminded=found.codes)
    of_all = counted(found.examined, "visit")
    says = f"Not reminded of: {len(found.codes)} of {of_all}{_first(found.codes)}."
    look.found("missing", len(found.codes), says)
    look.fine(f"{of_all} reminded of.")


def _first(codes: Sequence[str]) -> str:
    return f", the first {codes[0]}" if codes else ""
