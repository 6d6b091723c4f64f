"""All we have about the customer: to take along, and to have erased."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from midway.accounts.access import customer
from midway.core.retention import CannotBeErased
from midway.insight.actions import give_analytics_consent, withdraw_analytics_consent
from midway.insight.models import AnalyticsConsent
from midway.privacy.actions import erase_customer
from midway.privacy.copies import as_json, as_tables, everything_about
from midway.runtime.clock import now
from midway.web.public.my.who import customer_of, hand_of


@customer
@never_cache
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """What can be done with it."""
    has_agreed = AnalyticsConsent.objects.filter(customer=customer_of(request).code).exists()
    asks = has_agreed or bool(settings.UPKEEP.segment_write_key)
    return render(request, "public/my/data.html", {"here": "data", "has_agreed": has_agreed, "asks_to_agree": asks})


@customer
@never_cache
@require_POST
def analytics_consent(request: HttpRequest) -> HttpResponse:
    """They agree to be told apart in product events (`agreed=yes`), or take it back."""
    decide = give_analytics_consent if request.POST.get("agreed") == "yes" else withdraw_analytics_consent
    decide(customer=customer_of(request).code, by=hand_of(request), now=now())
    messages.success(request, _("Kept. You can change your mind at any time."))
    return redirect("public:my_data")


@customer
@never_cache
@require_safe
def as_one_file(request: HttpRequest) -> HttpResponse:
    """Everything, for a program."""
    about = everything_about(customer_of(request), now=now())
    return _file(as_json(about), "application/json", "midway.json")


@customer
@never_cache
@require_safe
def as_folder(request: HttpRequest) -> HttpResponse:
    """Everything, for a spreadsheet."""
    about = everything_about(customer_of(request), now=now())
    return _file(as_tables(about), "application/zip", "midway.zip")


@customer
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erasure(request: HttpRequest) -> HttpResponse:
    """Says what it means, asks for a yes, and forgets them; what is still open is said instead."""
    found = customer_of(request)
    refusal = ""
    if request.method == "POST" and "sure" in request.POST:
        try:
            erase_customer(customer=found.code, by=hand_of(request), now=now())
        except CannotBeErased as reason:
            refusal = _(type(reason).__doc__ or "")
        else:
            logout(request)
            return render(request, "public/my/erased.html")
    is_unsure = request.method == "POST" and not refusal
    context = {"refusal": refusal, "is_unsure": is_unsure, "here": "data"}
    return render(request, "public/my/erasure.html", context, status=409 if refusal else 422 if is_unsure else 200)


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
