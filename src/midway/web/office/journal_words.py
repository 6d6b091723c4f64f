"""The journal in plain words: what happened, to whom, by whom."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _

from midway.accounts.models import User
from midway.booking.models import Plan, Visit, WaitingWish
from midway.booking.undo_queries import undoable
from midway.crew.models import Cleaner
from midway.customers.models import Customer
from midway.journal.models import Entry
from midway.web.design.words import day_in_words, money_in_words, time_in_words
from midway.web.office import message_words
from midway.web.office.journal_dispatch_words import DISPATCH_SENTENCES
from midway.web.office.journal_field_words import FIELD_SENTENCES
from midway.web.office.journal_list_words import LIST_SENTENCES
from midway.web.office.journal_money_words import MONEY_SENTENCES
from midway.web.office.journal_names import Facts, Names, Say, on_day, plain
from midway.web.office.journal_plan_words import CREW_SENTENCES, PLAN_SENTENCES


@dataclass(frozen=True)
class Told:
    """An entry as people read it; `href` leads to what it is about."""

    symbol: str
    text: str
    at: str
    by: str
    href: str = ""
    undo: UUID | None = None
    """The entry's code, where it can be undone."""


MayUndo = Callable[[Entry], bool]


def tell(entries: Iterable[Entry], *, zone: ZoneInfo, now: datetime, may_undo: MayUndo | None = None) -> list[Told]:
    """Will put entries into words. At most eight queries, however many entries."""
    listed = list(entries)
    names = _names(listed, zone)
    open_ones = undoable(listed, now=now) if may_undo else set()
    return [_told(e, names, now, undo=bool(may_undo and e.code in open_ones and may_undo(e))) for e in listed]


def _told(entry: Entry, names: Names, now: datetime, *, undo: bool) -> Told:
    symbol, say = SENTENCES.get(entry.event, ("note", _unknown))
    local, today = entry.at.astimezone(names.zone), now.astimezone(names.zone).date()
    day = "" if local.date() == today else day_in_words(local.date(), with_year=local.year != today.year)
    when = f"{day}, {time_in_words(local)}" if day else time_in_words(local)
    who = names.subjects.get(entry.subject, "")
    facts = {**entry.facts, "event": entry.event, "subject": entry.subject}
    return Told(
        symbol=symbol,
        text=say(who, facts, names),
        at=when,
        by=entry.actor_label,
        href=names.hrefs.get(entry.subject, ""),
        undo=entry.code if undo else None,
    )


def _names(entries: Sequence[Entry], zone: ZoneInfo) -> Names:
    codes = {entry.subject for entry in entries}
    subjects: dict[UUID, str] = {}
    hrefs: dict[UUID, str] = {}
    ids = {pk for entry in entries for pk in entry.facts.get("cleaners", ()) if isinstance(pk, int)}
    currencies: dict[UUID, str] = {}
    for code, name, money in Visit.objects.filter(code__in=codes).values_list("code", "customer__name", "currency"):
        subjects[code], hrefs[code], currencies[code] = name, reverse("office:visit", args=[code]), money
    for code, name in Customer.objects.filter(code__in=codes).values_list("code", "name"):
        subjects[code], hrefs[code] = name, reverse("office:customer", args=[code])
    subjects |= dict(User.objects.filter(code__in=codes).values_list("code", "name"))
    for code, name in Plan.objects.filter(code__in=codes).values_list("code", "customer__name"):
        subjects[code], hrefs[code] = name, reverse("office:plan", args=[code])
    for code, name in Cleaner.objects.filter(code__in=codes).values_list("code", "name"):
        subjects[code], hrefs[code] = name, reverse("office:person", args=[code])
    if any(entry.event.startswith("booking.wish.") for entry in entries):
        subjects |= dict(WaitingWish.objects.filter(code__in=codes).values_list("code", "name"))
    cleaners = dict(Cleaner.objects.filter(pk__in=ids).values_list("pk", "name"))
    return Names(zone=zone, subjects=subjects, hrefs=hrefs, cleaners=cleaners, currencies=currencies)


def _booked(who: str, facts: Facts, names: Names) -> str:
    return _("%(who)s booked for %(when)s") % {"who": who, "when": names.moment(facts.get("start"))}


def _moved(who: str, facts: Facts, names: Names) -> str:
    words = {
        "who": who,
        "from": names.moment(facts.get("from")),
        "to": names.moment(facts.get("to")),
        "people": names.people(facts.get("cleaners")),
    }
    if facts.get("from") == facts.get("to"):
        return _("%(who)s: now %(people)s") % words
    return _("%(who)s moved from %(from)s to %(to)s, %(people)s") % words


