"""Every deed of the crew: hours, days off, people, skills, teams, branches, and the calendar's days."""

from midway.crew.actions.absences import AbsenceNotFound, record_absence, withdraw_absence
from midway.crew.actions.branches import (
    BranchDetails,
    ClockInUse,
    PostcodeServedElsewhere,
    ServedArea,
    change_branch,
    open_branch,
)
from midway.crew.actions.calendar_days import (
    CALENDAR_MARGIN_DAYS,
    PLAN_REACH_DAYS,
    calendar_window,
    extend_calendars,
    write_calendar,
)
from midway.crew.actions.cleaners import CleanerDetails, change_cleaner, hire_cleaner
from midway.crew.actions.day_hours import clear_day_hours, set_day_hours
from midway.crew.actions.holidays import HolidayKnown, add_holiday, remove_holiday
from midway.crew.actions.leaving import (
    HasLeft,
    LastDayBeforeFirst,
    NotLeaving,
    StillEmployed,
    end_employment,
    end_sign_ins,
    keep_employed,
    rehire_cleaner,
)
from midway.crew.actions.sign_ins import let_sign_in
from midway.crew.actions.skills import SkillKnown, add_skill, rename_skill, restore_skill, retire_skill
from midway.crew.actions.teams import TeamKnown, add_team, rename_team, restore_team, retire_team
from midway.crew.actions.weekly_hours import Hours, set_week, set_weekly_hours

__all__ = [
    "CALENDAR_MARGIN_DAYS",
    "PLAN_REACH_DAYS",
    "AbsenceNotFound",
    "BranchDetails",
    "CleanerDetails",
    "ClockInUse",
    "HasLeft",
    "HolidayKnown",
    "Hours",
    "LastDayBeforeFirst",
    "NotLeaving",
    "PostcodeServedElsewhere",
    "ServedArea",
    "SkillKnown",
    "StillEmployed",
    "TeamKnown",
    "add_holiday",
    "add_skill",
    "add_team",
    "calendar_window",
    "change_branch",
    "change_cleaner",
    "clear_day_hours",
    "end_employment",
    "end_sign_ins",
    "extend_calendars",
    "hire_cleaner",
    "keep_employed",
    "let_sign_in",
    "open_branch",
    "record_absence",
    "rehire_cleaner",
    "remove_holiday",
    "rename_skill",
    "rename_team",
    "restore_skill",
    "restore_team",
    "retire_skill",
    "retire_team",
    "set_day_hours",
    "set_week",
    "set_weekly_hours",
    "withdraw_absence",
    "write_calendar",
]
