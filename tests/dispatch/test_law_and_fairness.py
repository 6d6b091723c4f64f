"""Rest, breaks and the longest day hold for every plan where a branch has set them; the weeks before count if asked."""

from datetime import timedelta

from tests.cast import NOW, Cast, at
from tests.dispatch.days import EAST, TOMORROW, WEST, crossed_day, proposed, visit_in

from midway.core.actor import SYSTEM
from midway.core.routing.rules import RestRules
from midway.dispatch.actions import publish_plan
from midway.dispatch.actions.change_setting import change_setting
from midway.dispatch.day import read_day
from midway.dispatch.models import DispatchSetting
from midway.journal.models import Entry

LAW = {"work_before_break": 360, "break_minutes": 30, "rest_minutes": 11 * 60, "day_minutes": 600}


def test_without_rules_the_day_is_that_of_the_shift(cast: Cast) -> None:
    crew = read_day(cast.branch, TOMORROW, now=NOW).problem.crew_by_code[str(cast.ana.code)]

    assert (crew.opens, crew.day_at_most) == (8 * 60, 24 * 60)
    assert not any(rule.is_law for rule in crew.breaks)


def test_rules_bound_the_day_and_make_the_break_law(cast: Cast) -> None:
    DispatchSetting.objects.create(branch=cast.branch, law=LAW)

    crew = read_day(cast.branch, TOMORROW, now=NOW).problem.crew_by_code[str(cast.ana.code)]

    assert crew.day_at_most == RestRules().day_minutes == 600
    assert [rule.is_law for rule in crew.breaks] == [True]
    assert crew.breaks[0].closes <= crew.opens + 360


def test_after_a_late_evening_the_day_begins_later_and_ends_in_time_for_tomorrow(cast: Cast) -> None:
    DispatchSetting.objects.create(branch=cast.branch, law={**LAW, "day_minutes": 900})
    visit_in(cast, WEST, "20:00", cast.ana, on=TOMORROW - timedelta(days=1), minutes=150)
    visit_in(cast, WEST, "05:00", cast.ben, on=TOMORROW + timedelta(days=1))

    crews = read_day(cast.branch, TOMORROW, now=NOW).problem.crew_by_code

    assert crews[str(cast.ana.code)].opens == 9 * 60 + 30
    assert crews[str(cast.ben.code)].latest_end == 24 * 60 + 5 * 60 - 11 * 60
    assert crews[str(cast.chidi.code)].opens == 8 * 60


def test_the_weeks_before_count_where_fairness_is_asked_for(cast: Cast) -> None:
    for ago, cleaner in ((3, cast.ana), (4, cast.ana), (2, cast.ben)):
        visit_in(cast, EAST, "10:00", cleaner, on=TOMORROW - timedelta(days=ago))
    idle = read_day(cast.branch, TOMORROW, now=NOW).problem.crew_by_code
    assert idle[str(cast.ana.code)].balance.work_minutes == 0

    DispatchSetting.objects.create(branch=cast.branch, weights={"fair_work": 5, "fair_weekend": 5})
    crews = read_day(cast.branch, TOMORROW, now=NOW).problem.crew_by_code

    assert [crews[str(c.code)].balance.work_minutes for c in cast.cleaners] == [120, 0, -120]
    # Saturday and Sunday are three and two days before Tuesday.
    weekends = [round(crews[str(c.code)].balance.weekend_days, 2) for c in cast.cleaners]
    assert weekends == [0.33, 0.33, -0.67]


def test_driving_is_that_of_published_plans(cast: Cast) -> None:
    crossed_day(cast)
    publish_plan(plan=proposed(cast).code, by=SYSTEM, now=NOW)
    DispatchSetting.objects.create(branch=cast.branch, weights={"fair_drive": 5})
    later = TOMORROW + timedelta(days=1)
    visit_in(cast, WEST, "10:00", on=later)

    crews = read_day(cast.branch, later, now=at("09:00", on=later)).problem.crew_by_code

    driven = [crews[str(c.code)].balance.drive_minutes for c in cast.cleaners]
    assert round(sum(driven), 6) == 0
    assert min(driven) < 0 < max(driven)


def test_what_changed_is_written_down_once(cast: Cast) -> None:
    changes = {"overtime_at_most_minutes": 60, "plans_ahead_days": 2, "weights": {"fair_work": 3.0}}

    for _time in range(2):
        change_setting(branch=cast.branch, changes=changes, by=SYSTEM, now=NOW)

    entry = Entry.objects.get(event="dispatch.setting.changed")
    assert entry.facts["changed"] == ["overtime_at_most_minutes", "weights"]
    assert DispatchSetting.objects.get().overtime_at_most_minutes == 60