def _assigned(who: str, facts: Facts, names: Names) -> str:
    return _("%(who)s: %(people)s will come") % {"who": who, "people": names.people(facts.get("cleaners"))}


def _unassigned(who: str, facts: Facts, names: Names) -> str:
    return _("%(who)s lost %(cleaner)s and needs somebody") % {"who": who, "cleaner": facts.get("cleaner") or "?"}


def _cancelled(who: str, facts: Facts, names: Names) -> str:
    said = _("%(who)s cancelled") % {"who": who}
    currency = names.currencies.get(facts["subject"])
    if facts.get("fee_cents") and currency:
        said += ", " + _("fee %(fee)s") % {"fee": money_in_words(int(facts["fee_cents"]), currency)}
    return f"{said}: {facts['reason']}" if facts.get("reason") else said


def _skipped(who: str, facts: Facts, names: Names) -> str:
    if facts.get("date"):
        return _("%(who)s skipped the visit of %(on)s") % {"who": who, "on": on_day(facts["date"])}
    return _("%(who)s skipped a visit") % {"who": who}


def _extras(who: str, facts: Facts, names: Names) -> str:
    return _("%(who)s: other extras, now %(price)s") % {"who": who, "price": _price(facts, names)}


def _repriced(who: str, facts: Facts, names: Names) -> str:
    said = _("%(who)s: new price %(price)s") % {"who": who, "price": _price(facts, names)}
    reason = _("because of the longer gap") if facts.get("reason") == "gap" else facts.get("reason")
    return f"{said} ({reason})" if reason else said


def _price(facts: Facts, names: Names) -> str:
    return money_in_words(int(facts.get("price_cents") or 0), names.currencies.get(facts["subject"], "USD"))


def _policy(who: str, facts: Facts, names: Names) -> str:
    words = {"version": facts.get("version"), "on": on_day(facts.get("effective_on"))}
    return _("Policy, version %(version)s, in force from %(on)s") % words


def _rise(who: str, facts: Facts, names: Names) -> str:
    words = {"percent": facts.get("percent"), "plans": facts.get("plans")}
    return _("Prices raised by %(percent)s %%: %(plans)s plans told") % words


def _hours(who: str, facts: Facts, names: Names) -> str:
    return _("%(who)s: new hours from %(on)s") % {"who": who, "on": on_day(facts.get("from"))}


def _day(who: str, facts: Facts, names: Names) -> str:
    return _("%(who)s: other hours on %(on)s") % {"who": who, "on": on_day(facts.get("on"))}


def _day_restored(who: str, facts: Facts, names: Names) -> str:
    return _("%(who)s: usual hours again on %(on)s") % {"who": who, "on": on_day(facts.get("on"))}


def _absent(who: str, facts: Facts, names: Names) -> str:
    words = {"who": who, "from": names.moment(facts.get("start")), "to": names.moment(facts.get("end"))}
    return _("%(who)s is away from %(from)s to %(to)s") % words


def _prices(who: str, facts: Facts, names: Names) -> str:
    words = {"version": facts.get("version"), "on": on_day(facts.get("effective_on"))}
    return _("Prices, version %(version)s, in force from %(on)s") % words


def _holiday(who: str, facts: Facts, names: Names) -> str:
    words = {"name": facts.get("name"), "on": on_day(facts.get("on"))}
    if str(facts.get("event", "")).endswith("removed"):
        return _("Open again on %(on)s (%(name)s)") % words
    return _("Closed on %(on)s: %(name)s") % words


def _service_kept(who: str, facts: Facts, names: Names) -> str:
    if str(facts.get("event", "")).endswith("added"):
        return _("%(service)s is a new service") % {"service": facts.get("service")}
    return _("%(service)s is called or described otherwise") % {"service": facts.get("service")}


def _service(who: str, facts: Facts, names: Names) -> str:
    if str(facts.get("event", "")).endswith("withdrawn"):
        return _("%(service)s is no longer on offer") % {"service": facts.get("service")}
    return _("%(service)s is on offer") % {"service": facts.get("service")}


def _brought_in(who: str, facts: Facts, names: Names) -> str:
    return _("%(loaded)s rows of %(file)s were brought in") % {"loaded": facts.get("loaded"), "file": facts.get("file")}


