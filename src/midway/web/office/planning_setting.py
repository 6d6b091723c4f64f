"""What planning weighs in a branch, in plain words: weights, drives, law, nights, and times worth offering."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from midway.accounts.access import Right, has_right, office
from midway.core.routing.problem import Weights
from midway.core.routing.rules import RestRules
from midway.crew.models import Branch
from midway.dispatch.actions.change_setting import change_setting
from midway.dispatch.fairness import RULE_NAMES
from midway.dispatch.models import DispatchSetting
from midway.dispatch.setting import setting_of, weights_of
from midway.runtime.clock import now as clock
from midway.web.office.place import hand_of, with_branch
from midway.web.office.planning_breaks import break_forms

WEIGHTS: Mapping[str, Any] = {
    "drive_minute": gettext_lazy("A minute of driving"),
    "overtime_minute": gettext_lazy("A minute of overtime"),
    "long_overtime_minute": gettext_lazy("A minute of overtime beyond the usual"),
    "long_overtime_after": gettext_lazy("Minutes of overtime that count as usual"),
    "late_minute": gettext_lazy("A minute after the end of the arrival window"),
    "unfamiliar_crew": gettext_lazy("Somebody comes whom the customer did not ask for"),
    "crew_changed": gettext_lazy("A visit goes to another crew than planned so far"),
    "promise_moved": gettext_lazy("A customer is told another time"),
    "promise_minute": gettext_lazy("Each minute a promised time moves"),
    "promise_grace": gettext_lazy("Minutes around a promised time that nobody minds"),
    "missed_break": gettext_lazy("A break that is not taken, where the law allows it"),
    "unserved": gettext_lazy("A visit that must be done is left undone"),
    "fair_work": gettext_lazy("An hour of work more than the others, in the balance of weeks"),
    "fair_drive": gettext_lazy("An hour of driving more than the others, in the balance of weeks"),
    "fair_weekend": gettext_lazy("Working this weekend for each weekend worked more than the others"),
}
LAW: Mapping[str, Any] = {
    "work_before_break": gettext_lazy("Minutes of work after which a break must come"),
    "break_minutes": gettext_lazy("Minutes of that break"),
    "rest_minutes": gettext_lazy("Minutes of rest from one day to the next"),
    "day_minutes": gettext_lazy("Minutes of the longest day"),
}
OWN: Mapping[str, tuple[Any, int, int]] = {
    "move_at_most_minutes": (gettext_lazy("So many minutes may a proposal move a promised time"), 0, 480),
    "overtime_at_most_minutes": (gettext_lazy("Minutes of overtime at most"), 0, 480),
    "fixed_minutes": (gettext_lazy("Minutes to park and walk, each drive"), 0, 30),
    "road_factor": (gettext_lazy("How much longer the road is than the straight line"), 1, 4),
    "kilometres_per_hour": (gettext_lazy("Kilometres an hour on the road"), 5, 120),
    "plans_ahead_days": (gettext_lazy("Days with visits proposed every night (0: none)"), 0, 14),
    "balance_weeks": (gettext_lazy("Weeks that fairness looks back"), 1, 26),
    "green_slots": (gettext_lazy("Green times a day at most"), 0, 20),
    "green_at_most_minutes": (gettext_lazy("Minutes of driving a green time adds at most"), 0, 120),
    "green_discount_percent": (gettext_lazy("Percent that a green time costs less (0: no less)"), 0, 50),
}
WHOLE = {name for name in OWN if name not in {"fixed_minutes", "road_factor", "kilometres_per_hour"}}


class PlanningForm(forms.Form):
    """All that can be set, under its plain name; `has_law` switches the rules of working hours on."""

    has_ranked_slots = forms.BooleanField(
        required=False, label=gettext_lazy("Customers see near times first, and none that nobody reaches")
    )
    is_learning_drives = forms.BooleanField(
        required=False, label=gettext_lazy("Learn these figures from when cleaners tap that they came and are done")
    )
    has_law = forms.BooleanField(required=False, label=gettext_lazy("Plans keep these rules of working hours"))

    def __init__(self, data: Any, *, setting: DispatchSetting) -> None:
        law = {**asdict(RestRules()), **(setting.law or {})}
        initial = {
            "has_ranked_slots": setting.has_ranked_slots,
            "has_law": setting.law is not None,
            "is_learning_drives": setting.is_learning_drives,
            **{name: getattr(setting, name) for name in OWN},
            **{f"weight_{name}": value for name, value in asdict(weights_of(setting)).items()},
            **{f"law_{name}": law[name] for name in LAW},
        }
        super().__init__(data, initial=initial)
        for name, (label, least, most) in OWN.items():
            if name in WHOLE:
                self.fields[name] = forms.IntegerField(label=label, min_value=least, max_value=most)
            else:
                self.fields[name] = forms.FloatField(label=label, min_value=least, max_value=most)
        for name, words in WEIGHTS.items():
            self.fields[f"weight_{name}"] = forms.FloatField(label=words, min_value=0, max_value=100_000)
        for name, words in LAW.items():
            self.fields[f"law_{name}"] = forms.FloatField(label=words, min_value=0, max_value=24 * 60)

    def changes(self) -> dict[str, Any]:
        """The setting's fields as the form has them; weights that are the usual ones are left out."""
        said = self.cleaned_data
        usual = asdict(Weights())
        weights = {name: said[f"weight_{name}"] for name in WEIGHTS if said[f"weight_{name}"] != usual[name]}
        law = {name: said[f"law_{name}"] for name in RULE_NAMES} if said["has_law"] else None
        return {
            **{name: said[name] for name in OWN},
            "has_ranked_slots": said["has_ranked_slots"],
            "is_learning_drives": said["is_learning_drives"],
            **({} if said["is_learning_drives"] else {"hour_factors": {}, "learnt_from_drives": 0}),
            "weights": weights,
            "law": law,
        }

    def group(self, names: Sequence[str], prefix: str = "") -> list[BoundField]:
        """Some of the fields, in this order."""
        return [self[f"{prefix}{name}"] for name in names]


