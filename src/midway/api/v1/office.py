"""What the office's own programs read: visits of a period, customers. With a bearer token and its scope."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from django.db.models import F, Func, Q
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from midway.api.problem import invalid, json_answer
from midway.api.v1.schemas import CustomersOut, CustomersQuery, ProblemOut, VisitsOut, VisitsQuery
from midway.api.v1.visits import visit_json
from midway.api.v1.who import Bearer
from midway.booking.models import Visit
from midway.booking.policies import Rulebook
from midway.booking.queries import first_branch
from midway.core.timespan import local_midnight
from midway.crew.models import Branch
from midway.customers.models import Customer

router = Router(tags=["Office"])
REFUSALS: Any = {401: ProblemOut, 403: ProblemOut, 422: ProblemOut}


@router.get(
    "/visits",
    response={200: VisitsOut, **REFUSALS},
    auth=Bearer("visits:read"),
    operation_id="visits",
    summary="Visits of a period",
)
def visits(request: HttpRequest, asked: Query[VisitsQuery]) -> HttpResponse:
    """In the order they begin, page by page. Scope `visits:read`."""
    branch = Branch.objects.filter(code=asked.branch).first() if asked.branch else first_branch()
    if branch is None:
        raise invalid("branch", "There is no such branch.")
    opens = local_midnight(asked.first, branch.zoneinfo)
    closes = local_midnight(asked.last + timedelta(days=1), branch.zoneinfo)
    found = (
        Visit.objects.alias(begins=Func(F("during"), function="lower"))
        .filter(branch=branch, begins__gte=opens, begins__lt=closes)
        .select_related("branch", "service", "customer", "premises", "booking")
        .prefetch_related("assignments__cleaner")
        .order_by("begins", "id")
    )
    if asked.cursor:
        microseconds, last_id = _read_cursor(asked.cursor, 2)
        moment = datetime.fromtimestamp(0, tz=UTC) + timedelta(microseconds=microseconds)
        found = found.filter(Q(begins__gt=moment) | Q(begins=moment, id__gt=last_id))
    rows = list(found[: asked.limit + 1])
    page = rows[: asked.limit]
    last = page[-1] if len(rows) > asked.limit else None
    after = None if last is None else _cursor(int(last.starts_at.timestamp() * 1_000_000), last.pk)
    rules = Rulebook(branch)
    return json_answer({"visits": [_office_visit(v, rules) for v in page], "next": after})


@router.get(
    "/customers",
    response={200: CustomersOut, **REFUSALS},
    auth=Bearer("customers:read"),
    operation_id="customers",
    summary="Customers",
)
def customers(request: HttpRequest, asked: Query[CustomersQuery]) -> HttpResponse:
    """The newest first, page by page. Scope `customers:read`."""
    found = Customer.objects.matching(asked.q).order_by("-id")
    if asked.cursor:
        [last_id] = _read_cursor(asked.cursor, 1)
        found = found.filter(id__lt=last_id)
    rows = list(found[: asked.limit + 1])
    page = rows[: asked.limit]
    after = _cursor(page[-1].pk) if len(rows) > asked.limit else None
    return json_answer({"customers": [_customer(c) for c in page], "next": after})


def _office_visit(visit: Visit, rules: Rulebook) -> dict[str, Any]:
    cleaners = [a.cleaner for a in visit.assignments.all() if a.active]
    return {
        **visit_json(visit, rules),
        "customer": _customer(visit.customer),
        "cleaners": [{"code": c.code, "name": c.name} for c in cleaners],
        "cleaners_missing": visit.cleaners_missing,
    }


def _customer(customer: Customer) -> dict[str, Any]:
    return {
        "code": customer.code,
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "language": customer.language,
        "created_at": customer.created_at,
    }


def _cursor(*after: int) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(after)).decode().rstrip("=")


def _read_cursor(cursor: str, numbers: int) -> list[int]:
    try:
        after = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        after = None
    fits = isinstance(after, list) and len(after) == numbers
    if not fits or any(type(n) is not int or not 0 <= n < 2**62 for n in after):
        raise invalid("cursor", "This is not a cursor we gave. Begin without one.")
    return list(after)
