"""Something upsets the day: a visit runs late, a vehicle stands still, snow. The forms, and what they set going."""

import datetime as dt
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from midway.accounts.access import Right, office
from midway.booking.models import Visit
from midway.core.timespan import local_instant, local_midnight
from midway.crew.models import Branch, Cleaner
from midway.dispatch.actions import (
    BackBefore,
    DayGoneBy,
    VisitIsOver,
    What,
    ask_about_trouble,
    end_trouble,
)
from midway.dispatch.models import Trouble
from midway.runtime.clock import now as clock
from midway.web.office.place import day_named, hand_of, with_branch

REFUSALS = (DayGoneBy, VisitIsOver, BackBefore)
KINDS = {
    "late": gettext_lazy("A visit takes longer"),
    "van": gettext_lazy("A vehicle stands still"),
    "snow": gettext_lazy("Every drive takes longer"),
}


class TroubleForm(forms.Form):
    """What happened on a day of a branch; which fields are needed depends on `kind`."""

    kind = forms.ChoiceField(choices=list(KINDS.items()))
    date = forms.DateField()
    visit = forms.UUIDField(required=False)
    minutes = forms.IntegerField(required=False, min_value=5, max_value=480)
    cleaner = forms.UUIDField(required=False)
    until = forms.TimeField(required=False)
    percent = forms.IntegerField(required=False, min_value=5, max_value=300)

    def __init__(self, data: Any, *, branch: Branch) -> None:
        super().__init__(data)
        self.branch = branch

    def what(self) -> What | None:
        """Will say what happened; nothing when something needed is missing or not of this branch."""
        said = self.cleaned_data
        if said["kind"] == "late":
            visit = self._visit(said["date"], said["visit"])
            return What(visit=visit, minutes=said["minutes"]) if visit and said["minutes"] else None
        if said["kind"] == "van":
            cleaner = (
                Cleaner.objects.filter(branch=self.branch, code=said["cleaner"]).first() if said["cleaner"] else None
            )
            until = self._moment(said["date"], said["until"])
            return What(cleaner=cleaner, until=until) if cleaner and until else None
        return What(percent=said["percent"]) if said["percent"] else None

    def _visit(self, on: dt.date, code: UUID | None) -> Visit | None:
        opens = local_midnight(on, self.branch.zoneinfo)
        found = Visit.objects.select_related("customer").filter(branch=self.branch, code=code).first() if code else None
        return found if found and found.starts_at >= opens else None

    def _moment(self, on: dt.date, until: dt.time | None) -> dt.datetime | None:
        return local_instant(on, until, self.branch.zoneinfo) if until else None


@office(Right.CHANGE_VISITS)
@require_POST
@with_branch
def trouble(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Will write down what happened and have three ways out worked out."""
    form = TroubleForm(request.POST, branch=branch)
    if "date" in form.errors or day_named(request.POST["date"]) is None:
        raise Http404
    what = form.what() if form.is_valid() else None
    on = form.cleaned_data["date"]
    if what is None:
        messages.error(request, _("Say which visit and how much longer, who and until when, or how much slower."))
        return _back(branch, on)
    try:
        ask_about_trouble(branch=branch, on=on, what=what, by=hand_of(request), now=clock())
    except REFUSALS as refusal:
        messages.error(request, _(type(refusal).__doc__ or ""))
    return _back(branch, on)


@office(Right.CHANGE_VISITS)
@require_POST
def trouble_over(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will say that a trouble is over."""
    found = Trouble.objects.select_related("branch").filter(code=code).first()
    if found is None:
        raise Http404
    end_trouble(trouble=code, by=hand_of(request), now=clock())
    messages.success(request, _("Plans reckon with it no more. Let a fresh one be worked out."))
    return _back(found.branch, found.on)


def _back(branch: Branch, on: dt.date) -> HttpResponse:
    return redirect(f"{reverse('office:plan_day')}?date={on.isoformat()}&branch={branch.code}")
