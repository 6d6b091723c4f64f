"""How long plans are kept: they speak of visits and cleaners by code, and of people only who asked for them."""

from midway.core.retention import Keep, Table, nothing_personal

_STAFF = ("as long as the row", "says who of the office answers for it")

TABLES = (
    Table(
        "dispatch.DayPlan",
        {"by_label": Keep(*_STAFF)},
        "id code branch on state way absence away trouble rank base seed seconds progress_percent made_at decided_at"
        " travel_source result",
    ),
    Table(
        "dispatch.Trouble",
        {"by_label": Keep(*_STAFF)},
        "id code branch on kind visit cleaner minutes drives_again_at percent at over_at",
    ),
    Table("dispatch.PinnedVisit", {"by_label": Keep(*_STAFF)}, "id visit at"),
    nothing_personal(
        "dispatch.DispatchSetting",
        "id branch weights move_at_most_minutes fixed_minutes road_factor kilometres_per_hour hour_factors breaks"
        " is_learning_drives learnt_from_drives"
        " overtime_at_most_minutes plans_ahead_days law balance_weeks has_ranked_slots green_slots"
        " green_at_most_minutes green_discount_percent",
    ),
)
