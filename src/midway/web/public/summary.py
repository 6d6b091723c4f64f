"""What is being booked, in the few lines that stand beside every step, and the policy in one sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from midway.booking.models import Quote, Visit
from midway.booking.payments import payments_of
from midway.booking.policies import Rulebook
from midway.booking.rates import rates_from_json
from midway.core.price_list import Rates
from midway.core.pricing import PriceLine
from midway.crew.models import Branch
from midway.runtime.clock import now as clock
from midway.web.design.credit_words import paid_words
from midway.web.design.policy_words import policy_in_words
from midway.web.design.words import length_in_words, money_in_words
from midway.web.public import words
from midway.web.public.catalogue import Payment, WorkingLine, payment_in_words


@dataclass(frozen=True)
class Summary:
    """A quote in words."""

    service: str
    home: str
    frequency: str | Promise
    extras: Sequence[str]
    total: str
    length: str
    team_size: int
    postcode: str
    lines: Sequence[WorkingLine]
    comes_back: bool
    again: str
    later: str = ""
    """What each visit after the first costs, where that is something else."""
    payment: Payment | None = None
    """What gift cards and credit pay of it, and what is left."""


def summary_of_quote(quote: Quote, *, start: datetime | None = None) -> Summary:
    """Will put a quote into words with its working; from `start` on, as what is charged for a visit then."""
    shown = quote.shown_price(start, is_first=True) or quote.as_shown()
    rates = rates_from_json(quote.price_list.rates)
    service = words.service_name(quote.service)
    return Summary(
        service=service,
        home=", ".join(_rooms(quote)),
        frequency=words.FREQUENCY_WORDS.get(quote.frequency, quote.frequency),
        extras=[words.extra_name(extra.name) for extra in rates.extras if extra.code in quote.extras],
        total=money_in_words(shown["total_cents"], quote.currency),
        length=length_in_words(shown["duration_minutes"]),
        team_size=quote.team_size,
        later=_later(quote, shown["total_cents"], start),
        payment=payment_in_words(shown["total_cents"], quote.credit_cents or 0, quote.currency),
        comes_back=quote.frequency != "once",
        again=f"{reverse('public:home')}?{_choices(quote)}",
        postcode=quote.postcode,
        lines=_lines(shown["lines"], rates, service, quote.currency),
    )


def summary_of_visit(visit: Visit) -> Summary:
    """The same for one visit, which may have a price and extras of its own."""
    quote = visit.booking.quote
    rates = rates_from_json(quote.price_list.rates)
    names = {extra.code: words.extra_name(extra.name) for extra in rates.extras}
    return replace(
        summary_of_quote(quote),
        extras=[names.get(code, code) for code in visit.agreed_extras],
        total=money_in_words(visit.price_cents, visit.currency),
        length=length_in_words(int(visit.duration / timedelta(minutes=1))),
        later="",
        payment=_payment(visit),
        lines=_lines(visit.working, rates, words.service_name(quote.service), visit.currency),
    )


def _payment(visit: Visit) -> Payment | None:
    payments = payments_of(visit, now=clock())
    if not payments.lines and not payments.fee_cents:
        return None
    fee = [(_("Fee"), money_in_words(payments.fee_cents, visit.currency))] if payments.fee_cents else []
    lines = [(paid_words(line), money_in_words(-line.amount_cents, visit.currency)) for line in payments.lines]
    return Payment(fee + lines, money_in_words(payments.left_cents, visit.currency))


def _rooms(quote: Quote) -> list[str]:
    if quote.asked_minutes:
        people = ngettext("%(count)s person", "%(count)s people", quote.team_size) % {"count": quote.team_size}
        return [length_in_words(quote.asked_minutes), people]
    half = ngettext("%(count)s half bath", "%(count)s half baths", quote.half_baths) % {"count": quote.half_baths}
    return [
        ngettext("%(count)s bedroom", "%(count)s bedrooms", quote.bedrooms) % {"count": quote.bedrooms},
        ngettext("%(count)s bathroom", "%(count)s bathrooms", quote.bathrooms) % {"count": quote.bathrooms},
        *([half] if quote.half_baths else []),
    ]


def _later(quote: Quote, first_cents: int, start: datetime | None) -> str:
    if quote.frequency == "once":
        return ""
    usual = quote.usual_price_at(start) if start else quote.total_cents
    return money_in_words(usual, quote.currency) if usual != first_cents else ""


def _lines(working: Sequence[Mapping[str, Any]], rates: Rates, service: str, currency: str) -> list[WorkingLine]:
    return [
        WorkingLine(
            label=words.line_in_words(PriceLine(**line), rates=rates, service=service),
            amount=money_in_words(line["amount_cents"], currency),
            length=length_in_words(line["minutes"]) if line["minutes"] > 0 else "",
        )
        for line in working
        if line["amount_cents"]
    ]


def _choices(quote: Quote) -> str:
    """The quote's choices as an address, so that the first page opens with them filled in."""
    given = {
        "service": quote.service.code,
        "bedrooms": quote.bedrooms,
        "bathrooms": quote.bathrooms,
        "square_feet": quote.square_feet or "",
        "half_baths": quote.half_baths or "",
        "minutes": quote.asked_minutes or "",
        "people": quote.people or "",
        "extras": quote.extras,
        "frequency": quote.frequency,
        "postcode": quote.postcode,
        # A gift card's code is as good as money: it stands in no address.
        "coupon": quote.coupon.code if quote.coupon else "",
        "friend": quote.referrer.referral_code if quote.referrer else "",
    }
    return urlencode(given, doseq=True)


def policy_sentence(branch: Branch, *, service_id: int | None = None) -> str:
    """What changing costs, in one sentence."""
    terms, _policy = Rulebook(branch).terms(service_id=service_id, now=clock())
    return policy_in_words(terms, branch.currency)
