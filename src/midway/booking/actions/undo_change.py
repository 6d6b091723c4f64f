"""Undo a change of the last day from its journal entry."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from midway.booking.actions.before import Before
from midway.booking.actions.charges import undo_charges
from midway.booking.actions.credits import undo_credits
from midway.booking.actions.home_before import put_home_back
from midway.booking.actions.plan_visits import next_visit
from midway.booking.actions.put_back import PuttingBack, as_cancelled, put_back, rows_to_put_back
from midway.booking.actions.reschedule_visit import ChangeTooLate, preview_rescheduling
from midway.booking.models import Plan, Visit
from midway.booking.notifications import tell_of_change
from midway.booking.plan_notifications import tell_of_plan
from midway.core.actor import Actor, ActorKind
from midway.core.visit_states import OCCUPIES_CALENDAR, STILL_TO_COME, VisitState
from midway.crew.before import ChangedSince, put_absence_back, put_hours_back
from midway.customers.models import Property
from midway.journal.actions import keep_before, record
from midway.journal.models import Before as Kept
from midway.journal.models import Entry
from midway.runtime.database import one_transaction

UNDONE = "booking.change.undone"
UNDO_WITHIN = timedelta(days=1)
SECOND_THOUGHTS = timedelta(minutes=15)
"""So long a customer may take back what they have just done, however near the visit is."""


class NothingToUndo(LookupError):
    """There is nothing here that can be undone."""


class TooLateToUndo(Exception):
    """Changes can be undone for one day. Change it again instead."""


class AlreadyUndone(Exception):
    """This was undone already."""


@one_transaction
def undo_change(*, entry: UUID, by: Actor, now: datetime) -> UUID:
    """Will put everything back as it stood before a change, and give the code of the entry that says so.

    That entry can be undone in turn. The same cleaners come at the same times as before, or nothing is undone. A
    customer undoes only what they did themselves, and not what would free time within the branch's notice.
    Raises `NothingToUndo`, `TooLateToUndo`, `AlreadyUndone`, `crew.before.ChangedSince`, `ChangeTooLate`,
    `put_back.TimeGoneBy`, `put_back.TimeTakenMeanwhile` or, of an absence, `crew.calendar.SlotTaken`.
    """
    done = Entry.objects.filter(code=entry).first()
    if done is None or (by.kind is ActorKind.CUSTOMER and done.actor_kind != ActorKind.CUSTOMER):
        raise NothingToUndo(NothingToUndo.__doc__)
    kept = _kept(done, by=by, now=now)
    if kept.undone_at is not None:
        raise AlreadyUndone(AlreadyUndone.__doc__)
    if done.at < now - UNDO_WITHIN:
        raise TooLateToUndo(TooLateToUndo.__doc__)
    back = rows_to_put_back(kept.facts, by=by, now=now)
    if by.kind is ActorKind.CUSTOMER:
        _check_customer(back, kept.facts, done)
    # A savepoint: refused half-way, nothing of it stays, inside whatever transaction this takes part in.
    with transaction.atomic():
        more = _put_all_back(back, kept.facts, now=now)
    touched = list(back.was)
    undo_charges(touched, at=done.at, now=now)
    undo_credits(touched, at=done.at, by=by, now=now)
    kept.undone_at = now
    kept.save(update_fields=["undone_at"])
    again = done.event == UNDONE and not done.facts.get("again")
    facts = {"entry": entry, "undoes": done.facts.get("undoes", done.event), "again": again}
    undone = record(event=UNDONE, subject=done.subject, by=by, at=now, facts=facts)
    keep_before(entry=undone, subject=done.subject, facts={**back.stood.as_facts(), **more}, at=now)
    _tell(back)
    return undone


def _kept(done: Entry, *, by: Actor, now: datetime) -> Kept:
    """How it stood before; of a booking, which touched only itself, nothing was kept until now."""
    if done.event == "booking.visit.booked":
        visit = Visit.objects.select_for_update(of=("self",), no_key=True).filter(code=done.subject, plan=None).first()
        if visit is not None and not Kept.objects.filter(entry=done.code).exists():
            if visit.revision or visit.state not in STILL_TO_COME:
                raise ChangedSince(ChangedSince.__doc__)
            was = Before(visits={visit.pk: as_cancelled(visit, by=by, now=now)})
            keep_before(entry=done.code, subject=done.subject, facts=was.as_facts(), at=done.at)
    kept = Kept.objects.select_for_update().filter(entry=done.code).first()
    if kept is None:
        raise NothingToUndo(NothingToUndo.__doc__)
    return kept


def _check_customer(back: PuttingBack, facts: Mapping[str, Any], done: Entry) -> None:
    theirs = [Property.objects.get(code=facts["home"]["code"]).customer] if "home" in facts else []
    theirs += [plan.customer for plan in back.plans.values()] + [back.visits[pk].customer for pk in back.was]
    is_own = back.by.user_id is not None and all(customer.user_id == back.by.user_id for customer in theirs)
    if not theirs or not is_own or "hours" in facts or "absence" in facts:
        raise NothingToUndo(NothingToUndo.__doc__)
    if back.now - done.at <= SECOND_THOUGHTS:
        return
    losing = [back.visits[pk] for pk in back.was if back.stood.visits[pk]["state"] in OCCUPIES_CALENDAR]
    if not all(preview_rescheduling(visit=visit, now=back.now).is_allowed for visit in losing):
        raise ChangeTooLate(ChangeTooLate.__doc__)


def _put_all_back(back: PuttingBack, facts: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    # Who comes back is free before the visits ask for them; who goes is freed of the visits first.
    goes_away = facts.get("absence", {}).get("was_away", False)
    if goes_away:
        put_back(back)
    more = _put_crew_back(facts, now=now)
    if "home" in facts:
        more |= put_home_back(facts["home"])
    if not goes_away:
        put_back(back)
    return more


def _put_crew_back(facts: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Will put hours and absences back, and give how they stood until now."""
    if "hours" in facts:
        stood = put_hours_back(facts["hours"])
        return stood.as_facts()
    if "absence" in facts:
        code, is_away = UUID(facts["absence"]["code"]), bool(facts["absence"]["was_away"])
        put_absence_back(code, is_away=is_away, now=now)
        return {"absence": {"code": code, "was_away": not is_away}}
    return {}


