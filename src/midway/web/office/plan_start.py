"""A new plan from the office: who and what, the first visit, the year that follows, and only then the sale."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from midway.accounts.access import Right, office
from midway.booking.actions import AgreedPlan, Appointment, StartedPlan, start_plan_at_once
from midway.booking.actions.offered import TimeNotOffered
from midway.booking.actions.start_plan import FirstVisitLeftOut
from midway.booking.plan_queries import OtherRule, PlanCheck, PlanTerms, WeekCheck, check_plan
from midway.booking.queries import NoPrices, NotServed, UnknownService
from midway.core.pricing import PriceError
from midway.core.recurrence import moment, occurrences
from midway.crew.calendar import SlotTaken
from midway.crew.models import Branch, Cleaner
from midway.crew.queries import CalendarNotWritten
from midway.customers.models import Customer
from midway.customers.queries import customer_by_code
from midway.runtime.clock import now as clock
from midway.web.design.words import day_in_words, time_in_words
from midway.web.office.appointment_forms import ROOMS, choices_at
from midway.web.office.appointments import offer_context
from midway.web.office.place import hand_of, today_at, with_branch
from midway.web.office.plan_start_form import PlanForm, decided_for
from midway.web.office.plan_words import rhythm_words


@office(Right.CHANGE_VISITS)
@require_http_methods(["GET", "HEAD", "POST"])
@with_branch
def plan_start(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Will show times, then the year, then sell, as the button pressed says; nothing is kept before the sale."""
    now = clock()
    choices = {**choices_at(branch, on=today_at(branch, now)), "branch": branch}
    if request.method != "POST":
        form = PlanForm(initial=_begun(_customer_named(request.GET.get("customer", ""))), **choices)
        return _page(request, branch, form, {})
    form = PlanForm(_said(request.POST), **choices)
    step = "check" if "instead" in request.POST else request.POST.get("step", "times")
    if step == "sell" and form.is_valid():
        return _sell(request, branch, form, now=now)
    needed = form.NEEDED_FOR_TIMES if step == "times" else form.NEEDED_FOR_CHECK
    if step != "sell":
        form.keep_errors_of(needed)
    context = offer_context(form, branch, now=now) if not needed & set(form.errors) else {}
    if step != "times" and not form.NEEDED_FOR_CHECK & set(form.errors) and "price" in context:
        context |= _check(form, context["price"], now=now)
    return _page(request, branch, form, context, status=422 if form.errors else 200)


def _said(data: QueryDict) -> QueryDict:
    """What was said; another day or time chosen instead forgets what was decided for the old dates."""
    if "instead" not in data:
        return data
    said = data.copy()
    for name in [name for name in said if name.startswith("decide-")]:
        del said[name]
    start = str(data["instead"])
    said["start"], said["on"] = start, start[:10]
    return said


def _sell(request: HttpRequest, branch: Branch, form: PlanForm, *, now: datetime) -> HttpResponse:
    started = _start(request, form, now=now)
    if started is None:
        context = offer_context(form, branch, now=now)
        if "price" in context:
            context |= _check(form, context["price"], now=now)
        return _page(request, branch, form, context, status=409)
    number = len(started.to_decide)
    if number:
        text = ngettext(
            "The plan is sold; %(count)s date needs a decision.",
            "The plan is sold; %(count)s dates need a decision.",
            number,
        )
        messages.warning(request, text % {"count": number})
    else:
        messages.success(request, _("The plan is sold. The confirmation is on its way."))
    return redirect("office:plan", started.plan)


def _start(request: HttpRequest, form: PlanForm, *, now: datetime) -> StartedPlan | None:
    said = form.cleaned_data
    try:
        appointment = Appointment(
            offer=form.offer(),
            home=form.home(),
            start=said["start"],
            contact=form.contact(),
            address=form.address(),
            notes=said["notes"],
            language=said["language"],
        )
        agreed = AgreedPlan(
            appointment=appointment,
            rule=form.rule(),
            decisions=decided_for(form.data),
            holiday_shift=form.shift(),
            preferred=[cleaner.pk for cleaner in said["preferred"]],
        )
        return start_plan_at_once(agreed=agreed, by=hand_of(request), now=now)
    except NotServed as refusal:
        form.add_error("postcode", _(str(refusal)))
    except PriceError as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, _(str(refusal)))
    except (SlotTaken, TimeNotOffered, NoPrices, UnknownService, FirstVisitLeftOut) as refusal:
        form.add_error(None, _(str(refusal)))
    return None


