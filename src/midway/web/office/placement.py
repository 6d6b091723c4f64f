"""Moving a visit on the board: by drag, by keys, and back again."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from midway.accounts.access import Right, office
from midway.booking.actions import VisitChangedMeanwhile, place_visit
from midway.booking.actions.visit_lock import VisitNotChangeable
from midway.booking.models import Visit
from midway.booking.queries import visit_by_code
from midway.crew.calendar import SlotTaken
from midway.crew.models import Cleaner
from midway.runtime.clock import now as clock
from midway.web.design.words import span_in_words
from midway.web.office.place import hand_of

REFUSALS = (VisitChangedMeanwhile, VisitNotChangeable, SlotTaken)


class PlacementForm(forms.Form):
    """Where a visit should go: `cleaners` are codes, comma between them; none means nobody yet."""

    revision = forms.IntegerField(min_value=0)
    start = forms.DateTimeField(input_formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z"])
    cleaners = forms.CharField(required=False)
    tell = forms.BooleanField(required=False)

    def __init__(self, data: Any, *, visit: Visit) -> None:
        super().__init__(data)
        self.visit = visit

    def clean_cleaners(self) -> list[int]:
        """Will turn the codes into ids of this branch's cleaners."""
        codes = {code for code in self.cleaned_data["cleaners"].split(",") if code}
        try:
            wanted = [UUID(code) for code in codes]
        except ValueError as problem:
            raise ValidationError(_("There is no such cleaner.")) from problem
        start = self.cleaned_data.get("start") or self.visit.starts_at
        employed = Cleaner.objects.employed_on(start.astimezone(self.visit.branch.zoneinfo).date())
        ids = list(employed.filter(branch=self.visit.branch_id, code__in=wanted).values_list("pk", flat=True))
        if len(ids) != len(wanted):
            raise ValidationError(_("There is no such cleaner."))
        return ids


@dataclass(frozen=True)
class Before:
    """Where a visit was, to put it back."""

    start: datetime
    cleaners: str

    @classmethod
    def of(cls, visit: Visit) -> "Before":
        """Will remember a visit's place."""
        codes = [str(a.cleaner.code) for a in visit.assignments.all() if a.active]
        return cls(start=visit.starts_at, cleaners=",".join(codes))

    def undo_address(self, visit: Visit, *, tell: bool) -> str:
        """The address that, posted to, puts the visit back where it was."""
        query: dict[str, Any] = {
            "revision": visit.revision,
            "start": self.start.isoformat(),
            "cleaners": self.cleaners,
            "undo": 1,
        }
        if tell:
            query["tell"] = 1
        return f"{reverse('office:placement', args=[visit.code])}?{urlencode(query)}"


@office(Right.CHANGE_VISITS)
@require_POST
def placement(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will put the visit where it was dropped; 409 says in words why it stays where it was."""
    visit = visit_by_code(code)
    if visit is None:
        raise Http404
    is_undo = "undo" in request.GET
    form = PlacementForm(request.GET if is_undo else request.POST, visit=visit)
    if not form.is_valid():
        text = " ".join(str(e) for errors in form.errors.values() for e in errors)
        return _answer(request, text, state="crit", status=422)
    asked, before = form.cleaned_data, Before.of(visit)
    try:
        moved = place_visit(visit=code, by=hand_of(request), now=clock(), **asked)
    except REFUSALS as refusal:
        return _answer(request, _(refusal.__doc__ or ""), state="crit", status=409)
    undo = "" if is_undo else before.undo_address(moved, tell=asked["tell"])
    return _answer(request, _said(moved, is_undo=is_undo), state="ok", undo=undo)


def _said(visit: Visit, *, is_undo: bool) -> str:
    zone = visit.branch.zoneinfo
    names = visit.assignments.filter(active=True).order_by("cleaner__name").values_list("cleaner__name", flat=True)
    words = {
        "customer": visit.customer.name,
        "when": span_in_words(visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)),
        "who": ", ".join(names) or _("nobody yet"),
    }
    if is_undo:
        return _("Back as it was: %(customer)s, %(when)s, %(who)s.") % words
    return _("Moved: %(customer)s, %(when)s, %(who)s.") % words


def _answer(request: HttpRequest, text: str, *, state: str, status: int = 200, undo: str = "") -> HttpResponse:
    toast = {"text": text, "state": state, "undo": undo}
    if request.headers.get("HX-Request") != "true":
        return JsonResponse(toast, status=status)
    # Undo is sent by HTMX from the toast: the answer is another toast and a fresh board.
    response = HttpResponse(status=204)
    response["HX-Trigger"] = json.dumps({"toast": toast, "board-changed": {}})
    return response
