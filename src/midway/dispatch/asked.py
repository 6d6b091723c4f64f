"""A plan that somebody asked for: whether they still wait for it when it has been worked out."""

from midway.dispatch.models import DayPlan


def is_still_asked_for(plan: DayPlan) -> bool:
    """Will lock the plan until the transaction ends, and say whether nobody has laid it aside meanwhile."""
    states = DayPlan.objects.select_for_update(of=("self",)).values_list("state", flat=True)
    return states.get(pk=plan.pk) == DayPlan.State.WORKING
