"""Who goes where and when: day plans, routes, re-planning, slot ranking. Nothing here yet."""
