"""The living page of components, and the pages shown when something went wrong."""

import datetime as dt

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from midway.accounts.access import anyone
from midway.config.problem import problem, wants_json
from midway.web.design.icons import ICONS

SWATCHES = (
    *("paper", "surface", "sunken", "line", "edge", "ink-3", "ink-2", "ink"),
    *("accent-soft", "accent", "deep", "glint"),
    *("ok-soft", "ok", "warn-soft", "warn", "crit-soft", "crit", "info-soft", "info"),
)


class SpecimenForm(forms.Form):
    """One of each field, for the living page."""

    name = forms.CharField(label="Name", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = forms.EmailField(label="E-mail", help_text="We send the confirmation here.")
    access = forms.CharField(label="How do we get in?", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    weekday = forms.ChoiceField(label="Weekday", choices=[("tue", "Tuesday"), ("wed", "Wednesday")])
    agree = forms.BooleanField(label="Remember this browser")
    bedrooms = forms.IntegerField(label="Bedrooms", widget=forms.NumberInput(attrs={"min": 0, "max": 6}))


@anyone
def living_page(request: HttpRequest) -> HttpResponse:
    """Every component together. For the people who build Midway, and for the tests that photograph it."""
    if not (settings.DEBUG or getattr(request.user, "is_staff", False)):
        raise Http404
    form = SpecimenForm({"name": "Ada Morales", "email": "ada@", "weekday": "wed", "bedrooms": 2, "agree": True})
    morning = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
    context = {
        "form": form,
        "swatches": SWATCHES,
        "icons": sorted(ICONS),
        "start": morning,
        "end": morning + dt.timedelta(minutes=150),
        "series": [4, 6, 5, 9, 8, 11, 10, 14],
        "entries": [
            {"symbol": "move", "text": "Moved from Monday 9:00 to Tuesday 9:00", "at": "14:02", "by": "Maya Okafor"},
            {"symbol": "mail", "text": "Confirmation sent to ada@example.org", "at": "13:55", "by": ""},
            {"symbol": "check", "text": "Booked online", "at": "13:55", "by": "Ada Morales"},
        ],
    }
    return render(request, "design/living_page.html", context)


def page_error(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    """Will show what went wrong in words, and where to go from here."""
    return render(request, "design/error.html", {"status": status, "title": title, "text": text}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: we cannot read what was sent, or it was sent to a host that is not ours."""
    if wants_json(request):
        detail = "We could not read that, or it was sent to a host that is not served here."
        return problem(request, status=400, title="Not readable", detail=detail)
    return page_error(
        request, 400, _("We could not read that"), _("Go back, load the page again and send the form once more.")
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: signed in as somebody who may not see this."""
    return page_error(
        request,
        403,
        _("This page is not open to you"),
        _("Sign in with another account, or ask the owner of this company to open it for you."),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: nothing is at this address."""
    return page_error(
        request,
        404,
        _("There is nothing at this address"),
        _("The link may be old or mistyped. Your bookings are untouched; the links in our e-mails lead to them."),
    )


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without its proof: almost always a page left open too long, or cookies switched off."""
    return page_error(
        request,
        403,
        _("This page was open too long"),
        _("Go back, load it again and send the form once more. If it happens again, allow cookies for this site."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault. Drawn without database, session or translations that could fail in turn."""
    from django.template import loader

    return HttpResponse(loader.render_to_string("design/500.html"), status=500)
