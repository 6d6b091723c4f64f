"""What a place on the board would mean, asked while a visit is being moved: driving added or saved, and conflicts."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from midway.accounts.access import Right, office
from midway.booking.queries import visit_by_code
from midway.crew.models import Cleaner
from midway.dispatch.placing import Conflict, Obstacle, Placing, placing_of
from midway.runtime.clock import now as clock
from midway.web.office.drawing import BLOCK_WORDS
from midway.web.office.placement import PlacementForm

WORDS = {
    Obstacle.TAKEN: gettext_lazy("%(who)s is taken then: %(what)s"),
    Obstacle.PAST: gettext_lazy("This time has gone by."),
    Obstacle.NOT_WORKING: gettext_lazy("%(who)s does not work then."),
    Obstacle.UNSKILLED: gettext_lazy("%(who)s has not learnt this kind of clean."),
    Obstacle.LATE_HERE: gettext_lazy("%(who)s comes from %(what)s and would be %(minutes)s minutes late here."),
    Obstacle.LATE_NEXT: gettext_lazy("%(who)s would be %(minutes)s minutes late at %(what)s after it."),
    Obstacle.FEWER: gettext_lazy("Fewer people would come than now."),
}


@office(Right.CHANGE_VISITS)
@require_safe
@never_cache
def placing(request: HttpRequest, code: UUID) -> HttpResponse:
    """The cost and the conflicts of a start and cleaners, as JSON; nothing is changed."""
    visit = visit_by_code(code)
    if visit is None:
        raise Http404
    form = PlacementForm({"revision": visit.revision, **request.GET.dict()}, visit=visit)
    if not form.is_valid():
        return JsonResponse({"words": ""}, status=422)
    people = Cleaner.objects.filter(pk__in=form.cleaned_data["cleaners"]).prefetch_related("skills").order_by("pk")
    found = placing_of(visit=visit, start=form.cleaned_data["start"], cleaners=list(people), now=clock())
    return JsonResponse(
        {
            "added_minutes": found.added_minutes,
            "words": cost_in_words(found),
            "conflicts": [conflict_in_words(conflict) for conflict in found.conflicts],
            "is_refused": found.is_refused,
        }
    )


def cost_in_words(placing: Placing) -> str:
    """Will say "10 minutes more driving", "5 minutes less driving" or "as much driving as before"."""
    minutes = placing.added_minutes
    if not minutes:
        return _("as much driving as before")
    if minutes > 0:
        return ngettext("%(n)s minute more driving", "%(n)s minutes more driving", minutes) % {"n": minutes}
    return ngettext("%(n)s minute less driving", "%(n)s minutes less driving", -minutes) % {"n": -minutes}


def conflict_in_words(conflict: Conflict) -> str:
    """Will say what stands against it, with names."""
    what = BLOCK_WORDS.get(conflict.what, conflict.what)
    return str(WORDS[conflict.kind]) % {"who": conflict.who, "what": what, "minutes": conflict.minutes}
