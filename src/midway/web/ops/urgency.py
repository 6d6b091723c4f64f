"""How urgent things are found to be: the table and the clocks, how they were before, and changing them."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from midway.accounts.access import Right, has_right, office
from midway.accounts.hand import hand_of
from midway.core.triage import Clock, Impact, Priority, Severity, Triage
from midway.ops.actions import ReasonMissing
from midway.ops.actions.incidents.change_triage import (
    LONGEST,
    SHORTEST,
    NobodyWouldCome,
    NothingChanged,
    TimeToAnswerUnusable,
    WorseIsLessUrgent,
    change_triage,
)
from midway.ops.incidents.triage import triage, triage_of
from midway.ops.incidents.words import IMPACTS, SEVERITIES
from midway.ops.models import TriageChange
from midway.ops.oncall.roster import company_zone
from midway.runtime.clock import now as clock
from midway.web.ops.incidents import triage_rows

REFUSALS = (ReasonMissing, WorseIsLessUrgent, NobodyWouldCome, TimeToAnswerUnusable, NothingChanged)
SHOWN = 10


class UrgencyForm(forms.Form):
    """A choice for each place in the table, minutes for each priority, and why."""

    reason = forms.CharField(max_length=300, label=gettext_lazy("Why"))

    def __init__(self, data: Any = None, *, holds: Triage) -> None:
        super().__init__(data)
        priorities = [(int(one), f"P{int(one)}") for one in Priority]
        for severity in Severity:
            for impact in Impact:
                choice = forms.TypedChoiceField(coerce=int, choices=priorities, label=IMPACTS[impact.value])
                choice.initial = int(holds.priority_of(severity, impact))
                self.fields[f"{severity.value}-{impact.value}"] = choice
        for priority in Priority:
            least, most = (one.total_seconds() / 60 for one in (SHORTEST, LONGEST))
            words = f"P{int(priority)}"
            minutes = forms.FloatField(min_value=round(least, 2), max_value=most, required=False, label=words)
            minutes.initial = holds.clocks[priority].minutes
            minutes.widget.attrs["step"] = "any"
            self.fields[f"minutes-{int(priority)}"] = minutes

    def cells(self) -> list[tuple[Any, list[BoundField]]]:
        """The choices row by row."""
        return [(SEVERITIES[one.value], [self[f"{one.value}-{to.value}"] for to in Impact]) for one in Severity]

    def clocks(self) -> list[BoundField]:
        """The minutes, the most urgent first."""
        return [self[f"minutes-{int(one)}"] for one in Priority]

    def wanted(self) -> Triage:
        """What was filled in."""
        said = self.cleaned_data
        minutes = {one: said[f"minutes-{int(one)}"] for one in Priority}
        return Triage(
            table={one: {to: Priority(said[f"{one.value}-{to.value}"]) for to in Impact} for one in Severity},
            clocks={one: Clock(None if n is None else timedelta(minutes=n)) for one, n in minutes.items()},
        )


@office(Right.WORK_ON_INCIDENTS)
@require_safe
def urgency(request: HttpRequest) -> HttpResponse:
    """The table, how it was before, and the form."""
    return _page(request, UrgencyForm(holds=triage()))


@office(Right.CHANGE_SYSTEM)
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Will have it hold from now on."""
    form, by = UrgencyForm(request.POST, holds=triage()), hand_of(request)
    if form.is_valid():
        try:
            change_triage(wanted=form.wanted(), reason=form.cleaned_data["reason"], by=by, now=clock())
        except REFUSALS as refusal:
            form.add_error(None, _(refusal.__doc__ or ""))
        else:
            messages.success(request, _("It holds from now on."))
            return redirect("incidents:urgency")
    return _page(request, form, status=422)


def _page(request: HttpRequest, form: UrgencyForm, *, status: int = 200) -> HttpResponse:
    holds = triage()
    changes = TriageChange.objects.order_by("-created_at", "-id")[:SHOWN]
    context = {
        "now": clock(),
        "zone": company_zone(),
        "form": form,
        "impacts": IMPACTS.values(),
        "table": triage_rows(holds),
        "clocks": holds.clocks.items(),
        "may_change": has_right(request.user, Right.CHANGE_SYSTEM),
        "changes": [(one, triage_rows(triage_of(one)), triage_of(one).clocks.items()) for one in changes],
    }
    return render(request, "web_ops/urgency.html", context, status=status)
