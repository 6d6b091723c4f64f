"""From a price to a booking: how many go on at each step, against what is usual."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from datetime import datetime, timedelta
from uuid import uuid4

from midway.booking.models import Hold, Quote
from midway.ops.look import Look
from midway.ops.procedure import Break, Cadence, Fault, Kind, Limit, Manual, Status, procedure
from midway.ops.procedures.business import with_company
from midway.ops.stage import Stage

SERIES = "analytics.funnel"
DAYS = 30
SETTLED = timedelta(hours=2)
"""Who was shown a price later than this may still be typing."""


@contextmanager
def _shown(stage: Stage, *, prices: int, times: int) -> Iterator[None]:
    """So many were shown a price within the month, and so many of them took a time."""
    template = Quote.objects.order_by("id").first()
    assert template is not None
    at = stage.clock() - timedelta(days=3)
    quotes = []
    for _ in range(prices):
        quote = copy(template)
        quote.pk, quote.code, quote.created_at = None, uuid4(), at
        quotes.append(quote)
    Quote.objects.bulk_create(quotes)
    holds = Hold.objects.bulk_create(
        Hold(quote=quote, during=(at, at + timedelta(hours=2)), state="released", expires_at=at, created_at=at)
        for quote in quotes[:times]
    )
    try:
        yield
    finally:
        Hold.objects.filter(pk__in=[one.pk for one in holds]).delete()
        Quote.objects.filter(pk__in=[one.pk for one in quotes]).delete()


@contextmanager
def _usual_months(stage: Stage) -> Iterator[None]:
    """The scene: as many go on as in the months before."""
    from midway.ops.models import Sample

    with with_company(stage), _shown(stage, prices=120, times=90):
        shares = {step: share for step, share, _ in shares_of(stage.clock())}
        Sample.objects.bulk_create(
            Sample(series=SERIES, subject=step, at=stage.clock() - timedelta(days=30 * month), value=share)
            for month in range(1, 5)
            for step, share in shares.items()
        )
        yield
        Sample.objects.filter(series=SERIES).delete()


def _more_look(share: float) -> Break:
    """A fault: more people look by this share, and none of them goes on."""

    def looked(stage: Stage) -> AbstractContextManager[None]:
        _, _, shown = shares_of(stage.clock())[0]
        return _shown(stage, prices=int(shown * share), times=0)

    return looked


@procedure(
    id="analytics.funnel",
    title="As many as usual go on from a price to a booking",
    cadence=Cadence.MONTHLY,
    document_lines=(65,),
    kind=Kind.REPORT,
    depends_on=("postgres.writes",),
    scene=_usual_months,
    limits=(
        Limit("kept", "of the usual share goes on", "%", 75, 50, "Midway: a quarter fewer is seldom chance in a month",
              low_is_bad=True, least_sample=50),
    ),
    faults=(
        Fault("fewer", "a third fewer than usual take a time", _more_look(0.6), Status.WARN, names="took a time"),
        Fault("half", "not half as many do", _more_look(1.5), Status.CRIT, names="took a time"),
    ),
    manual=Manual(
        why="A step on which customers give up costs more than an outage, and rings no bell.",
        read="Of those who were shown a price in thirty days, how many took a time, and of these how many booked,"
        " beside the median of the months before.",
        mend="Go through the step as a customer, on a phone, in both languages. Did prices, offered times or the page"
        " change? The journal says when.",
        not_the_obvious="A dashboard of visits shows more or fewer people. The share who go on shows whether the page"
        " still works.",
    ),
)  # fmt: skip
def funnel(look: Look) -> None:
    """From our own rows, which no blocker of trackers hides."""
    least = look.limit("kept").least_sample
    told = []
    for step, share, before in shares_of(look.now):
        if before < least:
            continue
        look.count(before)
        usual = look.usual(SERIES, days=400, subject=step)
        look.keep(SERIES, share, subject=step)
        says = f"{share:.0f} % of {before} {step} (usual {usual if usual is not None else share:.0f} %)"
        told.append(says)
        if usual:
            look.found("kept", 100 * share / usual, f"{says}.", subject=step)
    if not told:
        look.skip(f"Fewer than {least} people were shown a price in {DAYS} days: too few to judge.")
    look.fine("; ".join(told) + ".")


def shares_of(now: datetime) -> list[tuple[str, float, int]]:
    """Each step, the percentage of those before it who took it, and how many were before it."""
    asked = Quote.objects.filter(created_at__gt=now - timedelta(days=DAYS), created_at__lt=now - SETTLED)
    shown = asked.count()
    took = asked.filter(holds__isnull=False).distinct().count()
    booked = asked.filter(holds__isnull=False, booking__isnull=False).distinct().count()
    return [
        ("who were shown a price took a time", 100 * took / shown if shown else 0.0, shown),
        ("who took a time booked", 100 * booked / took if took else 0.0, took),
    ]
