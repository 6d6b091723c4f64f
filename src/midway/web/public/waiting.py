"""Nothing suits: leave a wish and hear of what comes free; take it back again."""

import datetime as dt
from contextlib import suppress
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from midway.accounts.access import anyone
from midway.booking.actions.waiting_list import (
    LONGEST_WAIT,
    AlreadyWaiting,
    Wish,
    WishImpossible,
    WishNotOpen,
    leave_wish,
    withdraw_wish,
)
from midway.booking.models import WaitingWish
from midway.core.actor import VISITOR
from midway.customers.actions import Contact
from midway.runtime.clock import now
from midway.web.design.words import weekday_in_words
from midway.web.public.summary import summary_of_quote
from midway.web.public.when import quote_or_404

MONDAY = dt.date(2026, 3, 2)


class WishForm(forms.Form):
    """When it would suit, and how we write."""

    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("On which days"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one day.")},
    )
    not_before = forms.TimeField(
        label=gettext_lazy("Not before"), initial="08:00", widget=forms.TimeInput(attrs={"type": "time"})
    )
    not_after = forms.TimeField(
        label=gettext_lazy("Start at the latest"), initial="17:00", widget=forms.TimeInput(attrs={"type": "time"})
    )
    until_on = forms.DateField(
        label=gettext_lazy("I wait until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )

    def __init__(self, *args: Any, **rest: Any) -> None:
        super().__init__(*args, **rest)
        days: Any = self.fields["weekdays"]
        days.choices = [(n, weekday_in_words(MONDAY + dt.timedelta(days=n)).capitalize()) for n in range(7)]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("not_before") and said.get("not_after") and said["not_after"] < said["not_before"]:
            self.add_error("not_after", _("The latest start is before the earliest."))
        return said

    def wish(self, today: dt.date) -> Wish:
        """The answers as the waiting list takes them."""
        said = self.cleaned_data
        return Wish(
            weekdays=frozenset(int(day) for day in said["weekdays"]),
            not_before=said["not_before"],
            not_after=said["not_after"],
            from_on=today,
            until_on=said["until_on"],
        )


@anyone
@require_http_methods(["GET", "HEAD", "POST"])
def waiting(request: HttpRequest, code: UUID) -> HttpResponse:
    """The form to leave a wish for a quote."""
    quote, moment = quote_or_404(code), now()
    today = moment.astimezone(quote.branch.zoneinfo).date()
    begun = {"until_on": today + dt.timedelta(days=28), "weekdays": [0, 1, 2, 3, 4]}
    form = WishForm(request.POST if request.method == "POST" else None, initial=begun)
    if request.method == "POST" and form.is_valid():
        contact = Contact(form.cleaned_data["name"], form.cleaned_data["email"], "")
        language = get_language() or "en"
        try:
            left = leave_wish(
                quote=quote, contact=contact, language=language, wish=form.wish(today), by=VISITOR, now=moment
            )
            return redirect("public:wish", code=left.code)
        except WishImpossible as refusal:
            form.add_error("until_on", _(str(refusal)))
        except AlreadyWaiting as refusal:
            form.add_error(None, _(str(refusal)))
    context = {"form": form, "quote": quote, "summary": summary_of_quote(quote), "longest": LONGEST_WAIT.days}
    return render(request, "public/waiting.html", context, status=422 if form.errors else 200)


@anyone
@require_http_methods(["GET", "HEAD", "POST"])
def wish(request: HttpRequest, code: UUID) -> HttpResponse:
    """Somebody's place on the list, and the way off it."""
    found = WaitingWish.objects.select_related("quote__service", "branch").filter(code=code).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        with suppress(WishNotOpen):  # asked for twice
            withdraw_wish(wish=found, by=VISITOR, now=now())
        return redirect("public:wish", code=code)
    days = [weekday_in_words(MONDAY + dt.timedelta(days=n)) for n in found.weekdays]
    return render(request, "public/wish.html", {"wish": found, "days": ", ".join(days)})