@office(Right.SEE_BOARD)
@require_http_methods(["GET", "HEAD", "POST"])
@with_branch
def planning_setting(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Will show the settings, and keep what the owner or a dispatcher changes."""
    may_change = has_right(request.user, Right.CHANGE_PEOPLE)
    data, setting = request.POST if request.method == "POST" else None, setting_of(branch)
    form, breaks = PlanningForm(data, setting=setting), break_forms(data, setting.breaks)
    if request.method == "POST" and may_change and all([form.is_valid(), breaks.is_valid()]):
        changes = {**form.changes(), "breaks": breaks.rules()}
        change_setting(branch=branch, changes=changes, by=hand_of(request), now=clock())
        messages.success(request, _("Kept. Plans made from now on reckon with it."))
        return redirect("office:planning_setting")
    status = 200 if request.method != "POST" else 422 if may_change else 403
    fair = ("fair_work", "fair_drive", "fair_weekend")
    context = {
        "branch": branch,
        "form": form,
        "breaks": breaks,
        "learnt_from_drives": setting.learnt_from_drives,
        "may_change": may_change,
        "weights": form.group([name for name in WEIGHTS if name not in fair], "weight_"),
        "fair": [*form.group(fair, "weight_"), form["balance_weeks"]],
        "law": form.group(list(LAW), "law_"),
        "limits": form.group(["move_at_most_minutes", "overtime_at_most_minutes", "plans_ahead_days"]),
        "drives": form.group(["fixed_minutes", "road_factor", "kilometres_per_hour"]),
        "green": form.group(["green_slots", "green_at_most_minutes", "green_discount_percent"]),
    }
    return render(request, "office/planning_setting.html", context, status=status)
