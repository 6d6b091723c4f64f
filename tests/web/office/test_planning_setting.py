"""What planning weighs, set under plain names."""

import html
from datetime import time
from typing import Any

from django.test import Client
from django.urls import reverse
from tests.cast import Cast

from midway.core.routing.problem import WEIGHT_NAMES
from midway.dispatch.models import DispatchSetting
from midway.dispatch.setting import setting_of, weights_of
from midway.web.office.planning_breaks import break_forms
from midway.web.office.planning_setting import WEIGHTS, PlanningForm


def filled(cast: Cast, **instead: Any) -> dict[str, Any]:
    form = PlanningForm(None, setting=setting_of(cast.branch))
    said = {name: value for name, value in form.initial.items() if value is not False and value is not None}
    return {**said, **breaks(cast), **instead}


def breaks(cast: Cast) -> dict[str, Any]:
    """The part of the form with the breaks, as a browser sends it."""
    shown = break_forms(None, setting_of(cast.branch).breaks)
    fields = [field for form in [shown.management_form, *shown.forms] for field in form]
    said = {field.html_name: field.value() for field in fields if field.value() not in {None, "", False}}
    return {name: f"{value:%H:%M}" if isinstance(value, time) else value for name, value in said.items()}


def test_every_weight_has_its_plain_name(cast: Cast, dan: Client) -> None:
    shown = html.unescape(dan.get(reverse("office:planning_setting")).content.decode())

    assert {name: str(words) for name, words in WEIGHTS.items()} == dict(WEIGHT_NAMES)
    assert all(words in shown for words in WEIGHT_NAMES.values())
    assert not DispatchSetting.objects.exists()


def test_what_is_set_is_kept_and_only_what_is_unusual_of_the_weights(cast: Cast, dan: Client) -> None:
    said = filled(cast, weight_unfamiliar_crew="45", has_ranked_slots="on", has_law="on", law_rest_minutes="600")

    answer = dan.post(reverse("office:planning_setting"), said, follow=True)

    assert "Plans made from now on reckon with it." in answer.content.decode()
    setting = DispatchSetting.objects.get()
    assert setting.weights == {"unfamiliar_crew": 45}
    assert weights_of(setting).unfamiliar_crew == 45
    assert setting.has_ranked_slots
    assert setting.law == {"work_before_break": 360, "break_minutes": 30, "rest_minutes": 600, "day_minutes": 600}


def test_figures_that_cannot_be_are_said_beside_their_field(cast: Cast, dan: Client) -> None:
    answer = dan.post(reverse("office:planning_setting"), filled(cast, road_factor="0.5", weight_drive_minute="-1"))

    assert answer.status_code == 422
    assert "Some figures cannot be right" in answer.content.decode()
    assert not DispatchSetting.objects.exists()


def test_support_may_look_and_not_change(cast: Cast, sue: Client) -> None:
    assert "Keep it" not in sue.get(reverse("office:planning_setting")).content.decode()
    assert sue.post(reverse("office:planning_setting"), filled(cast)).status_code == 403
    assert not DispatchSetting.objects.exists()


def test_breaks_are_added_in_the_order_of_the_day_and_taken_away(cast: Cast, dan: Client) -> None:
    second = {"break-1-minutes": "15", "break-1-opens": "09:30", "break-1-closes": "10:30", "break-1-is_law": "on"}
    dan.post(reverse("office:planning_setting"), filled(cast, **second))

    kept = DispatchSetting.objects.get().breaks
    assert kept[0] == {"minutes": 15, "opens": "09:30", "closes": "10:30", "is_law": True}
    assert len(kept) == 2

    dan.post(reverse("office:planning_setting"), filled(cast, **{"break-0-minutes": ""}))
    assert [rule["minutes"] for rule in DispatchSetting.objects.get().breaks] == [kept[1]["minutes"]]


def test_a_break_says_from_when_to_when_it_begins(cast: Cast, dan: Client) -> None:
    for wrong, said in (
        ({"break-1-minutes": "15"}, "Say a time"),
        ({"break-0-opens": "14:00", "break-0-closes": "13:00"}, "before the earliest time"),
    ):
        answer = dan.post(reverse("office:planning_setting"), filled(cast, **wrong))
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert "Some figures cannot be right" in answer.content.decode()
    assert not DispatchSetting.objects.exists()


def test_learning_of_drives_is_switched_off_with_what_was_learnt(cast: Cast, dan: Client) -> None:
    DispatchSetting.objects.create(branch=cast.branch, hour_factors={"8": 1.2}, learnt_from_drives=40)
    assert "Learnt from 40 drives" in dan.get(reverse("office:planning_setting")).content.decode()

    said = filled(cast)
    del said["is_learning_drives"]
    dan.post(reverse("office:planning_setting"), said)

    setting = DispatchSetting.objects.get()
    assert (setting.is_learning_drives, setting.hour_factors, setting.learnt_from_drives) == (False, {}, 0)
