"""The day as somebody at a desk fills it in: by time of day, whom the customer knows first, else who is nearest.

Settled visits (at most one a crew) are in already; those of two crews go in first. Then every visit, by when its
window opens, goes to the end of the day of the crew its customer asked for, if that crew can be there in time, has its
lunch and is back within half an hour of overtime; else to the nearest crew that can. What is left over is squeezed in
wherever it costs least, if it is worth it.
"""

from benchmarks.days.charged import charged
from benchmarks.days.desk import Desk, is_fixed
from midway.core.routing.problem import Plan, Problem


def greedy_plan(problem: Problem) -> Plan:
    """Will fill the day in by hand."""
    desk = Desk(problem)
    for visit in sorted(problem.visits, key=lambda v: (not is_fixed(v), v.opens, v.closes, v.code)):
        if visit.pin is None:
            desk.hand_out(visit)
    for visit in desk.left_over:
        desk.squeeze_in(visit)
    return charged(problem, desk.orders)
