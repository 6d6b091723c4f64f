"""A plan's visit moved so far that it counts as one left out: what that costs is said before it is done."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from midway.booking.actions import MovePreview, move_for_shown_fee, preview_move, reschedule_visit
from midway.booking.actions.reschedule_visit import MoveTooFar
from midway.booking.models import Visit
from midway.core.actor import Actor
from midway.web.design.words import money_in_words


def asked_first(
    request: HttpRequest, found: Visit, start: datetime, *, facts: Mapping[str, Any], moment: datetime
) -> HttpResponse | None:
    """The question whether it should be moved for what it comes to; nothing where it need not be asked, or was."""
    shown = preview_move(visit=found, to=start, now=moment)
    if not shown.is_far or not shown.decision.is_allowed or request.POST.get("seen") == _mark(shown):
        return None
    zone = found.branch.zoneinfo
    own = next((price for price in shown.prices if price.visit.pk == found.pk), None)
    others = [price for price in shown.prices if price.visit.pk != found.pk]
    back = sum(price.back_cents for price in shown.prices)
    context = {
        **facts,
        "new_start": start.astimezone(zone),
        "new_end": (start + found.duration).astimezone(zone),
        "start_said": start.isoformat(),
        "seen": _mark(shown),
        "skip_fee": money_in_words(shown.decision.fee_cents, found.currency) if shown.decision.fee_cents else "",
        "new_price": money_in_words(own.price_cents, found.currency) if own else "",
        "back": money_in_words(back, found.currency) if back else "",
        "others": [
            (price.visit.starts_at.astimezone(zone), money_in_words(price.price_cents, found.currency))
            for price in others
        ],
    }
    return render(request, "public/far_move.html", context)


def move_as_asked(request: HttpRequest, found: Visit, start: datetime, *, by: Actor, moment: datetime) -> None:
    """Will move the visit, for the fee that was shown where one was. Raises as `move_for_shown_fee`."""
    fee = request.POST.get("seen", "").partition(",")[0]
    if fee.isdigit():
        move_for_shown_fee(visit=found.code, to=start, shown_fee_cents=int(fee), by=by, now=moment)
    else:
        reschedule_visit(visit=found.code, to=start, by=by, now=moment)


def too_far(refusal: MoveTooFar) -> dict[str, object]:
    """What a page says of a time farther away than the rules let a visit be moved."""
    return {"too_far": _(MoveTooFar.__doc__ or "") % {"days": refusal.days}}


def _mark(shown: MovePreview) -> str:
    """What was shown, so that nobody is charged anything else."""
    prices = (f"{price.visit.pk}:{price.price_cents}:{price.back_cents}" for price in shown.prices)
    return ",".join([str(shown.decision.fee_cents), *prices])
