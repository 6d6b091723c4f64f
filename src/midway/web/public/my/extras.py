"""Other extras for one visit: what they do to its price and length first, then the change."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from midway.accounts.access import customer
from midway.booking.actions.change_extras import ExtrasDecision, PriceRose, change_extras, preview_extras
from midway.booking.actions.reschedule_visit import ChangeTooLate
from midway.booking.actions.visit_lock import VisitNotChangeable
from midway.booking.models import Visit
from midway.booking.visit_prices import extras_sold
from midway.core.pricing import PriceError
from midway.crew.calendar import SlotTaken
from midway.runtime.clock import now
from midway.web.design.words import length_in_words, money_in_words
from midway.web.public.catalogue import Choice
from midway.web.public.my.visit import facts_for_customer
from midway.web.public.my.who import hand_of, own_visit
from midway.web.public.words import extra_name, price_problem


@customer
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def extras(request: HttpRequest, code: UUID) -> HttpResponse:
    """Choose, see what it comes to, and have it so; a price that rose meanwhile is asked about again."""
    found, moment = own_visit(request, code), now()
    asked = request.POST if request.method == "POST" else request.GET
    wanted = asked.getlist("extras") if "see" in asked or request.method == "POST" else list(found.agreed_extras)
    problem, decision, shown = "", None, request.POST.get("price_cents", "")
    try:
        decision = preview_extras(visit=found, extras=wanted, now=moment)
        if request.method == "POST":
            cents = int(shown) if shown.isdigit() else 0
            change_extras(visit=code, extras=wanted, by=hand_of(request), now=moment, shown_price_cents=cents)
            messages.success(request, _("Changed. We have sent you the new price."))
            return redirect("public:my_visit", code)
    except PriceError as refusal:
        problem = price_problem(refusal)
    except (PriceRose, ChangeTooLate, VisitNotChangeable) as refusal:
        problem = _(type(refusal).__doc__ or "")
    except SlotTaken:
        problem = _("Nobody is free for longer at that time. Choose fewer extras, or another time first.")
    context = {
        **facts_for_customer(found),
        "choices": _choices(found, wanted),
        "is_asked": decision is not None and ("see" in asked or request.method == "POST"),
        "wanted": wanted,
        "problem": problem,
        **(_effect(found, decision) if decision else {}),
        "here": "visits",
    }
    status = 409 if problem and request.method == "POST" else 422 if problem else 200
    return render(request, "public/my/extras.html", context, status=status)


def _choices(found: Visit, wanted: list[str]) -> list[tuple[Choice, bool]]:
    return [
        (
            Choice(
                value=extra.code,
                title=extra_name(extra.name),
                sum="+ " + money_in_words(extra.amount_cents, found.currency),
                aside=length_in_words(extra.minutes) if extra.minutes else "",
            ),
            extra.code in wanted,
        )
        for extra in extras_sold(found, now=now())
    ]


def _effect(found: Visit, decision: ExtrasDecision) -> dict[str, Any]:
    more = decision.price_cents - decision.price_before_cents
    longer = decision.duration_minutes - decision.duration_before_minutes
    return {
        "may_change": decision.is_allowed,
        "price_cents": decision.price_cents,
        "new_price": money_in_words(decision.price_cents, found.currency),
        "old_price": money_in_words(decision.price_before_cents, found.currency),
        "more": money_in_words(abs(more), found.currency) if more else "",
        "is_dearer": more > 0,
        "longer": length_in_words(abs(longer)) if longer else "",
        "is_longer": longer > 0,
        "new_length": length_in_words(decision.duration_minutes),
    }
