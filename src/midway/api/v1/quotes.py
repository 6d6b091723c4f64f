"""POST /quotes: a price with its working, honoured until it expires."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from midway.api.problem import Problem, invalid, json_answer
from midway.api.v1.offers import offer_for
from midway.api.v1.schemas import ProblemOut, QuoteOut, QuoteRequest
from midway.booking.actions import Wishes, quote_home
from midway.booking.models import Quote
from midway.booking.queries import NoPrices, NotServed, UnknownService
from midway.core.pricing import Home, PriceError
from midway.runtime.clock import now as clock

router = Router(tags=["Booking"])


@router.post(
    "/quotes",
    response={200: QuoteOut, 422: ProblemOut, 503: ProblemOut},
    operation_id="quote",
    summary="Price a home",
)
def quotes(request: HttpRequest, asked: QuoteRequest) -> HttpResponse:
    """Works out a price and keeps it under its code until `expires_at`."""
    home = Home(
        service=asked.service,
        bedrooms=asked.bedrooms,
        bathrooms=asked.bathrooms,
        square_feet=asked.square_feet,
        extras=asked.extras,
        frequency=asked.frequency,
        half_baths=asked.half_baths,
        people=asked.people,
        minutes=asked.minutes,
    )
    wishes = Wishes(coupon=asked.coupon, gift_card=asked.gift_card, friend=asked.friend)
    try:
        offer = offer_for(service=asked.service, postcode=asked.postcode)
        quote = quote_home(offer=offer, home=home, postcode=asked.postcode, now=clock(), wishes=wishes)
    except UnknownService as problem:
        raise invalid("service", problem) from None
    except NotServed as problem:
        raise invalid("postcode", problem) from None
    except PriceError as problem:
        raise invalid(problem.field, problem) from None
    except NoPrices as problem:
        raise Problem(503, str(problem)) from None
    return json_answer(quote_json(quote))


def quote_json(quote: Quote) -> dict[str, object]:
    """The quote as programs read it."""
    return {
        "code": quote.code,
        "service": quote.service.code,
        "frequency": quote.frequency,
        "total_cents": quote.total_cents,
        "currency": quote.currency,
        "duration_minutes": quote.duration_minutes,
        "team_size": quote.team_size,
        "lines": quote.lines,
        "other_prices": quote.other_prices,
        "expires_at": quote.expires_at.astimezone(quote.branch.zoneinfo),
    }
