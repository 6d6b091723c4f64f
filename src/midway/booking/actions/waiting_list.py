"""The waiting list: leave a wish, take it back, and offer what comes free to one after another."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from psycopg.types.range import TimestamptzRange as DateTimeTZRange

from midway.booking.actions.hold_slot import hold_slot, release_open_hold
from midway.booking.actions.quote_home import quote_home
from midway.booking.models import Booking, Hold, Quote, WaitingOffer, WaitingWish
from midway.booking.queries import offer_of_quote, offered_times
from midway.booking.waiting_notifications import tell_of_offer, tell_of_wish
from midway.core.actor import SYSTEM, Actor
from midway.core.pricing import Home, PriceError
from midway.crew.calendar import SlotTaken
from midway.customers.actions import Contact
from midway.journal.actions import record
from midway.runtime.database import one_transaction

OFFER_FOR = timedelta(hours=2)
"""So long a time that came free is kept for one who waits."""

LONGEST_WAIT = timedelta(days=90)
_TRIES = 3


class AlreadyWaiting(Exception):
    """You are on the waiting list for this already. We write as soon as something comes free."""


class WishNotOpen(Exception):
    """This wish is not on the waiting list any more."""


class WishImpossible(ValueError):
    """These days lie behind us or too far ahead. Choose a day within the next three months."""


@dataclass(frozen=True)
class Wish:
    """What would suit: on these weekdays (Monday is 0), starting between these times, from one day to another."""

    weekdays: frozenset[int]
    not_before: time
    not_after: time
    from_on: date
    until_on: date


@one_transaction
def leave_wish(*, quote: Quote, contact: Contact, language: str, wish: Wish, by: Actor, now: datetime) -> WaitingWish:
    """Will put somebody on the waiting list for what they asked the price of, and tell them so.

    Raises `AlreadyWaiting` or `WishImpossible`.
    """
    today = now.astimezone(quote.branch.zoneinfo).date()
    if wish.until_on < max(today, wish.from_on) or wish.until_on > today + LONGEST_WAIT or not wish.weekdays:
        raise WishImpossible(WishImpossible.__doc__)
    Quote.objects.select_for_update(no_key=True).get(pk=quote.pk)
    if WaitingWish.objects.filter(quote=quote).open().exists():
        raise AlreadyWaiting(AlreadyWaiting.__doc__)
    left = WaitingWish.objects.create(
        branch=quote.branch,
        quote=quote,
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        language=language,
        weekdays=sorted(wish.weekdays),
        not_before=wish.not_before,
        not_after=wish.not_after,
        from_on=wish.from_on,
        until_on=wish.until_on,
        created_at=now,
    )
    record(event="booking.wish.left", subject=left.code, by=by, at=now, facts={"until": wish.until_on})
    tell_of_wish(left, now=now)
    return left


@one_transaction
def withdraw_wish(*, wish: WaitingWish, by: Actor, now: datetime) -> None:
    """Will take somebody off the waiting list; what was kept for them goes to the next. Raises `WishNotOpen`."""
    found = WaitingWish.objects.select_for_update().open().filter(pk=wish.pk).first()
    if found is None:
        raise WishNotOpen(WishNotOpen.__doc__)
    for offer in found.offers.filter(state=WaitingOffer.State.OPEN):
        release_open_hold(offer.hold.quote)
    found.offers.filter(state=WaitingOffer.State.OPEN).update(state=WaitingOffer.State.EXPIRED)
    found.state = WaitingWish.State.WITHDRAWN
    found.save(update_fields=["state"])
    record(event="booking.wish.withdrawn", subject=found.code, by=by, at=now)


def fill_from_waiting_list(*, now: datetime) -> int:
    """Will settle offers that were taken or ran out, then offer what is free in fair order; gives the new offers.

    Whoever has waited longest is asked first. A time is held for one alone, and no time is offered to anybody twice.
    One transaction for each wish; safe to run twice and by two at once.
    """
    for offer in list(WaitingOffer.objects.filter(state=WaitingOffer.State.OPEN).values_list("pk", flat=True)):
        _settle(offer=offer, now=now)
    waiting = WaitingWish.objects.filter(state=WaitingWish.State.WAITING).order_by("created_at", "id")
    return sum(_offer(wish=pk, now=now) for pk in list(waiting.values_list("pk", flat=True)))


@one_transaction
def _settle(*, offer: int, now: datetime) -> None:
    found = (
        WaitingOffer.objects.select_for_update(of=("self", "wish"))
        .select_related("wish", "hold__quote__branch")
        .filter(pk=offer, state=WaitingOffer.State.OPEN)
        .first()
    )
    if found is None:
        return
    wish = found.wish
    if Booking.objects.filter(quote_id=found.hold.quote_id).exists():
        found.state, wish.state = WaitingOffer.State.BOOKED, WaitingWish.State.BOOKED
        record(event="booking.wish.booked", subject=wish.code, by=SYSTEM, at=now)
    elif now >= found.expires_at:
        if found.hold.state == Hold.State.OPEN:
            release_open_hold(found.hold.quote)
        found.state, wish.state = WaitingOffer.State.EXPIRED, WaitingWish.State.WAITING
        record(event="booking.wish.passed", subject=wish.code, by=SYSTEM, at=now, facts={"start": found.starts_at})
    else:
        return
    found.save(update_fields=["state"])
    wish.save(update_fields=["state"])


@one_transaction
def _offer(*, wish: int, now: datetime) -> bool:
    # Two workers that run at once: the second finds the wish no longer waiting.
    found = (
        WaitingWish.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("branch", "quote__branch", "quote__service")
        .filter(pk=wish, state=WaitingWish.State.WAITING)
        .first()
    )
    if found is None:
        return False
    if Booking.objects.filter(quote_id=found.quote_id).exists():
        return _end(found, WaitingWish.State.BOOKED, event="booking.wish.booked", now=now)
    if found.until_on < now.astimezone(found.branch.zoneinfo).date():
        return _end(found, WaitingWish.State.LAPSED, event="booking.wish.lapsed", now=now)
    quote = _still_good(found, now=now)
    if quote is None:
        return _end(found, WaitingWish.State.LAPSED, event="booking.wish.lapsed", now=now)
    tries = 0
    for start in _fitting(found, quote, now=now):
        try:
            hold = hold_slot(quote=quote, start=start, now=now, keep_for=OFFER_FOR)
        except SlotTaken:
            tries += 1
            if tries == _TRIES:
                return False
            continue
        return _offered(found, hold, start=start, now=now)
    return False


def _offered(wish: WaitingWish, hold: Hold, *, start: datetime, now: datetime) -> bool:
    offer = WaitingOffer.objects.create(
        wish=wish,
        hold=hold,
        during=DateTimeTZRange(start, start + hold.quote.duration),
        starts_at=start,
        created_at=now,
        expires_at=hold.expires_at,
    )
    wish.state = WaitingWish.State.OFFERED
    wish.save(update_fields=["state"])
    record(event="booking.wish.offered", subject=wish.code, by=SYSTEM, at=now, facts={"start": start})
    tell_of_offer(offer, now=now)
    return True


def _end(wish: WaitingWish, state: str, *, event: str, now: datetime) -> bool:
    wish.state = state
    wish.save(update_fields=["state"])
    record(event=event, subject=wish.code, by=SYSTEM, at=now)
    return False


def _still_good(wish: WaitingWish, *, now: datetime) -> Quote | None:
    """The wish's quote; where it ran out meanwhile, a new one by the prices in force. None without a price."""
    quote = wish.quote
    if quote.expires_at > now + OFFER_FOR:
        return quote
    home = Home(
        service=quote.service.code,
        bedrooms=quote.bedrooms,
        bathrooms=quote.bathrooms,
        square_feet=quote.square_feet,
        extras=tuple(quote.extras),
        frequency=quote.frequency,
        half_baths=quote.half_baths,
        people=quote.people,
        minutes=quote.asked_minutes,
    )
    try:
        wish.quote = quote_home(offer=offer_of_quote(quote), home=home, postcode=quote.postcode, now=now)
    except PriceError:
        return None
    wish.save(update_fields=["quote"])
    return wish.quote


def _fitting(wish: WaitingWish, quote: Quote, *, now: datetime) -> Iterator[datetime]:
    zone = wish.branch.zoneinfo
    first = max(wish.from_on, now.astimezone(zone).date())
    if wish.until_on < first:
        return
    before = set(wish.offers.values_list("starts_at", flat=True))
    days = offered_times(
        offer=offer_of_quote(quote),
        duration=quote.duration,
        team_size=quote.team_size,
        first=first,
        days=(wish.until_on - first).days + 1,
        now=now,
    )
    for day in days:
        if day.on.weekday() in wish.weekdays:
            for slot in day.slots:
                clock = slot.start.astimezone(zone).time()
                if wish.not_before <= clock <= wish.not_after and slot.start not in before:
                    yield slot.start
