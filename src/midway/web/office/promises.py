"""Broken promises: visits that lost somebody or lie outside their hours, each with the mend that fits best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from midway.accounts.access import Right, has_right, office
from midway.booking.actions import MendGone, mend_in_time, mend_promise
from midway.booking.plan_queries import WEEKS_AHEAD, BrokenPromise, broken_promises
from midway.crew.models import Branch, Cleaner, Holiday
from midway.crew.queries import CalendarNotWritten
from midway.runtime.clock import now as clock
from midway.web.design.words import day_in_words, span_in_words
from midway.web.office.place import hand_of, today_at, with_branch
from midway.web.office.visits import visit_or_404

WEEKS = (2, 8, WEEKS_AHEAD)
USUAL_WEEKS = 8
PAGE = 100


@dataclass(frozen=True)
class Asked:
    """Which promises the page is about: whose, and how far ahead or of which days (`weeks` is nothing then)."""

    first: date
    last: date
    weeks: int
    person: Cleaner | None

    @property
    def told(self) -> Mapping[str, str]:
        """The question as an address or a form asks it."""
        person = {"person": str(self.person.code)} if self.person else {}
        if self.weeks:
            return {"weeks": str(self.weeks), **person}
        return {"from": self.first.isoformat(), "to": self.last.isoformat(), **person}

    @property
    def cleaner_id(self) -> int | None:
        return self.person.pk if self.person else None


@dataclass(frozen=True)
class PromiseRow:
    """A broken promise as one line, in local time."""

    promise: BrokenPromise
    start: datetime
    end: datetime
    why: str
    mend_start: datetime | None
    mend_end: datetime | None
    mend_people: str
    mend_ids: str

    @property
    def keeps_time(self) -> bool:
        return self.promise.mend_keeps_time


@office(Right.SEE_BOARD)
@require_safe
@with_branch
def promises(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Every broken promise ahead, or those of somebody who leaves, with its mend."""
    now = clock()
    asked = _asked(request.GET, branch, now=now)
    found = _found(branch, asked, now=now)
    context = {
        "branch": branch,
        "asked": asked,
        "rows": _rows(found[:PAGE], branch, asked),
        "more": max(0, len(found) - PAGE),
        "total": len(found),
        "in_time": sum(promise.mend_keeps_time for promise in found),
        "without": sum(promise.mend is None for promise in found),
        "weeks": WEEKS,
        "may_change": has_right(request.user, Right.CHANGE_VISITS),
    }
    return render(request, "office/promises.html", context)


def broken_between(branch: Branch, first: date, last: date, *, person: Cleaner | None = None, now: datetime) -> str:
    """Where the promises broken on these days, or those outside somebody's hours, are listed with their mends; nothing
    where all are kept."""
    asked = Asked(max(first, today_at(branch, now)), last, 0, person)
    try:
        is_broken = bool(asked.first <= last and _found(branch, asked, now=now))
    except CalendarNotWritten:
        return ""
    return f"{reverse('office:promises')}?{urlencode(asked.told)}" if is_broken else ""


def promises_of_leaver(cleaner: Cleaner, *, now: datetime) -> list[BrokenPromise]:
    """What somebody is promised to after their last day."""
    branch = cleaner.branch
    today = today_at(branch, now)
    asked = Asked(today, today + timedelta(weeks=WEEKS_AHEAD), WEEKS_AHEAD, cleaner)
    return _found(branch, asked, now=now)


class MendForm(forms.Form):
    """A mend as it was proposed."""

    revision = forms.IntegerField(min_value=0)
    start = forms.DateTimeField(input_formats=["%Y-%m-%dT%H:%M:%S%z"])
    cleaners = forms.RegexField(r"^\d{1,18}(,\d{1,18})*$")

    def people(self) -> list[int]:
        """The cleaners' ids."""
        return [int(pk) for pk in self.cleaned_data["cleaners"].split(",")]


