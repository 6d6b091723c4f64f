"""Step two, "when": two weeks of days, the arrival times of one of them, and a hold on the chosen one."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods

from midway.accounts.access import anyone
from midway.booking.actions.hold_slot import hold_slot
from midway.booking.actions.offered import QuoteExpired, TimeNotOffered
from midway.booking.green_prices import percent_promised
from midway.booking.models import Booking, Quote
from midway.booking.queries import DayOfSlots, Offer, nearest_slots, offer_of_quote, offered_times, quote_by_code
from midway.core.timespan import YEARS, local_instant
from midway.crew.calendar import SlotTaken
from midway.dispatch.nearness import Nearness, Wanted, nearness_of
from midway.runtime.clock import now
from midway.web.design.words import months_in_words
from midway.web.public import slots
from midway.web.public.summary import summary_of_quote
from midway.web.public.unready import with_times

USUAL_DAYS = 28
"""How far "any Tuesday morning" looks."""


@dataclass(frozen=True)
class Search:
    """Whose times are looked for: an offer, how long, how many people."""

    offer: Offer
    duration: dt.timedelta
    team_size: int
    postcode: str = ""
    """Where; without it, no time is nearer than another."""
    quote: Quote | None = None
    """At whose price; with it, green times may cost less."""


@anyone
@require_http_methods(["GET", "HEAD", "POST"])
@with_times
def when(request: HttpRequest, code: UUID) -> HttpResponse:
    """The times for a quote; choosing one holds it and leads on."""
    quote = quote_or_404(code)
    if is_booked(quote):
        return render(request, "public/already_booked.html", {"summary": summary_of_quote(quote)}, status=410)
    moment = now()
    lost: dict[str, object] = {}
    if request.method == "POST":
        chosen, _sign, promise = request.POST.get("start", "").partition(slots.PROMISE)
        start = moment_from(chosen)
        try:
            hold_slot(quote=quote, start=start, now=moment, green_percent=percent_promised(quote, start, promise))
            return redirect("public:you", code=quote.code)
        except QuoteExpired:
            return render(request, "public/quote_expired.html", {"summary": summary_of_quote(quote)}, status=410)
        except (SlotTaken, TimeNotOffered):
            lost = lost_slot(search_of(quote), wanted=start, moment=moment)
    context: dict[str, Any] = {
        **times_context(request.GET, search_of(quote), moment=moment),
        **lost,
        "action": request.path,
    }
    day = local_instant(context["day"], dt.time(12), quote.branch.zoneinfo)
    context |= {"quote": quote, "priced": quote, "summary": summary_of_quote(quote, start=day), "noon": day}
    is_fragment = request.headers.get("HX-Target") == "times"
    template = "public/times.html" if is_fragment else "public/when.html"
    context["is_fragment"] = is_fragment
    response = render(request, template, context, status=409 if lost else 200)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def quote_or_404(code: UUID) -> Quote:
    """The quote, to whoever has its code: it is unguessable and shows no person."""
    quote = quote_by_code(code)
    if quote is None:
        raise Http404
    return quote


def is_booked(quote: Quote) -> bool:
    """Will say whether the quote has served its purpose. Who holds its link learns no more than that."""
    return Booking.objects.filter(quote=quote).exists()


def search_of(quote: Quote) -> Search:
    """What a quote looks for."""
    return Search(offer_of_quote(quote), quote.duration, quote.team_size, quote.postcode, quote)


def moment_from(text: str) -> dt.datetime:
    """Will read a moment a form sent back; what cannot be read is long past, and so not offered."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    if found.year not in YEARS:
        return dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def lost_slot(search: Search, *, wanted: dt.datetime, moment: dt.datetime) -> dict[str, object]:
    """What to say and to offer when a time was taken in between."""
    zone = search.offer.branch.zoneinfo
    near = nearest_slots(
        offer=search.offer,
        duration=search.duration,
        team_size=search.team_size,
        wanted=max(wanted, moment),
        now=moment,
    )
    return {
        "lost": wanted.astimezone(zone) if wanted > moment else None,
        "is_lost": True,
        "nearest": [slots.choice_of(slot, zone) for slot in near],
    }


