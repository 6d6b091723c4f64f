"""Where customers and cleaners say that something does not work."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from midway.accounts.access import customer, signed_in
from midway.accounts.models import Role, User
from midway.core.actor import Actor, ActorKind
from midway.ops.actions import ReasonMissing
from midway.ops.actions.incidents.report_trouble import LONGEST, report_trouble
from midway.ops.incidents.words import ABOUT
from midway.ops.models import Incident
from midway.runtime.clock import now as clock


class TroubleForm(forms.Form):
    """What does not work."""

    about = forms.ChoiceField(choices=list(ABOUT.items()), label=gettext_lazy("What does not work"))
    text = forms.CharField(
        max_length=LONGEST, label=gettext_lazy("What happened"), widget=forms.Textarea(attrs={"rows": 4})
    )


def _page(request: HttpRequest, *, is_customer: bool, back: str) -> HttpResponse:
    form = TroubleForm(request.POST or None)
    is_sent = False
    if request.method == "POST" and form.is_valid():
        try:
            _report(request, form)
            is_sent = True
        except ReasonMissing as refusal:
            form.add_error("text", _(refusal.__doc__ or ""))
    context = {"form": form, "is_sent": is_sent, "is_customer": is_customer, "back": back}
    return render(request, "web_ops/trouble.html", context, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def trouble(request: HttpRequest) -> HttpResponse:
    """For cleaners, and whoever else has signed in."""
    signed_in_as: Any = request.user
    return _page(request, is_customer=False, back="/office/" if signed_in_as.is_office else reverse("field:today"))


@customer
@require_http_methods(["GET", "HEAD", "POST"])
def customers_trouble(request: HttpRequest) -> HttpResponse:
    """For customers."""
    return _page(request, is_customer=True, back=reverse("public:my_home"))


def _report(request: HttpRequest, form: TroubleForm) -> None:
    signed_in_as: Any = request.user
    user = User.objects.get(pk=signed_in_as.pk)
    is_customer = user.role == Role.CUSTOMER
    by = Actor(kind=ActorKind.CUSTOMER if is_customer else ActorKind.USER, label=user.name, user_id=user.pk)
    report_trouble(
        text=form.cleaned_data["text"],
        about=form.cleaned_data["about"],
        source=_source_of(user),
        reporter_code=_code_of(user),
        by=by,
        now=clock(),
    )


def _source_of(user: User) -> Incident.Source:
    if user.role == Role.CUSTOMER:
        return Incident.Source.CUSTOMER
    return Incident.Source.OFFICE if user.is_office else Incident.Source.CLEANER


def _code_of(user: User) -> UUID:
    """The customer's code where there is one, by which an erasure finds their words; else the account's."""
    theirs = getattr(user, "customer", None)
    return theirs.code if theirs is not None else user.code
