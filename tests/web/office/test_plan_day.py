"""Planning a day in the browser: ask, look, publish, pin, call in sick."""

from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from tests.cast import NOW, TODAY, Cast, at, make_exception, make_visit
from tests.dispatch.days import EAST, QUICK, TOMORROW, crossed_day, proposed, visit_in

from midway.booking.models import Visit
from midway.core.actor import SYSTEM
from midway.core.visit_states import VisitState
from midway.crew.models import Absence
from midway.dispatch import jobs
from midway.dispatch.actions import call_in_sick, publish_plan
from midway.dispatch.actions.call_in_sick import work_out_ways
from midway.dispatch.actions.propose_day import work_out
from midway.dispatch.actions.report_trouble import work_out_trouble
from midway.dispatch.models import DayPlan, DispatchSetting, PinnedVisit, Trouble


def page(client: Client, on: date = TOMORROW, **more: str) -> str:
    return client.get(reverse("office:plan_day"), {"date": on.isoformat(), **more}).content.decode()


def posted(client: Client, name: str, *args: object) -> str:
    answer = client.post(reverse(f"office:{name}", args=args), {"date": TOMORROW.isoformat()}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_day_is_drawn_as_it_stands(cast: Cast, dan: Client) -> None:
    visits = crossed_day(cast)

    shown = page(dan)

    assert "As the day stands" in shown
    assert "<svg" in shown
    assert all(visit.customer.name in shown for visit in visits)
    assert 'aria-label="Ana: 2 visits,' in shown
    assert "way-before" not in shown


def test_the_map_shows_what_is_driven_no_more_and_which_stops_change(cast: Cast, dan: Client) -> None:
    crossed_day(cast)
    plan = proposed(cast)

    shown = page(dan)

    assert shown.count('<polyline class="way-before"') == 2
    assert shown.count('<circle class="changed-stop" cx="20"') == 1, "the key"
    assert shown.count("changed</title>") == len(plan.found["changes"]) > 0


def test_asked_for_a_plan_is_worked_out_by_the_worker_and_then_shown(cast: Cast, dan: Client) -> None:
    crossed_day(cast)

    waiting = posted(dan, "plan_proposal")
    assert "The day is being worked out" in waiting
    assert 'hx-trigger="every 1s"' in waiting
    work_out(plan=DayPlan.objects.get().code, budget=QUICK, by=SYSTEM, now=NOW)

    shown = page(dan)
    assert "Minutes saved" in shown
    assert "What changes" in shown
    assert "Publish and tell the customers" in shown


def test_published_the_board_follows_and_it_says_so(cast: Cast, dan: Client) -> None:
    crossed_day(cast)
    plan = proposed(cast)

    shown = posted(dan, "plan_publishing", plan.code)

    assert "Published." in shown
    plan.refresh_from_db()
    assert plan.state == DayPlan.State.PUBLISHED


def test_a_stale_plan_is_said_to_be_and_not_published(cast: Cast, dan: Client) -> None:
    crossed_day(cast)
    plan = proposed(cast)
    visit_in(cast, EAST, "11:00")

    assert "The day has changed since this plan was made" in page(dan)
    assert "The day has changed since this plan was made" in posted(dan, "plan_publishing", plan.code)
    plan.refresh_from_db()
    assert plan.state == DayPlan.State.PROPOSED


def test_laid_aside_the_day_stays(cast: Cast, dan: Client) -> None:
    plan = proposed(cast)

    assert "As the day stands" in posted(dan, "plan_discarding", plan.code)


def test_a_visit_is_kept_as_it_is(cast: Cast, dan: Client) -> None:
    visit = crossed_day(cast)[0]

    posted(dan, "plan_pinning", visit.code)

    assert PinnedVisit.objects.get().visit == visit


def test_a_sick_call_shows_three_ways_side_by_side(cast: Cast, dan: Client) -> None:
    crossed_day(cast)

    waiting = posted(dan, "plan_sick_call", cast.ana.code)
    assert "Three ways out are being worked out" in waiting
    assert Absence.objects.get().cleaner == cast.ana
    work_out_ways(absence=Absence.objects.get().code, budget=QUICK, by=SYSTEM, now=NOW)

    shown = page(dan)
    assert "Ana is away: three ways out" in shown
    assert all(title in shown for title in ("Touch nobody else", "Few moves", "Best day"))
    last = DayPlan.objects.get(rank=3)
    assert f"plan={last.code}" in shown
    assert "Shown below" in page(dan, plan=str(last.code))


def test_who_was_put_off_last_time_too_is_named_on_each_way_out(cast: Cast, dan: Client) -> None:
    crossed_day(cast)
    for visit in Visit.objects.all():
        make_visit(
            premises=visit.premises, price_list=cast.price_list, service=cast.regular,
            start=at("10:00", on=TODAY - timedelta(days=7)), state=VisitState.BUMPED,
        )  # fmt: skip
    call = call_in_sick(cleaner=cast.ana, on=TOMORROW, budget=QUICK, by=SYSTEM, now=NOW)
    again = {code for plan in call.plans for code in plan.found["effect"]["bumped_again"]}
    named = Visit.objects.filter(code__in=again).values_list("customer__name", flat=True)

    shown = page(dan)

    assert "Were put off last time too" in shown
    way = next(plan for plan in call.plans if plan.found["effect"]["bumped_again"])
    names = Visit.objects.filter(code__in=way.found["effect"]["bumped_again"]).values_list("customer__name", flat=True)
    assert f"<dd>{', '.join(sorted(names))}</dd>" in shown
    assert len(set(named)) >= 1


def test_a_dearer_day_says_how_many_minutes_more_not_fewer_than_none(cast: Cast, dan: Client) -> None:
    crossed_day(cast)
    plan = proposed(cast)
    plan.result["before"]["drive_minutes"] = plan.result["after"]["drive_minutes"] - 12
    plan.save()

    shown = page(dan)

    assert '<dt>Minutes more</dt><dd class="figure">12</dd>' in shown
    assert "Minutes saved" not in shown


def test_how_far_the_search_is_can_be_read(cast: Cast, dan: Client) -> None:
    posted(dan, "plan_proposal")
    DayPlan.objects.update(progress_percent=40)

    assert ">40 % done</p>" in page(dan)


def test_a_way_out_of_a_day_gone_by_offers_no_publishing(cast: Cast, dan: Client) -> None:
    crossed_day(cast)
    call = call_in_sick(cleaner=cast.ana, on=TOMORROW, budget=QUICK, by=SYSTEM, now=NOW)
    addresses = [reverse("office:plan_publishing", args=[plan.code]) for plan in call.plans]
    assert all(address in page(dan) for address in addresses)

    with time_machine.travel(at("00:05", on=TOMORROW + timedelta(days=1)), tick=False):
        shown = page(dan)
        answer = dan.post(addresses[0], follow=True).content.decode()

    assert not any(address in shown for address in addresses)
    assert "That day has gone by" in answer


def test_a_pinned_visit_is_listed_and_may_be_moved_again(cast: Cast, dan: Client) -> None:
    visit = crossed_day(cast)[0]
    kept = posted(dan, "plan_pinning", visit.code)
    assert "Kept as they are" in kept

    address = reverse("office:plan_pinning", args=[visit.code])
    dan.post(address, {"date": TOMORROW.isoformat(), "pin": "off"})

    assert not PinnedVisit.objects.exists()
    assert "Kept as they are" not in page(dan)


def test_a_visit_nobody_comes_to_says_the_cheapest_way(cast: Cast, dan: Client) -> None:
    make_exception(cleaner=cast.ben, on=TOMORROW)
    visit_in(cast, EAST, "09:00", service=cast.deep, team_size=2)
    proposed(cast)

    assert "Nobody can that day. The nearest free time is" in page(dan)


def test_ways_out_are_shown_before_it_is_known_how_to_serve_what_they_leave(cast: Cast, dan: Client) -> None:
    make_exception(cleaner=cast.ben, on=TOMORROW)
    visit_in(cast, EAST, "09:00", service=cast.deep, team_size=2)
    visit_in(cast, EAST, "13:00", cast.ana)
    posted(dan, "plan_sick_call", cast.ana.code)
    first = work_out_ways(absence=Absence.objects.get().code, budget=QUICK, by=SYSTEM, now=NOW)[0]
    looking, after_all = "is being looked for", "Nobody can that day"

    shown = page(dan)
    assert looking not in shown
    assert after_all in shown

    left = [{**left, "way": "", "facts": {}} for left in first.found["leftovers"]]
    DayPlan.objects.filter(pk=first.pk).update(result={**first.found, "leftovers": left, "is_looking": True})
    shown = page(dan)
    assert f"plan={first.code}" in shown.split('id="left"')[1].split("hx-trigger")[0]
    assert looking in shown
    assert after_all not in shown

    DayPlan.objects.filter(pk=first.pk).update(made_at=NOW - timedelta(minutes=2))
    assert looking not in page(dan), "whoever looked has died"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("late", "Home 09:00 -76.68 takes 40 minutes longer: three ways out"),
        ("van", "Ana cannot drive until 13:00: three ways out"),
        ("snow", "Every drive takes 50 % longer: three ways out"),
    ],
)
def test_what_upsets_the_day_has_three_ways_out(cast: Cast, dan: Client, kind: str, words: str) -> None:
    visits = crossed_day(cast)
    said = {
        "date": TOMORROW.isoformat(), "kind": kind, "visit": str(visits[0].code), "minutes": "40",
        "cleaner": str(cast.ana.code), "until": "13:00", "percent": "50",
    }  # fmt: skip

    waiting = dan.post(reverse("office:plan_trouble"), said, follow=True).content.decode()
    assert "Three ways out are being worked out" in waiting
    work_out_trouble(plan=DayPlan.objects.get().code, budget=QUICK, now=NOW)

    shown = page(dan)
    assert words in shown
    assert "It is over" in shown
    answer = dan.post(reverse("office:plan_trouble_over", args=[Trouble.objects.get().code]), follow=True)
    assert "Plans reckon with it no more" in answer.content.decode()
    assert "It is over" not in page(dan)


