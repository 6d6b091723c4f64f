"""What is being booked, in the few lines that stand beside every step, and the policy in one sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from midway.booking.models import Quote
from midway.booking.rates import rates_from_json
from midway.core.pricing import PriceLine
from midway.crew.models import Branch
from midway.web.design.words import length_in_words, money_in_words
from midway.web.public import words
from midway.web.public.catalogue import WorkingLine


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


def summary_of_quote(quote: Quote) -> Summary:
    """Will put a quote into words, with its working."""
    rates = rates_from_json(quote.price_list.rates)
    service = words.service_name(quote.service)
    rooms = [
        ngettext("%(count)s bedroom", "%(count)s bedrooms", quote.bedrooms) % {"count": quote.bedrooms},
        ngettext("%(count)s bathroom", "%(count)s bathrooms", quote.bathrooms) % {"count": quote.bathrooms},
    ]
    return Summary(
        service=service,
        home=", ".join(rooms),
        frequency=words.FREQUENCY_WORDS.get(quote.frequency, quote.frequency),
        extras=[words.extra_name(extra.name) for extra in rates.extras if extra.code in quote.extras],
        total=money_in_words(quote.total_cents, quote.currency),
        length=length_in_words(quote.duration_minutes),
        team_size=quote.team_size,
        comes_back=quote.frequency != "once",
        again=f"{reverse('public:home')}?{_choices(quote)}",
        postcode=quote.postcode,
        lines=[
            WorkingLine(
                label=words.line_in_words(PriceLine(**line), rates=rates, service=service),
                amount=money_in_words(line["amount_cents"], quote.currency),
                length=length_in_words(line["minutes"]) if line["minutes"] else "",
            )
            for line in quote.lines
        ],
    )


def _choices(quote: Quote) -> str:
    """The quote's choices as an address, so that the first page opens with them filled in."""
    given = {
        "service": quote.service.code,
        "bedrooms": quote.bedrooms,
        "bathrooms": quote.bathrooms,
        "square_feet": quote.square_feet or "",
        "extras": quote.extras,
        "frequency": quote.frequency,
        "postcode": quote.postcode,
    }
    return urlencode(given, doseq=True)


def policy_sentence(branch: Branch) -> str:
    """What changing costs, in one sentence."""
    hours = branch.change_notice_minutes // 60
    notice = (
        ngettext("%(count)s day", "%(count)s days", hours // 24) % {"count": hours // 24}
        if hours % 24 == 0 and hours
        else ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    )
    sentence = _(
        "Move or cancel free of charge until %(notice)s before; "
        "after that, cancelling costs %(percent)s %% of the price."
    )
    return sentence % {"notice": notice, "percent": branch.late_fee_percent}
