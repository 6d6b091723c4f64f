"""The logs and numbers of an incident's time on one page."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from midway.accounts.access import Right, has_right, office
from midway.ops.incidents.window import BARS, WindowView, window_of
from midway.ops.oncall.roster import company_zone
from midway.runtime.clock import now as clock
from midway.web.ops.incident_page import incident_or_404

WIDTH, HEIGHT = 960, 120


@dataclass(frozen=True)
class Drawn:
    """A bar of the picture: where it stands, how tall it is, and how much of that failed."""

    x: float
    width: float
    height: float
    failed_height: float


@office(Right.WORK_ON_INCIDENTS)
@require_safe
@never_cache
def window(request: HttpRequest, code: UUID) -> HttpResponse:
    """What was answered and failed, what upkeep measured, which release began to run, and what the logs say."""
    found, now, zone = incident_or_404(request, code), clock(), company_zone()
    everything = request.GET.get("lines") == "all"
    seen = window_of(found, now=now, everything=everything)
    context = {
        "now": now,
        "zone": zone,
        "incident": found,
        "seen": seen,
        "releases": [(one["version"], datetime.fromisoformat(one["at"])) for one in seen.releases],
        "lines": [(line.at.astimezone(zone).strftime("%H:%M:%S"), line) for line in seen.lines],
        "bars": picture_of(seen),
        "picture": (WIDTH, HEIGHT),
        "everything": everything,
        "may_see_system": has_right(request.user, Right.SEE_SYSTEM),
    }
    return render(request, "web_ops/incident_window.html", context)


def picture_of(seen: WindowView) -> list[Drawn]:
    """The bars in a box of `WIDTH` by `HEIGHT`; what failed stands at the foot, and is never too thin to be seen."""
    most, step = max((bar.answered for bar in seen.bars), default=0) or 1, WIDTH / BARS
    return [
        Drawn(
            x=round(number * step + 1, 1),
            width=round(step - 2, 1),
            height=round(bar.answered / most * HEIGHT, 1),
            failed_height=round(max(bar.failed / most * HEIGHT, 3), 1) if bar.failed else 0,
        )
        for number, bar in enumerate(seen.bars)
    ]
