"""What upsets a day, as changes of the problem: longer visits, a vehicle that stands still, slow roads."""

from collections.abc import Callable, Iterable
from datetime import date, datetime

from midway.core.routing.problem import Problem
from midway.crew.models import Branch
from midway.dispatch.models import Trouble


def troubles_of(branch: Branch, on: date) -> list[Trouble]:
    """The troubles of a day that are not over, in the order they came."""
    found = Trouble.objects.filter(branch=branch, on=on, over_at__isnull=True)
    return list(found.select_related("visit__customer", "cleaner").order_by("pk"))


def upset(problem: Problem, troubles: Iterable[Trouble], *, minutes: Callable[[datetime], float]) -> Problem:
    """Will give the problem as these troubles leave it; `minutes` gives a moment in minutes after midnight."""
    for trouble in troubles:
        problem = _upset(problem, trouble, minutes)
    return problem


def _upset(problem: Problem, trouble: Trouble, minutes: Callable[[datetime], float]) -> Problem:
    # They load the solver's compiler: a day without trouble does without.
    from midway.core.routing.replan import with_late_visit, with_snow, with_van_down

    if trouble.kind == Trouble.Kind.LATE and trouble.visit is not None:
        return with_late_visit(problem, str(trouble.visit.code), minutes_more=trouble.minutes or 0)
    if trouble.kind == Trouble.Kind.VAN and trouble.cleaner is not None and trouble.drives_again_at is not None:
        crew = str(trouble.cleaner.code)
        return (
            with_van_down(problem, crew, until=minutes(trouble.drives_again_at))
            if crew in problem.crew_by_code
            else problem
        )
    if trouble.kind == Trouble.Kind.SNOW:
        return with_snow(problem, drive_factor=1 + (trouble.percent or 0) / 100)
    return problem