def _looked(who: str, facts: Facts, names: Names) -> str:
    return _("Looked at the way in to %(address)s of %(who)s") % {"address": facts.get("address"), "who": who}


def _undone(who: str, facts: Facts, names: Names) -> str:
    words = {"who": who or _("The company"), "what": undone_words(str(facts.get("undoes", "")))}
    if facts.get("again"):
        return _("%(who)s: done again after all (%(what)s)") % words
    return _("%(who)s: undone (%(what)s)") % words


def undone_words(event: str) -> str:
    """What was undone, in a few words."""
    return {
        "booking.visit.booked": _("a booking"),
        "booking.visit.rescheduled": _("a move"),
        "booking.visit.cancelled": _("a cancellation"),
        "booking.visit.skipped": _("a skipped visit"),
        "booking.visit.restored": _("a restored visit"),
        "booking.visit.assigned": _("who comes"),
        "booking.visit.unassigned": _("who comes"),
        "booking.plan.started": _("a regular clean"),
        "booking.plan.paused": _("a pause"),
        "booking.plan.resumed": _("the end of a pause"),
        "booking.plan.ended": _("the end of a regular clean"),
        "booking.plan.changed": _("a change from a day on"),
        "booking.plan.preferred": _("who is asked first"),
        "booking.visit.repriced": _("another price"),
        "booking.visit.extras_changed": _("other extras"),
        "crew.absence.recorded": _("an absence"),
        "crew.absence.withdrawn": _("an early return"),
    }.get(event, _("other hours") if event.startswith("crew.") else _("a change"))


def _unknown(who: str, facts: Facts, names: Names) -> str:
    words = str(facts.get("event", "")).replace(".", " ").replace("_", " ")
    return f"{who}: {words}" if who else words


SENTENCES: Mapping[str, tuple[str, Say]] = {
    "booking.visit.booked": ("calendar", _booked),
    "booking.visit.rescheduled": ("move", _moved),
    "booking.visit.assigned": ("person", _assigned),
    "booking.visit.unassigned": ("warn", _unassigned),
    "booking.visit.cancelled": ("close", _cancelled),
    "booking.visit.skipped": ("minus", _skipped),
    "booking.visit.bumped": ("minus", plain(lambda: _("%(who)s: called off by us"))),
    "booking.plan.imported": ("calendar", plain(lambda: _("%(who)s: regular visits brought in"))),
    "booking.import.finished": ("plus", _brought_in),
    "booking.visit.extras_changed": ("edit", _extras),
    "booking.visit.repriced": ("prices", _repriced),
    "booking.visit.locked_out": ("key", plain(lambda: _("%(who)s: nobody let us in"))),
    "booking.prices.raised": ("prices", _rise),
    "booking.plan.price_announced": ("prices", plain(lambda: _("A new price was announced for a plan"))),
    "booking.policy.published": ("note", _policy),
    "booking.policy.took_effect": ("note", plain(lambda: _("The policy for booking took effect"))),
    "booking.change.undone": ("undo", _undone),
    "booking.price_list.published": ("prices", _prices),
    "booking.service.added": ("plus", _service_kept),
    "booking.service.changed": ("edit", _service_kept),
    "booking.service.offered": ("prices", _service),
    "booking.service.withdrawn": ("prices", _service),
    "crew.hours.changed": ("clock", _hours),
    "crew.day.changed": ("clock", _day),
    "crew.day.restored": ("undo", _day_restored),
    "crew.absence.recorded": ("minus", _absent),
    "crew.absence.withdrawn": ("undo", plain(lambda: _("%(who)s is back earlier"))),
    "crew.cleaner.hired": ("plus", plain(lambda: _("%(who)s works here now"))),
    "crew.cleaner.changed": ("edit", plain(lambda: _("%(who)s: details changed"))),
    "crew.holiday.added": ("calendar", _holiday),
    "crew.holiday.removed": ("calendar", _holiday),
    "customers.customer.changed": ("edit", plain(lambda: _("%(who)s: details changed"))),
    "customers.customer.erased": ("lock", plain(lambda: _("%(who)s: erased"))),
    "customers.access_notes.changed": ("key", plain(lambda: _("%(who)s: another way in"))),
    "customers.access_notes.shown": ("key", _looked),
    **PLAN_SENTENCES,
    **CREW_SENTENCES,
    **DISPATCH_SENTENCES,
    **FIELD_SENTENCES,
    **LIST_SENTENCES,
    **MONEY_SENTENCES,
    **message_words.SENTENCES,
}
