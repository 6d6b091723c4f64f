"""GET /services: what can be booked, and what each extra costs."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import BaseModel

from midway.api.problem import Problem, invalid, json_answer
from midway.api.v1 import fields as f
from midway.api.v1.schemas import ProblemOut, ServicesOut
from midway.booking.queries import (
    NoPrices,
    NotServed,
    branch_serving,
    first_branch,
    offered_services,
    price_list_in_force,
)
from midway.runtime.clock import now as clock

router = Router(tags=["Booking"])


class ServicesQuery(BaseModel):
    """Prices of extras are those of the branch that serves the postcode, or of the first one."""

    postcode: f.OptionalLine = ""


@router.get(
    "/services",
    response={200: ServicesOut, 422: ProblemOut, 503: ProblemOut},
    operation_id="services",
    summary="Services and extras",
)
def services(request: HttpRequest, asked: Query[ServicesQuery]) -> HttpResponse:
    """Every service that can be booked, with the extras that can be added to it."""
    try:
        branch = branch_serving(asked.postcode) if asked.postcode else first_branch()
        _list, rates = price_list_in_force(branch, on=clock().astimezone(branch.zoneinfo).date())
    except NotServed as problem:
        raise invalid("postcode", problem) from None
    except NoPrices as problem:
        raise Problem(503, str(problem)) from None
    extras = [
        {"code": e.code, "name": e.name and _(e.name), "amount_cents": e.amount_cents, "minutes": e.minutes}
        for e in rates.extras
    ]
    is_spanish = get_language() == "es"
    return json_answer(
        {
            "services": [
                {
                    "code": s.code,
                    "name": (is_spanish and s.name_es) or s.name,
                    "description": (is_spanish and s.description_es) or s.description,
                    "extras": extras,
                }
                for s in offered_services()
                if s.code in rates.services
            ]
        }
    )
