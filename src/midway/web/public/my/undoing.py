"""Taking back what the customer has just done."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from midway.accounts.access import customer
from midway.booking.actions import undo_change
from midway.booking.actions.put_back import TimeGoneBy
from midway.booking.actions.reschedule_visit import ChangeTooLate
from midway.booking.actions.undo_change import AlreadyUndone, NothingToUndo, TooLateToUndo
from midway.booking.models import Plan, Visit
from midway.booking.undo_queries import undoable
from midway.core.actor import ActorKind
from midway.crew.before import ChangedSince
from midway.crew.calendar import SlotTaken
from midway.journal.models import Entry
from midway.journal.queries import history_of
from midway.runtime.clock import now
from midway.web.public.my.who import customer_of, hand_of

REFUSALS = (NothingToUndo, TooLateToUndo, AlreadyUndone, ChangedSince, TimeGoneBy, SlotTaken, ChangeTooLate)


@dataclass(frozen=True)
class Deed:
    """What the customer did last, in words, and the entry from which it can be undone."""

    entry: UUID
    words: str


def last_deed(request: HttpRequest, subject: UUID) -> Deed | None:
    """What the customer changed last about a visit or plan, while it can be undone."""
    found = history_of(subject).first()
    if found is None or found.actor_kind != ActorKind.CUSTOMER or not undoable([found], now=now()):
        return None
    words = _WORDS.get(found.event)
    return Deed(found.code, _(words)) if words else None


@customer
@require_POST
def undoing(request: HttpRequest, entry: UUID) -> HttpResponse:
    """Will put everything back as it was, or say why it stays."""
    found = Entry.objects.filter(code=entry).first()
    back = _page_of(request, found) if found is not None else None
    if back is None:
        raise Http404
    try:
        undo_change(entry=entry, by=hand_of(request), now=now())
        messages.success(request, _("Undone. Everything is as it was before."))
    except REFUSALS as refusal:
        messages.error(request, _(type(refusal).__doc__ or ""))
    return redirect(*back)


def _page_of(request: HttpRequest, entry: Entry) -> tuple[str, UUID] | tuple[str] | None:
    me = customer_of(request)
    theirs = {"code": entry.subject, "customer": me}
    if entry.subject == me.code:
        return ("public:my_places",)
    if Visit.objects.filter(**theirs).exists():
        return "public:my_visit", entry.subject
    if Plan.objects.filter(**theirs).exists():
        return "public:my_plan", entry.subject
    return None


_WORDS = {
    "booking.visit.rescheduled": gettext_noop("You moved this visit."),
    "booking.visit.cancelled": gettext_noop("You cancelled this visit."),
    "booking.visit.skipped": gettext_noop("You skipped this visit."),
    "booking.visit.restored": gettext_noop("You brought this visit back."),
    "booking.visit.booked": gettext_noop("You booked this visit."),
    "booking.plan.started": gettext_noop("You started this regular clean."),
    "booking.plan.changed": gettext_noop("You changed this regular clean."),
    "booking.plan.paused": gettext_noop("You paused this regular clean."),
    "booking.plan.resumed": gettext_noop("You ended the pause."),
    "booking.plan.ended": gettext_noop("You ended this regular clean."),
    "customers.home.changed": gettext_noop("You changed this address."),
    "booking.change.undone": gettext_noop("You took your last change back."),
}