@office(Right.CHANGE_VISITS)
@require_POST
def mend(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will carry out one mend."""
    form, found = MendForm(request.POST), visit_or_404(code)
    people = _people(found.branch)
    cleaners = form.people() if form.is_valid() else []
    if not cleaners or not set(cleaners) <= people.keys():
        messages.error(request, _(MendGone.__doc__ or ""))
        return redirect(_back(request))
    said = form.cleaned_data
    try:
        visit = mend_promise(
            visit=code,
            revision=said["revision"],
            start=said["start"],
            cleaners=cleaners,
            by=hand_of(request),
            now=clock(),
        )
    except MendGone as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
        return redirect(_back(request))
    zone = visit.branch.zoneinfo
    words = {
        "name": visit.customer.name,
        "when": span_in_words(visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)),
        "people": _names(cleaners, people),
    }
    messages.success(request, _("%(name)s, %(when)s: %(people)s.") % words)
    return redirect(_back(request))


@office(Right.CHANGE_VISITS)
@require_POST
@with_branch
def mend_all(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Will give every visit that can keep its time the people proposed."""
    now = clock()
    asked = _asked(request.POST, branch, now=now)
    done = mend_in_time(
        branch=branch, first=asked.first, last=asked.last, cleaner_id=asked.cleaner_id, by=hand_of(request), now=now
    )
    text = ngettext("%(count)s visit has its people again.", "%(count)s visits have their people again.", done.mended)
    messages.success(request, text % {"count": done.mended})
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    query = {key: value for key in ("weeks", "from", "to", "person") if (value := request.POST.get(key, ""))}
    return f"{reverse('office:promises')}{'?' if query else ''}{urlencode(query)}"


def _asked(said: Any, branch: Branch, *, now: datetime) -> Asked:
    person = _person(said.get("person", ""), branch)
    weeks = said.get("weeks", "")
    number = int(weeks) if weeks.isdecimal() and int(weeks) in WEEKS else (WEEKS_AHEAD if person else USUAL_WEEKS)
    today = today_at(branch, now)
    furthest = today + timedelta(weeks=WEEKS_AHEAD)
    first, last = _day(said.get("from", "")), _day(said.get("to", ""))
    if first and last and today <= last and first <= furthest:
        return Asked(max(first, today), min(last, furthest), 0, person)
    return Asked(today, today + timedelta(weeks=number), number, person)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _person(code: str, branch: Branch) -> Cleaner | None:
    try:
        return Cleaner.objects.filter(code=UUID(code), branch=branch).first()
    except ValueError:
        return None


def _found(branch: Branch, asked: Asked, *, now: datetime) -> list[BrokenPromise]:
    found = broken_promises(branch=branch, first=asked.first, last=asked.last, now=now, cleaner_id=asked.cleaner_id)
    if asked.cleaner_id is None:
        return list(found)
    return [promise for promise in found if asked.cleaner_id in promise.outside]


def _rows(found: Sequence[BrokenPromise], branch: Branch, asked: Asked) -> list[PromiseRow]:
    people, zone = _people(branch), branch.zoneinfo
    holidays = dict(
        Holiday.objects.filter(branch=branch, on__range=(asked.first, asked.last)).values_list("on", "name")
    )
    rows = []
    for promise in found:
        visit, proposed = promise.visit, promise.mend
        start = visit.starts_at.astimezone(zone)
        ids = proposed.cleaners if proposed else ()
        rows.append(
            PromiseRow(
                promise=promise,
                start=start,
                end=visit.ends_at.astimezone(zone),
                why=_why(promise, start.date(), people, holidays),
                mend_start=proposed.start.astimezone(zone) if proposed else None,
                mend_end=(proposed.start + visit.duration).astimezone(zone) if proposed else None,
                mend_people=_names(ids, people),
                mend_ids=",".join(map(str, ids)),
            )
        )
    return rows


def _people(branch: Branch) -> dict[int, Cleaner]:
    return {cleaner.pk: cleaner for cleaner in Cleaner.objects.filter(branch=branch)}


def _names(ids: Sequence[int], people: Mapping[int, Cleaner]) -> str:
    return ", ".join(people[pk].name for pk in ids if pk in people)


def _why(promise: BrokenPromise, on: date, people: Mapping[int, Cleaner], holidays: Mapping[date, str]) -> str:
    if not promise.outside:
        missing = promise.visit.cleaners_missing
        return ngettext("%(count)s person is missing", "%(count)s people are missing", missing) % {"count": missing}
    gone = [pk for pk in promise.outside if pk in people and (left := people[pk].left_on) is not None and left < on]
    if gone:
        names = _names(sorted(gone), people)
        return _("%(names)s works here until %(on)s") % {"names": names, "on": day_in_words(_last_day(people, gone))}
    if on in holidays:
        return _("Closed that day: %(name)s") % {"name": holidays[on]}
    return _("Outside the hours of %(names)s") % {"names": _names(sorted(promise.outside), people)}


def _last_day(people: Mapping[int, Cleaner], gone: Sequence[int]) -> date:
    return max(left for pk in gone if (left := people[pk].left_on) is not None)