@dataclass(frozen=True)
class Decision:
    """A date that does not fit, and what can be agreed for it."""

    week: WeekCheck
    on: date
    start: datetime
    other: datetime | None
    people: str
    chosen: str


@dataclass(frozen=True)
class Instead:
    """Another day or time at which more dates fit."""

    words: str
    start: str
    fitting: int
    of: int


def _check(form: PlanForm, price: Any, *, now: datetime) -> dict[str, Any]:
    offer = form.offer()
    terms = PlanTerms(
        branch=offer.branch,
        service=offer.service,
        rule=form.rule(),
        duration=timedelta(minutes=price.duration_minutes),
        team_size=price.team_size,
        shift=form.shift(),
        preferred=tuple(cleaner.pk for cleaner in form.cleaned_data.get("preferred") or ()),
    )
    try:
        found = check_plan(terms=terms, now=now)
    except CalendarNotWritten as refusal:
        return {"problem": _(str(refusal))}
    names = dict(Cleaner.objects.filter(branch=offer.branch).values_list("pk", "name"))
    return {
        "check": found,
        "rhythm": rhythm_words(terms.rule),
        "decisions": _decisions(form, found, offer.branch, names),
        "instead": [i for i in (_instead(o, offer.branch, now=now) for o in found.instead) if i],
        "usual": ", ".join(names[pk] for pk in found.usual if pk in names),
        "continuity": [(names[pk], often) for pk, often in found.continuity if pk in names and often],
    }


def _decisions(form: PlanForm, found: PlanCheck, branch: Branch, names: dict[int, str]) -> list[Decision]:
    zone = branch.zoneinfo
    decisions = []
    for week in found.to_decide:
        assert week.start is not None
        other = week.alternative.start.astimezone(zone) if week.alternative else None
        people: Sequence[int] = week.alternative.cleaners if week.alternative else ()
        said = form.data.get(f"decide-{week.original.isoformat()}")
        decisions.append(
            Decision(
                week=week,
                on=week.original,
                start=week.start.astimezone(zone),
                other=other,
                people=", ".join(names[pk] for pk in people if pk in names),
                chosen=said or (other.isoformat() if other else "open"),
            )
        )
    return decisions


def _instead(other: OtherRule, branch: Branch, *, now: datetime) -> Instead | None:
    today = today_at(branch, now)
    days = occurrences(other.rule, max(today, other.rule.opens), other.rule.opens + timedelta(weeks=9))
    earliest = now + timedelta(minutes=branch.notice_minutes)
    starts = (moment(other.rule, day, branch.zoneinfo) for day in days)
    start = next((s.astimezone(branch.zoneinfo) for s in starts if s >= earliest), None)
    if start is None:
        return None
    words = _("%(rhythm)s, first on %(day)s at %(time)s") % {
        "rhythm": rhythm_words(other.rule),
        "day": day_in_words(start.date()),
        "time": time_in_words(start),
    }
    return Instead(words=words, start=start.isoformat(), fitting=other.fitting, of=other.of)


def _page(
    request: HttpRequest, branch: Branch, form: PlanForm, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    return render(request, "office/plan_start.html", {"branch": branch, "form": form, **context}, status=status)


def _begun(customer: Customer | None) -> dict[str, Any]:
    begun: dict[str, Any] = {"language": "en", "bedrooms": 2, "bathrooms": 1, "service": "regular"}
    begun["rhythm"], begun["holiday_shift"] = "biweekly", "after"
    if customer is None:
        return begun
    begun |= {field: getattr(customer, field) for field in ("name", "email", "phone", "language")}
    home = customer.properties.first()
    if home is not None:
        fields = ("line1", "line2", "city", "postcode", *ROOMS)
        begun |= {field: getattr(home, field) for field in fields}
    return begun


def _customer_named(code: str) -> Customer | None:
    try:
        return customer_by_code(UUID(code))
    except ValueError:
        return None