def _tell(back: PuttingBack) -> None:
    for pk, was in back.plans_were.items():
        if was is not None or len(back.plans_were) == 1:
            return _tell_of_plan(back, back.plans[pk])
    for pk, was in back.was.items():
        template = _what_happened(back.stood.visits[pk], was)
        if template:
            tell_of_change(template, visit=back.visits[pk], now=back.now)
    return None


def _what_happened(stood: Mapping[str, Any], was: Mapping[str, Any]) -> str:
    if stood["state"] == VisitState.LOCKED_OUT != was["state"]:
        return "visit_let_in"
    if was["state"] not in OCCUPIES_CALENDAR:
        if stood["state"] not in OCCUPIES_CALENDAR:
            return ""
        return "visit_skipped" if was["state"] == VisitState.SKIPPED else "visit_cancelled"
    if stood["state"] not in OCCUPIES_CALENDAR:
        return "visit_restored"
    return "visit_moved" if was["during"] != stood["during"] else ""


def _tell_of_plan(back: PuttingBack, plan: Plan) -> None:
    was_paused = (back.stood.plans[plan.pk] or {}).get("state") == Plan.State.PAUSED
    names = {Plan.State.PAUSED: "plan_paused", Plan.State.ENDED: "plan_ended"}
    template = names.get(Plan.State(plan.state), "plan_resumed" if was_paused else "plan_changed")
    today = back.now.astimezone(plan.branch.zoneinfo).date()
    from_on = plan.paused_on or (plan.until_on + timedelta(days=1) if plan.until_on else today)
    more = {"from_on": max(from_on, today).isoformat(), "resumes_on": plan.resumes_on and plan.resumes_on.isoformat()}
    tell_of_plan(template, plan=plan, next_visit=next_visit(plan, now=back.now), now=back.now, more=more)
