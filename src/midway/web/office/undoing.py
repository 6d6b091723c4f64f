"""Taking a change back from its line in the journal."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from midway.accounts.access import Right, has_right, office
from midway.booking.actions import undo_change
from midway.booking.actions.put_back import TimeGoneBy, TimeTakenMeanwhile
from midway.booking.actions.undo_change import AlreadyUndone, NothingToUndo, TooLateToUndo
from midway.booking.undo_queries import entry_of_deed
from midway.crew.before import ChangedSince
from midway.crew.calendar import SlotTaken
from midway.journal.models import Entry
from midway.runtime.clock import now as clock
from midway.web.office.place import hand_of

REFUSALS = (NothingToUndo, TooLateToUndo, AlreadyUndone, ChangedSince, TimeGoneBy, SlotTaken)


@office(Right.SEE_BOARD)
@require_POST
def undoing(request: HttpRequest, entry: UUID) -> HttpResponse:
    """Will undo the change, or say why it stays, and go back to where the button was."""
    found = Entry.objects.filter(code=entry).first()
    if found is None:
        raise Http404
    if not may_undo(request)(found):
        raise PermissionDenied
    try:
        undo_change(entry=entry, by=hand_of(request), now=clock())
        messages.success(request, _("Undone. Everything is as it was before."))
    except REFUSALS as refusal:
        messages.error(request, _said(refusal))
    back = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if is_ours else "office:today")


def may_undo(request: HttpRequest) -> Callable[[Entry], bool]:
    """Whether this person may undo an entry: what they may change, they may change back."""
    visits = has_right(request.user, Right.CHANGE_VISITS)
    people = has_right(request.user, Right.CHANGE_PEOPLE)

    def may(entry: Entry) -> bool:
        event = str(entry.facts.get("undoes", entry.event))
        return people if event.startswith("crew.") else visits

    return may


def say_done(request: HttpRequest, text: str, *subjects: UUID, at: datetime, level: int = messages.SUCCESS) -> None:
    """Will say what was done to these at this moment, with the button that undoes it where it can be undone."""
    entry = entry_of_deed(*subjects, at=at)
    messages.add_message(request, level, text, extra_tags=reverse("office:undoing", args=[entry]) if entry else "")


def _said(refusal: Exception) -> str:
    text = _(type(refusal).__doc__ or "")
    if isinstance(refusal, TimeTakenMeanwhile):
        text += " " + _("Not free any more: %(names)s.") % {"names": ", ".join(refusal.who)}
    return text
