"""Which branch an office page is about, and whose hand is behind a change."""

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from midway.accounts.hand import hand_of as hand_of  # noqa: PLC0414 - office pages take it from here
from midway.crew.models import Branch

P = ParamSpec("P")
BranchView = Callable[Concatenate[HttpRequest, Branch, P], HttpResponse]


def with_branch(view: BranchView[P]) -> Callable[..., HttpResponse]:
    """Will give the view the branch named by `?branch=`, else the first; a company without one is told so."""

    @wraps(view)
    def placed(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        branches = Branch.objects.order_by("id")
        wanted = request.GET.get("branch", "")
        branch = (branches.filter(code=wanted).first() if wanted else None) or branches.first()
        if branch is None:
            return render(request, "office/no_branch.html")
        return view(request, branch, *args, **kwargs)

    return placed


def day_asked(text: str, *, otherwise: date) -> date:
    """Will read a day from an address; nonsense means the usual day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise


def today_at(branch: Branch, now: datetime) -> date:
    """The branch's local date."""
    return now.astimezone(branch.zoneinfo).date()
