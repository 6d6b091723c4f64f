"""Which branch an office page is about, and whose hand is behind a change."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject

from midway.accounts.hand import hand_of as hand_of  # noqa: PLC0414 - office pages take it from here
from midway.accounts.models import User
from midway.core.timespan import YEARS
from midway.crew.models import Branch


@dataclass(frozen=True)
class BranchLink:
    """A branch in the choice at the head of the page."""

    code: str
    name: str
    is_here: bool


P = ParamSpec("P")
BranchView = Callable[Concatenate[HttpRequest, Branch, P], HttpResponse]


def with_branch(view: BranchView[P]) -> Callable[..., HttpResponse]:
    """Will give the view the branch named by `?branch=`, else the one chosen last, else the first.

    A company without a branch is told so.
    """

    @wraps(view)
    def placed(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        branch = branch_of(request)
        if branch is None:
            return render(request, "office/no_branch.html")
        return view(request, branch, *args, **kwargs)

    return placed


def branch_of(request: HttpRequest) -> Branch | None:
    """The branch this person is looking at; one named in the address is remembered for the pages that follow."""
    branches = list(Branch.objects.order_by("id"))
    asked, kept = request.GET.get("branch", ""), request.session.get("branch", "")
    by_code = {branch.code: branch for branch in branches}
    if asked in by_code and asked != kept:
        request.session["branch"] = asked
    return by_code.get(asked) or by_code.get(kept) or next(iter(branches), None)


def branch_choice(request: HttpRequest) -> dict[str, Any]:
    """For the head of every office page: the branches to choose from, as soon as there are two."""

    def links() -> list[BranchLink]:
        if not isinstance(request.user, User) or not request.user.is_office:
            return []
        branches = list(Branch.objects.order_by("id"))
        here = branch_of(request) if len(branches) > 1 else None
        return [BranchLink(b.code, b.name, is_here=b == here) for b in branches] if here else []

    return {"office_branches": SimpleLazyObject(links)}


def day_asked(text: str, *, otherwise: date) -> date:
    """Will read a day from an address; nonsense means the usual day."""
    return day_named(text) or otherwise


def day_named(text: str) -> date | None:
    """The day a text names; nothing for nonsense, and for days on which nobody ever works."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year in YEARS else None


def today_at(branch: Branch, now: datetime) -> date:
    """The branch's local date."""
    return now.astimezone(branch.zoneinfo).date()
