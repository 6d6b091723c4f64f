"""When times can't be shown: the calendar is written by the worker, and it may be behind."""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from midway.crew.queries import CalendarNotWritten

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

log = structlog.get_logger(__name__)


def with_times(view: View[P]) -> View[P]:
    """Will answer in words, and tell the operators, when the calendar does not reach far enough."""

    @functools.wraps(view)
    def answered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except CalendarNotWritten as problem:
            log.warning("web.times.not_written", next_step=str(problem))
            return render(request, "public/no_times.html", status=503)

    return answered
