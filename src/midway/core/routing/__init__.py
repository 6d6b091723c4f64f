"""Who drives where and when: the day as data, the solver, the check of its answers, slots, re-planning, travel."""
