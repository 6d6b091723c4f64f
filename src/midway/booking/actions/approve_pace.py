"""Let a home's learned pace hold for what is quoted and planned from now on, or take it back."""

from datetime import datetime

from midway.booking.actions.plan_visits import plan_to_change
from midway.booking.models import Pace, Plan, Service
from midway.booking.pace_queries import length_at_pace, pace_in_force, suggestion_for
from midway.core.actor import Actor
from midway.customers.models import Property
from midway.journal.actions import record
from midway.runtime.database import one_transaction


class SuggestionChanged(Exception):
    """More visits were timed meanwhile, and say something else. Look at the new suggestion."""


class NoPaceInForce(LookupError):
    """The list's own pace holds for this home already."""


@one_transaction
def approve_pace(*, premises: Property, service: Service, percent: int, by: Actor, now: datetime) -> Pace:
    """Will have new quotes for this home, and the dates that its plans have yet to be given, last as suggested.

    What was promised stays as long as it was promised. Raises `SuggestionChanged` unless `percent` is what is
    suggested now.
    """
    locked = Property.objects.select_for_update(no_key=True).get(pk=premises.pk)
    suggested = suggestion_for(locked, service)
    if suggested is None or suggested.suggestion.percent != percent:
        raise SuggestionChanged(SuggestionChanged.__doc__)
    earlier = pace_in_force(locked, service)
    Pace.objects.filter(premises=locked, service=service, withdrawn_at=None).update(withdrawn_at=now)
    pace = Pace.objects.create(
        premises=locked,
        service=service,
        percent=percent,
        visits=suggested.suggestion.visits,
        at=now,
        by_label=by.label,
    )
    facts = {
        "from": earlier,
        "to": percent,
        "visits": pace.visits,
        "address": locked.line1,
        "plans": _adapt_plans(locked, service, earlier=earlier, percent=percent),
    }
    record(event="booking.pace.approved", subject=locked.customer.code, by=by, at=now, facts=facts)
    return pace


@one_transaction
def withdraw_pace(*, premises: Property, service: Service, by: Actor, now: datetime) -> None:
    """Will have the list's own pace hold again. Raises `NoPaceInForce`."""
    locked = Property.objects.select_for_update(no_key=True).get(pk=premises.pk)
    earlier = pace_in_force(locked, service)
    if not Pace.objects.filter(premises=locked, service=service, withdrawn_at=None).update(withdrawn_at=now):
        raise NoPaceInForce(NoPaceInForce.__doc__)
    plans = _adapt_plans(locked, service, earlier=earlier, percent=100)
    facts = {"from": earlier, "address": locked.line1, "plans": plans}
    record(event="booking.pace.withdrawn", subject=locked.customer.code, by=by, at=now, facts=facts)


def _adapt_plans(premises: Property, service: Service, *, earlier: int, percent: int) -> list[dict[str, object]]:
    going_on = Plan.objects.filter(premises=premises, service=service).exclude(state=Plan.State.ENDED)
    changed: list[dict[str, object]] = []
    for code in going_on.order_by("pk").values_list("code", flat=True):
        plan = plan_to_change(code)
        was, then = length_at_pace(plan.quote, earlier), length_at_pace(plan.quote, percent)
        minutes = max(15, plan.duration_minutes + then - was)
        if minutes == plan.duration_minutes:
            continue
        changed.append({"plan": plan.code, "from": plan.duration_minutes, "to": minutes})
        plan.duration_minutes = minutes
        plan.revision += 1
        plan.save(update_fields=["duration_minutes", "revision"])
    return changed
