"""What the company promised, asked of every row: nobody in two places, every visit staffed, no week forgotten."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from midway.booking.invariants import findings
from midway.ops.counted import counted, times
from midway.ops.look import Look
from midway.ops.procedure import Cadence, Fault, Manual, Procedure, Status, procedure
from midway.ops.stage import Stage
from midway.ops.stage.damage import damaged, sold_twice

VISIT = (
    "(SELECT v.id FROM booking_visit v JOIN booking_assignment a ON a.visit_id = v.id AND a.active"
    " WHERE v.state = 'scheduled' AND v.team_size = 1 ORDER BY v.id DESC LIMIT 1)"
)


@contextmanager
def with_company(stage: Stage) -> Iterator[None]:
    """The scene: a company with customers, plans and visits."""
    assert stage.company
    yield


def _harm(name: str, says: str, tables: Sequence[str], harm: str) -> Fault:
    @contextmanager
    def harmed(stage: Stage) -> Iterator[None]:
        with damaged(stage, *tables, harm=harm):
            yield

    return Fault(name.replace("_", "-"), says, harmed, Status.CRIT, names=name)


def _promises(name: str, *, title: str, why: str, names: Sequence[str], faults: Sequence[Fault]) -> Procedure:
    @procedure(
        id=f"business.{name}",
        title=title,
        cadence=Cadence.DAILY,
        document_lines=(),
        severity=Status.CRIT,
        depends_on=("postgres.writes",),
        scene=with_company,
        time_limit_seconds=60,
        faults=tuple(faults),
        manual=Manual(
            why=why,
            read="Every row is asked. The evidence counts those looked at for each promise and names the first broken.",
            mend="Open what is named and mend it by the ordinary deeds, then find out what went round them.",
        ),
    )
    def kept(look: Look) -> None:
        """Asks the promises of `booking/invariants.py`."""
        if not look.ask("SELECT 1 FROM booking_visit LIMIT 1"):
            look.skip("There is no visit yet.")
        found = findings(now=look.now, names=names)
        look.count(sum(one.examined for one in found))
        look.note(examined={one.name: one.examined for one in found})
        for one in found:
            if not one.holds:
                first = ", ".join(one.examples[:3])
                says = f"{one.name}: broken {times(one.broken)}, first by {first}. {one.promise}"
                look.alarm(Status.CRIT, says, subject=one.name)
        look.fine(f"{counted(look.examined, 'row')} looked at; {counted(len(found), 'promise')} kept.")

    return kept


nobody_twice = _promises(
    "nobody-in-two-places",
    title="Nobody is in two places at once",
    why="It is the promise everything rests on; the constraint keeps it, this says that the constraint is there.",
    names=("no_cleaner_in_two_places",),
    faults=[
        Fault("sold-twice", "the constraint is gone and an hour is sold twice", sold_twice, Status.CRIT,
              names="no_cleaner_in_two_places"),
    ],
)  # fmt: skip

visits_are_staffed = _promises(
    "visits-are-staffed",
    title="Every visit has the cleaners it was promised",
    why="A visit without its cleaner is found by the customer, at the door.",
    names=(
        "kept_visits_have_their_cleaners", "assignments_cover_their_visits", "called_off_visits_hold_nobody",
        "visit_time_belongs_to_an_assignment", "held_time_belongs_to_an_open_hold", "cancellations_say_why",
    ),
    faults=[
        _harm("kept_visits_have_their_cleaners", "a visit lost one of its cleaners", ["booking_visit"],
              f"UPDATE booking_visit SET team_size = 2 WHERE id = {VISIT}"),
        _harm("assignments_cover_their_visits", "a visit is longer than its cleaner's time", ["booking_visit"],
              "UPDATE booking_visit SET during = tstzrange(lower(during), upper(during) + interval '1 hour')"
              f" WHERE id = {VISIT}"),
        _harm("called_off_visits_hold_nobody", "a visit called off keeps its cleaner", ["booking_visit"],
              f"UPDATE booking_visit SET state = 'bumped' WHERE id = {VISIT}"),
        _harm("cancellations_say_why", "cancellations lost their reasons", ["booking_cancellation"],
              "DELETE FROM booking_cancellation"),
    ],
)  # fmt: skip

calendars_are_true = _promises(
    "calendars-are-true",
    title="The calendars say what is so",
    why="The calendar answers every question for a free time; if it lies, hours are sold that are not there.",
    names=("calendar_bits_are_true", "absences_block_the_calendar"),
    faults=[
        _harm("calendar_bits_are_true", "days say the opposite", ["crew_calendarday"],
              "UPDATE crew_calendarday SET free = ~free WHERE \"on\" = current_date + 3"),
        _harm("absences_block_the_calendar", "absences lost their time", ["crew_absence"],
              "UPDATE crew_absence SET withdrawn_at = created_at"),
    ],
)  # fmt: skip

plans_are_kept = _promises(
    "plans-miss-no-week",
    title="No plan misses a week or keeps it twice",
    why="A week that was never made is missed silently, months after the plan was sold.",
    names=(
        "exceptions_are_kept", "plans_miss_no_date", "plans_have_no_other_date", "plans_double_no_date",
        "announced_prices_follow_each_other", "workings_sum_to_their_price",
    ),
    faults=[
        _harm("plans_miss_no_date", "a plan's visits are gone", ["booking_visit"],
              "UPDATE booking_visit SET plan_id = NULL, occurrence_on = NULL WHERE id = (SELECT max(id) FROM"
              " booking_visit WHERE plan_id IS NOT NULL)"),
        _harm("plans_have_no_other_date", "a plan begins later than its visits", ["booking_plan"],
              "UPDATE booking_plan SET starts_on = current_date + 20"),
    ],
)  # fmt: skip
