"""Programs that are told what happens: registering one, what it was told, telling it again, switching it off."""

import re
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from midway.accounts.access import Right, has_right, office
from midway.crew.models import Branch
from midway.messaging.actions import AddressRefused, register_endpoint, replay_delivery, switch_endpoint
from midway.messaging.models import WebhookEndpoint
from midway.messaging.queries import deliveries_of, endpoints_with_counts
from midway.messaging.webhooks import body_of
from midway.runtime.clock import now as clock
from midway.web.office.place import hand_of, with_branch

PARTS = (
    ("booking.*", gettext_lazy("Bookings, visits and regular cleans")),
    ("customers.*", gettext_lazy("Customers")),
    ("crew.*", gettext_lazy("People and their hours")),
    ("messaging.*", gettext_lazy("Messages")),
    ("*", gettext_lazy("Everything, also what comes later")),
)
EVENT = re.compile(r"\*|[a-z_]+\.\*|[a-z_]+(\.[a-z_]+){2}")


class EndpointForm(forms.Form):
    """Where to tell, and of what."""

    url = forms.URLField(
        label=gettext_lazy("Address of the program"),
        max_length=500,
        assume_scheme="https",
        help_text=gettext_lazy("Begins with https:// and lies on the public internet."),
        widget=forms.URLInput(attrs={"autocomplete": "off", "placeholder": "https://"}),
    )
    parts = forms.MultipleChoiceField(
        label=gettext_lazy("Tell it about"), choices=PARTS, required=False, widget=forms.CheckboxSelectMultiple
    )
    single = forms.CharField(
        label=gettext_lazy("Single events"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("Names like booking.visit.booked, with spaces between."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_single(self) -> list[str]:
        """Will refuse what cannot be the name of an event."""
        names = re.split(r"[\s,]+", self.cleaned_data["single"].strip())
        wrong = [name for name in names if name and not EVENT.fullmatch(name)]
        if wrong:
            raise forms.ValidationError(_("These are no names of events: %(names)s.") % {"names": ", ".join(wrong)})
        return [name for name in names if name]

    def clean(self) -> dict[str, Any]:
        """Will ask for at least one event."""
        said = super().clean() or {}
        if not said.get("parts") and not said.get("single") and "single" not in self.errors:
            self.add_error("parts", _("Tick what the program wants to hear, or name single events."))
        return said

    def events(self) -> list[str]:
        """Everything asked for, each once."""
        return list(dict.fromkeys([*self.cleaned_data["parts"], *self.cleaned_data["single"]]))


@office(Right.SEE_SYSTEM)
@require_safe
@with_branch
def webhooks(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Every program that is told, and how that goes."""
    return _list_page(request, branch, EndpointForm())


@office(Right.CHANGE_SYSTEM)
@require_POST
@never_cache
@with_branch
def register(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Will tell a program from now on, and show its secret this once."""
    form = EndpointForm(request.POST)
    if not form.is_valid():
        return _list_page(request, branch, form, status=422)
    try:
        endpoint, secret = register_endpoint(
            url=form.cleaned_data["url"], events=form.events(), by=hand_of(request), now=clock()
        )
    except AddressRefused as refusal:
        form.add_error("url", _(refusal.__doc__ or ""))
        return _list_page(request, branch, form, status=422)
    return _endpoint_page(request, branch, endpoint, secret=secret, status=201)


@office(Right.SEE_SYSTEM)
@require_safe
@with_branch
def webhook(request: HttpRequest, branch: Branch, code: UUID) -> HttpResponse:
    """One program: what it wants to hear and what it was told."""
    return _endpoint_page(request, branch, _endpoint_or_404(code))


@office(Right.CHANGE_SYSTEM)
@require_POST
def webhook_switch(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will stop telling a program (`to=off`), or tell it again (`to=on`)."""
    is_on = request.POST.get("to") == "on"
    _endpoint_or_404(code)
    switch_endpoint(endpoint=code, is_on=is_on, by=hand_of(request), now=clock())
    messages.success(request, _("It is told again.") if is_on else _("It is not told any more."))
    return redirect("office:webhook", code)


@office(Right.CHANGE_SYSTEM)
@require_POST
def webhook_replay(request: HttpRequest, code: UUID, delivery: int) -> HttpResponse:
    """Will tell a program something once more, with the same id."""
    if not _endpoint_or_404(code).deliveries.filter(pk=delivery).exists():
        raise Http404
    replay_delivery(delivery=delivery, by=hand_of(request), now=clock())
    messages.success(request, _("It is told once more, in a moment."))
    return redirect("office:webhook", code)


def _endpoint_or_404(code: UUID) -> WebhookEndpoint:
    found = WebhookEndpoint.objects.filter(code=code).first()
    if found is None:
        raise Http404
    return found


def _list_page(request: HttpRequest, branch: Branch, form: EndpointForm, *, status: int = 200) -> HttpResponse:
    context = {
        "endpoints": endpoints_with_counts(),
        "form": form,
        "may_change": has_right(request.user, Right.CHANGE_SYSTEM),
        "zone": branch.zoneinfo,
    }
    return render(request, "office/webhooks.html", context, status=status)


def _endpoint_page(
    request: HttpRequest, branch: Branch, found: WebhookEndpoint, *, secret: str = "", status: int = 200
) -> HttpResponse:
    told = [(delivery, body_of(delivery.entry).decode()) for delivery in deliveries_of(found, limit=50)]
    context = {
        "endpoint": found,
        "deliveries": told,
        "secret": secret,
        "may_change": has_right(request.user, Right.CHANGE_SYSTEM),
        "zone": branch.zoneinfo,
    }
    return render(request, "office/webhook.html", context, status=status)
