"""/visits/{code}: one visit, moving it, calling it off. Its code is the customer's key."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Body, Query, Router
from pydantic import BaseModel

from midway.api.problem import Problem, invalid, json_answer
from midway.api.v1.bookings import slot_taken
from midway.api.v1.schemas import (
    CancellationIn,
    CancellationOut,
    ChangePreviewOut,
    ProblemOut,
    ReschedulingIn,
    SlotProblemOut,
    VisitOut,
)
from midway.api.v1.who import asking
from midway.booking.actions import (
    cancel_visit,
    preview_cancellation,
    preview_move,
    preview_rescheduling,
    reschedule_visit,
)
from midway.booking.actions.offered import TimeNotOffered
from midway.booking.actions.reschedule_visit import ChangeTooLate
from midway.booking.actions.visit_lock import VisitNotChangeable, VisitNotFound
from midway.booking.models import Visit
from midway.booking.policies import Rulebook
from midway.booking.queries import visit_by_code
from midway.core.policy import ChangeDecision
from midway.core.visit_states import STILL_TO_COME, VisitState
from midway.crew.calendar import SlotTaken
from midway.runtime.clock import now as clock

router = Router(tags=["Visits"])
REFUSALS: Any = {401: ProblemOut, 403: ProblemOut, 404: ProblemOut, 409: SlotProblemOut, 422: ProblemOut}


class PreviewQuery(BaseModel):
    """With `preview=1` nothing is changed: the answer says what the change would cost."""

    preview: bool = False


@router.get("/visits/{uuid:code}", response={200: VisitOut, 404: ProblemOut}, operation_id="visit", summary="One visit")
def visit(request: HttpRequest, code: UUID) -> HttpResponse:
    """The visit as its customer sees it."""
    return json_answer(visit_json(_found(code)))


@router.post(
    "/visits/{uuid:code}/rescheduling",
    response={200: VisitOut | ChangePreviewOut, **REFUSALS},
    operation_id="reschedule",
    summary="Move a visit",
)
def rescheduling(
    request: HttpRequest,
    code: UUID,
    asked: Query[PreviewQuery],
    to: Body[ReschedulingIn | None] = None,
) -> HttpResponse:
    """Moves the visit so that it begins at `start`; or, with `preview=1`, says whether that may be done online."""
    by = asking(request, scope="visits:write").actor
    found, now = _found(code), clock()
    if asked.preview:
        if to is None:
            return json_answer(_preview(found, preview_rescheduling(visit=found, now=now)))
        return json_answer(_preview(found, preview_move(visit=found, to=to.start, now=now).decision))
    if to is None:
        raise invalid("start", "Say when the visit should begin.")
    with _refusals():
        try:
            reschedule_visit(visit=code, to=to.start, by=by, now=now)
        except SlotTaken as problem:
            raise slot_taken(found.booking.quote, to.start, str(problem), now=now) from None
    return json_answer(visit_json(_found(code)))


@router.post(
    "/visits/{uuid:code}/cancellation",
    response={200: CancellationOut | ChangePreviewOut, **REFUSALS},
    operation_id="cancel",
    summary="Call a visit off",
)
def cancellation(
    request: HttpRequest,
    code: UUID,
    asked: Query[PreviewQuery],
    why: Body[CancellationIn | None] = None,
) -> HttpResponse:
    """Calls the visit off; or, with `preview=1`, shows the fee that calling it off now would cost."""
    by = asking(request, scope="visits:write").actor
    found, now = _found(code), clock()
    if asked.preview:
        return json_answer(_preview(found, preview_cancellation(visit=found, now=now)))
    with _refusals():
        done = cancel_visit(visit=code, reason=why.reason if why else "", by=by, now=now)
    return json_answer({**visit_json(_found(code)), "fee_cents": done.fee_cents})


def visit_json(visit: Visit, rules: Rulebook | None = None) -> dict[str, Any]:
    """The visit as programs read it; `rules` are its branch's, where they are known already."""
    rules = rules or Rulebook(visit.branch)
    zone, home = visit.branch.zoneinfo, visit.premises
    return {
        "code": visit.code,
        "booking": visit.booking.code,
        "start": visit.starts_at.astimezone(zone),
        "end": visit.ends_at.astimezone(zone),
        "timezone": zone.key,
        "state": visit.state,
        "service": {"code": visit.service.code, "name": visit.service.name},
        "property": {"line1": home.line1, "line2": home.line2, "city": home.city, "postcode": home.postcode},
        "team_size": visit.team_size,
        "price_cents": visit.price_cents,
        "currency": visit.currency,
        "free_until": rules.free_until(visit, now=clock()).astimezone(zone),
    }


def _found(code: UUID) -> Visit:
    found = visit_by_code(code)
    if found is None:
        raise Problem(404, str(VisitNotFound.__doc__))
    return found


def _preview(visit: Visit, decision: ChangeDecision) -> dict[str, Any]:
    return {
        "is_allowed": decision.is_allowed and VisitState(visit.state) in STILL_TO_COME,
        "fee_cents": decision.fee_cents,
        "currency": visit.currency,
        "free_until": decision.free_until.astimezone(visit.branch.zoneinfo),
    }


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except VisitNotFound as problem:
        raise Problem(404, str(problem)) from None
    except VisitNotChangeable as problem:
        raise Problem(409, str(problem), kind="visit-not-changeable") from None
    except ChangeTooLate as problem:
        raise Problem(409, str(problem), kind="change-too-late") from None
    except TimeNotOffered as problem:
        raise invalid("start", problem) from None
