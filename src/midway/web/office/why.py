"""Why is this time not offered? The answer for the telephone: cleaner by cleaner, in words."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from midway.accounts.access import Right, office
from midway.booking.actions.quote_home import price_for
from midway.booking.queries import NoPrices, NotServed, UnknownService
from midway.booking.why_not import WhyNotAnswer, why_not_offered
from midway.core.pricing import PriceError
from midway.core.timespan import local_instant
from midway.crew.models import Branch
from midway.runtime.clock import now as clock
from midway.web.office.appointment_forms import WishForm, choices_at
from midway.web.office.place import today_at, with_branch
from midway.web.office.why_words import cleaner_lines, general_lines


class WhyForm(WishForm):
    """The wish, and the time that was asked for."""

    field_order = ("on", "at", "service", "postcode", "bedrooms", "bathrooms", "half_baths", "square_feet", "extras")

    at = forms.TimeField(
        label=gettext_lazy("Which time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )

    def __init__(self, *args: Any, **rest: Any) -> None:
        super().__init__(*args, **rest)
        self.fields["on"].required = True
        self.fields["on"].label = gettext_lazy("Which day")


@office(Right.SEE_BOARD)
@require_safe
@with_branch
def why(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Will show the question and, once it is asked, what stands in the way."""
    now = clock()
    choices = choices_at(branch, on=today_at(branch, now))
    is_asked = "at" in request.GET
    begun = {name: request.GET[name] for name in WhyForm.base_fields if request.GET.get(name)}
    usual = {"bedrooms": 2, "bathrooms": 1, "service": "regular", "on": today_at(branch, now) + timedelta(days=1)}
    area = branch.areas.order_by("id").first()
    form = WhyForm(
        request.GET if is_asked else None,
        initial={**usual, "postcode": area.postcode if area else "", **begun},
        **choices,
    )
    context: dict[str, Any] = {"form": form, "branch": branch}
    if is_asked and form.is_valid():
        context |= _answered(form, now=now)
    status = 422 if is_asked and form.errors else 200
    return render(request, "office/why.html", context, status=status)


def _answered(form: WhyForm, *, now: Any) -> dict[str, Any]:
    said = form.cleaned_data
    try:
        offer = form.offer()
        price = price_for(offer=offer, home=form.home(), now=now)
    except (NotServed, UnknownService, NoPrices, PriceError) as refusal:
        return {"problem": _(str(refusal))}
    answer: WhyNotAnswer = why_not_offered(
        offer=offer,
        duration=timedelta(minutes=price.duration_minutes),
        team_size=price.team_size,
        start=local_instant(said["on"], said["at"], offer.branch.zoneinfo),
        now=now,
    )
    zone = offer.branch.zoneinfo
    return {
        "answer": answer,
        "start": answer.start.astimezone(zone),
        "end": answer.end.astimezone(zone),
        "general": general_lines(answer),
        "cleaners": [(each, cleaner_lines(each, answer)) for each in answer.cleaners],
    }