def times_context(given: Mapping[str, str], search: Search, *, moment: dt.datetime) -> dict[str, object]:
    """The strip, the chosen day's times and the shortcuts, as the address asks for them."""
    branch = search.offer.branch
    zone = branch.zoneinfo
    today = moment.astimezone(zone).date()
    earliest_day = (moment + dt.timedelta(minutes=branch.notice_minutes)).astimezone(zone).date()
    last_day = today + dt.timedelta(days=branch.horizon_days)
    first = min(max(_date_from(given.get("from"), earliest_day), earliest_day), last_day)
    count = min(slots.strip_length(first), (last_day - first).days + 1)
    days: Sequence[DayOfSlots] = offered_times(
        offer=search.offer, duration=search.duration, team_size=search.team_size, first=first, days=count, now=moment
    )
    near = _nearness(search, days)
    days = near.days if near else days
    earliest = slots.first_free(days)
    fallback = earliest.start.astimezone(zone).date() if earliest else first
    chosen = _date_from(given.get("day"), fallback)
    of_day = next((day for day in days if day.on == chosen), days[0])
    later, sooner = first + dt.timedelta(days=count), first - dt.timedelta(days=slots.STRIP_DAYS)
    return {
        "chips": slots.chips(days, chosen=of_day.on),
        "blanks": range(first.weekday()),
        "day": of_day.on,
        "parts": (parts := slots.parts_of_day(of_day.slots, zone=zone, near=near, quote=search.quote)),
        "has_green": any(slot.is_green for part in parts for slot in part.slots),
        "green_percent": near.discount_percent if near and slots.has_discount(parts) else 0,
        "first": first,
        "months": months_in_words(first, days[-1].on),
        "earliest": slots.shown(earliest, zone, near=near, quote=search.quote)
        if earliest and first == earliest_day
        else None,
        "later": later if later <= last_day else None,
        "sooner": max(sooner, earliest_day) if first > earliest_day else None,
        **_usual_time(given, search, first=earliest_day, last=last_day, moment=moment),
    }


def _usual_time(
    given: Mapping[str, str], search: Search, *, first: dt.date, last: dt.date, moment: dt.datetime
) -> dict[str, object]:
    weekday, part = given.get("weekday", ""), given.get("part", "")
    week = [first + dt.timedelta(days=n) for n in range(7)]
    context: dict[str, object] = {
        "weekdays": sorted(((day.weekday(), day) for day in week), key=lambda pair: pair[0]),
        "parts_to_choose": [(code, name) for code, name, _symbol, _until in slots.PARTS],
        "weekday": weekday,
        "part": part,
    }
    if weekday in {"0", "1", "2", "3", "4", "5", "6"} and part in {code for code, *_rest in slots.PARTS}:
        days = offered_times(
            offer=search.offer,
            duration=search.duration,
            team_size=search.team_size,
            first=first,
            days=min(USUAL_DAYS, (last - first).days + 1),
            now=moment,
        )
        near = _nearness(search, days)
        context["asked_usual"] = True
        context["usual"] = slots.matching(
            near.days if near else days, weekday=int(weekday), part=part, zone=search.offer.branch.zoneinfo,
            near=near, quote=search.quote,
        )  # fmt: skip
    return context


def _nearness(search: Search, days: Sequence[DayOfSlots]) -> Nearness | None:
    """Which of the times are near, where the branch ranks its times."""
    wanted = Wanted(
        offer=search.offer, duration=search.duration, team_size=search.team_size, postcode=search.postcode
    )  # fmt: skip
    return nearness_of(wanted, days)


def _date_from(text: str | None, fallback: dt.date) -> dt.date:
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        return fallback
