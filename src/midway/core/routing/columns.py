"""Which column of the solver's tables holds what. Few wide tables compile and are handed on far quicker than many."""

FACTOR, OPENS, CLOSES, LATEST, USED, WORK_AHEAD, DRIVE_AHEAD = range(7)
"""Of a crew."""
LEFT_OUT, ANNOUNCED, WINDOW, WINDOW_END, LATE_PRICE, CHOICE, PINNED = range(7)
"""Of a task."""
FIRST, SIZE = range(2)
"""Of a task: the first task of the same visit, and how many it has."""
MINUTES, ALLOWED, EXTRA = range(3)
"""Of a task and a crew."""
COST, SOFT, DRIVEN, WORKED = range(4)
"""Of a route."""
GROUP_COST, KNOWN_FOR = 4, 5
"""Of a task's window, after its four times: what the chosen start of several crews costs, on the first task; and the
start that was chosen when something was found out about it last, which stays when a step is undone.
"""
HOLDER, HELD = range(2)
"""Of an item."""
PRICE_DRIVE, PRICE_OVERTIME, PRICE_LONG_OVERTIME, LONG_AFTER, PRICE_MOVED, PRICE_MOVED_MINUTE, GRACE = range(7)
PRICE_FAIR_WORK, PRICE_FAIR_DRIVE, LATE_AT_MOST, PRICE_MINUTE, PRICE_FIXED = range(7, 12)
"""Of the prices; the last two bound from below what being late costs."""
FREE_STAMP, FREE_COST, FREE_PLACE, PAID_COST, PAID_PLACE = range(5)
"""Of what is known of a task on a route: the state of the route it was found for; the best place that costs nothing
but driving; and the best place with other costs, or (place 0) only that it costs no less than that.
"""
