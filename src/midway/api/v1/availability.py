"""GET /availability: the times that can be booked. The same code answers in the fast lane and through Django."""

from collections.abc import Mapping
from datetime import datetime

import pydantic
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from midway.api.problem import JSON, Problem, invalid, invalid_fields
from midway.api.v1 import slots_json
from midway.api.v1.offers import offer_for
from midway.api.v1.schemas import AvailabilityOut, AvailabilityQuery, ProblemOut
from midway.booking.queries import NotServed, UnknownService
from midway.crew.queries import CalendarNotWritten
from midway.runtime.clock import now as clock

router = Router(tags=["Booking"])


@router.get(
    "/availability",
    response={200: AvailabilityOut, 422: ProblemOut, 503: ProblemOut},
    operation_id="availability",
    summary="Times that can be booked",
)
def availability(request: HttpRequest, asked: Query[AvailabilityQuery]) -> HttpResponse:
    """Day by day in the branch's own time, empty days included. `cleaners_free` counts who could come."""
    return HttpResponse(availability_json(asked, now=clock()), content_type=JSON)


def asked_by(query: Mapping[str, str]) -> AvailabilityQuery:
    """What bare parameters ask for. Raises `Problem`."""
    try:
        return AvailabilityQuery.model_validate(query)
    except pydantic.ValidationError as found:
        raise invalid_fields(found.errors(include_url=False, include_context=False)) from None


def availability_json(asked: AvailabilityQuery, *, now: datetime) -> bytes:
    """The answer's bytes. Raises `Problem`."""
    try:
        offer = offer_for(service=asked.service, postcode=asked.postcode or "")
        return slots_json.days_of(
            offer=offer,
            first=asked.first or now.astimezone(offer.branch.zoneinfo).date(),
            days=asked.days,
            minutes=asked.duration_minutes,
            team_size=asked.team_size,
            now=now,
        )
    except UnknownService as problem:
        raise invalid("service", problem) from None
    except NotServed as problem:
        raise invalid("postcode", problem) from None
    except CalendarNotWritten as problem:
        raise Problem(503, str(problem), headers={"Retry-After": "60"}) from None
