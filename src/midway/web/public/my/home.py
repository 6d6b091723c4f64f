"""The customer's home: the next visit big, what comes after it, the plans, and what was."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from midway.accounts.access import customer
from midway.booking.models import Plan, Visit
from midway.booking.queries import all_of_visits
from midway.core.visit_states import CALLED_OFF, VisitState
from midway.runtime.clock import now
from midway.web.design.words import day_in_words
from midway.web.public.my.rhythm import rhythm_in_words
from midway.web.public.my.who import customer_of
from midway.web.public.words import service_name, state_in_words

NEXT_SHOWN = 6
PAGE_OF_VISITS = 20


@dataclass(frozen=True)
class Line:
    """A visit as one line of a list."""

    visit: Visit
    on: str
    """Its day, with the year where that is another."""
    start: datetime
    end: datetime
    service: str
    state: str
    """Empty where it simply takes place."""
    is_off: bool
    is_open: bool
    """Whether nobody, or too few, have been found for it yet."""


@customer
@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The page signing in leads to."""
    moment, theirs = now(), _visits_of(request)
    ahead = list(theirs.filter(during__endswith__gt=moment, state__in=_SHOWN_AHEAD).order_by("during")[:NEXT_SHOWN])
    kept = [visit for visit in ahead if visit.state != VisitState.SKIPPED]
    following = [visit for visit in ahead if not kept or visit.pk != kept[0].pk]
    past = theirs.filter(during__endswith__lte=moment).order_by("-during")[:3]
    plans = Plan.objects.filter(customer=customer_of(request)).exclude(state=Plan.State.ENDED)
    context = {
        "customer": customer_of(request),
        "next": lines(kept[:1])[0] if kept else None,
        "ahead": lines(following),
        "past": lines(past),
        "plans": [(plan, rhythm_in_words(plan)) for plan in plans.select_related("service", "premises").order_by("id")],
        "here": "home",
    }
    return render(request, "public/my/home.html", context)


@customer
@never_cache
@require_safe
def visits(request: HttpRequest) -> HttpResponse:
    """Every visit: those to come with the soonest first, or those before, the latest first."""
    moment, theirs, is_before = now(), _visits_of(request), "before" in request.GET
    to_come = theirs.filter(during__endswith__gt=moment).order_by("during", "id")
    before = theirs.filter(during__endswith__lte=moment).order_by("-during", "-id")
    page = Paginator(before if is_before else to_come, PAGE_OF_VISITS).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "page": page,
        "lines": lines(page.object_list),
        "is_before": is_before,
        "is_there_any": bool(page.object_list) or theirs.exists(),
        "here": "visits",
    }
    return render(request, "public/my/visits.html", context)


def lines(found: Iterable[Visit]) -> Sequence[Line]:
    """Will put visits into lines, in the branch's time."""
    this_year = now().year
    starts = ((visit, visit.starts_at.astimezone(visit.branch.zoneinfo)) for visit in found)
    return [
        Line(
            visit=visit,
            on=day_in_words(start.date(), with_year=start.year != this_year),
            start=start,
            end=visit.ends_at.astimezone(visit.branch.zoneinfo),
            service=service_name(visit.service),
            state=state_in_words(visit.state),
            is_off=visit.state in CALLED_OFF,
            is_open=visit.state == VisitState.SCHEDULED and visit.cleaners_missing > 0,
        )
        for visit, start in starts
    ]


_SHOWN_AHEAD = [VisitState.SCHEDULED, VisitState.EN_ROUTE, VisitState.IN_PROGRESS, VisitState.SKIPPED]


def _visits_of(request: HttpRequest) -> QuerySet[Visit]:
    return all_of_visits().filter(customer=customer_of(request))
