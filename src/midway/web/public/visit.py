"""One visit, to whoever has its link: what, when, who, price, calendar file, change, cancel, what to prepare."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from midway.accounts.access import anyone
from midway.booking.actions.cancel_visit import FeeRose, cancel_visit, preview_cancellation
from midway.booking.actions.offered import TimeNotOffered
from midway.booking.actions.reschedule_visit import ChangeTooLate, MoveTooFar, preview_rescheduling
from midway.booking.actions.visit_lock import VisitNotChangeable
from midway.booking.models import Visit
from midway.booking.payments import comes_to
from midway.booking.queries import Offer, visit_by_code
from midway.core.actor import VISITOR
from midway.core.visit_states import CALLED_OFF, EARNS_REVENUE, STILL_TO_COME, VisitState
from midway.crew.calendar import SlotTaken
from midway.runtime.clock import now
from midway.web.design.words import money_in_words
from midway.web.public.calendar_file import calendar_file
from midway.web.public.far_move import asked_first, move_as_asked, too_far
from midway.web.public.summary import policy_sentence, summary_of_visit
from midway.web.public.unready import with_times
from midway.web.public.when import Search, lost_slot, moment_from, times_context
from midway.web.public.words import state_in_words


@anyone
@never_cache
@require_safe
def visit(request: HttpRequest, code: UUID) -> HttpResponse:
    """What was booked, and everything that can be done about it. Confirmation and manage page in one."""
    found = visit_or_404(code)
    news = {"is_new": "booked" in request.GET, "is_moved": "moved" in request.GET}
    return render(request, "public/visit.html", {**facts_of(found), **news})


@anyone
@never_cache
@require_safe
def visit_calendar(request: HttpRequest, code: UUID) -> HttpResponse:
    """The visit as a calendar file."""
    found = visit_or_404(code)
    body = calendar_file(found, address=request.build_absolute_uri(f"/visits/{found.code}"), moment=now())
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="visit.ics"'
    return response


@anyone
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@with_times
def visit_rescheduling(request: HttpRequest, code: UUID) -> HttpResponse:
    """Choose another time for a visit."""
    found = visit_or_404(code)
    moment = now()
    search = Search(
        Offer(branch=found.branch, service=found.service), found.duration, found.team_size, found.premises.postcode
    )
    lost: dict[str, object] = {}
    if request.method == "POST":
        start = moment_from(request.POST.get("start", ""))
        try:
            question = asked_first(request, found, start, facts=facts_of(found), moment=moment)
            if question is not None:
                return question
            move_as_asked(request, found, start, by=VISITOR, moment=moment)
            return redirect(f"/visits/{found.code}?moved")
        except (ChangeTooLate, VisitNotChangeable, FeeRose):
            return redirect("public:visit", code=found.code)
        except MoveTooFar as refusal:
            lost = too_far(refusal)
        except (SlotTaken, TimeNotOffered):
            lost = lost_slot(search, wanted=start, moment=moment)
    context = {**facts_of(found), **times_context(request.GET, search, moment=moment), **lost, "action": request.path}
    is_fragment = request.headers.get("HX-Target") == "times"
    template = "public/times.html" if is_fragment else "public/visit_rescheduling.html"
    response = render(request, template, context, status=409 if lost else 200)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@anyone
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def visit_cancellation(request: HttpRequest, code: UUID) -> HttpResponse:
    """Call a visit off; the fee is said before it is charged."""
    found = visit_or_404(code)
    if request.method != "POST":
        return render(request, "public/visit_cancellation.html", facts_of(found))
    shown = int(request.POST.get("fee_cents", "0")) if request.POST.get("fee_cents", "0").isdigit() else 0
    moment = now()
    try:
        reason = request.POST.get("reason", "")[:300]
        cancel_visit(visit=found.code, reason=reason, by=VISITOR, now=moment, shown_fee_cents=shown)
    except FeeRose:
        context = {**facts_of(found), "fee_rose": True}
        return render(request, "public/visit_cancellation.html", context, status=409)
    except VisitNotChangeable:
        return redirect("public:visit", code=found.code)
    return redirect("public:visit", code=found.code)


def visit_or_404(code: UUID) -> Visit:
    """The visit. Its code is the key to it: 122 random bits, sent only to the customer."""
    found = visit_by_code(code)
    if found is None:
        raise Http404
    return found


def facts_of(found: Visit) -> dict[str, object]:
    """Everything the pages of one visit say."""
    zone = found.branch.zoneinfo
    moment = now()
    cancelling = preview_cancellation(visit=found, now=moment)
    moving = preview_rescheduling(visit=found, now=moment)
    is_to_come = VisitState(found.state) in STILL_TO_COME
    is_kept = VisitState(found.state) in EARNS_REVENUE
    return {
        "visit": found,
        "summary": summary_of_visit(found),
        "start": found.starts_at.astimezone(zone),
        "end": found.ends_at.astimezone(zone),
        "price": money_in_words(found.price_cents, found.currency),
        "who": _who(found),
        "has_access_notes": bool(found.premises.access_notes),
        "can_move": is_to_come and moving.is_allowed,
        "can_cancel": is_to_come and cancelling.is_allowed,
        "free_until": cancelling.free_until.astimezone(zone),
        "is_free": moment <= cancelling.free_until,
        "fee_cents": cancelling.fee_cents,
        "fee": money_in_words(cancelling.fee_cents, found.currency),
        "policy": policy_sentence(found.branch, service_id=found.service_id),
        "is_called_off": found.state in {VisitState.CANCELLED, VisitState.CANCELLED_LATE},
        "is_off": found.state in CALLED_OFF,
        "state": state_in_words(found.state),
        "owed": "" if is_kept else money_in_words(comes_to(found), found.currency),
        "cancellation": getattr(found, "cancellation", None),
    }


def _who(found: Visit) -> str:
    """First names only: enough to greet somebody at the door."""
    names = [a.cleaner.name.split()[0] for a in found.assignments.all() if a.active]
    if not names:
        return _("We are choosing your cleaner")
    if len(names) == 1:
        return names[0]
    return _("%(first)s and %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}