def test_half_said_trouble_is_asked_about(cast: Cast, dan: Client) -> None:
    address = reverse("office:plan_trouble")
    for kind in ("late", "van", "snow"):
        answer = dan.post(address, {"date": TOMORROW.isoformat(), "kind": kind}, follow=True)
        assert "Say which visit and how much longer" in answer.content.decode()
    assert dan.post(address, {"date": "soon", "kind": "snow", "percent": "20"}).status_code == 404
    assert not Trouble.objects.exists()
    assert Client().post(address, {"date": TOMORROW.isoformat()}).status_code == 302


def test_a_plan_that_fails_says_so(cast: Cast, dan: Client) -> None:
    crossed_day(cast)
    posted(dan, "plan_proposal")
    setting = DispatchSetting.objects.create(branch=cast.branch, breaks=[{"minutes": 30}])

    with pytest.raises(KeyError):
        jobs.work_out(plan=str(DayPlan.objects.get().code), by_label="Dan")

    setting.delete()
    assert DayPlan.objects.get().state == DayPlan.State.FAILED
    assert "The plan could not be worked out" in page(dan)
    proposed(cast)
    assert "The plan could not be worked out" not in page(dan)


def test_who_may_only_look_gets_no_buttons(cast: Cast, dan: Client, sue: Client) -> None:
    crossed_day(cast)
    plan = proposed(cast)

    assert "Is sick" in page(dan)
    assert "Is sick" not in page(sue)
    assert sue.post(reverse("office:plan_sick_call", args=[cast.ana.code]), {"date": "2026-03-03"}).status_code == 403
    assert Client().post(reverse("office:plan_publishing", args=[plan.code])).status_code in {302, 403}


@pytest.mark.parametrize("words", ["", "yesterday", "2026-13-40", "0001-01-01", "9999-12-31"])
def test_nonsense_for_a_day_is_not_found_or_today(cast: Cast, dan: Client, words: str) -> None:
    assert dan.get(reverse("office:plan_day"), {"date": words}).status_code == 200
    assert dan.get(reverse("office:board"), {"date": words, "view": "week"}).status_code == 200
    assert dan.post(reverse("office:plan_proposal"), {"date": words}).status_code == 404
    said = {"date": words, "kind": "snow", "percent": "20"}
    assert dan.post(reverse("office:plan_trouble"), said).status_code == 404


def test_a_published_plan_is_named_so(cast: Cast, dan: Client) -> None:
    call = call_in_sick(cleaner=cast.ana, on=TOMORROW, budget=QUICK, by=SYSTEM, now=NOW)
    publish_plan(plan=call.plans[0].code, by=SYSTEM, now=NOW)

    assert ">Published<" in page(dan)
