"""Why a time is not offered: who could come, who cannot, and what each of them does then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from midway.booking.models import Hold, Visit
from midway.booking.queries import Offer
from midway.core.timespan import Span
from midway.core.why_not import Candidate, General, InTheWay, Obstacle, why_not
from midway.crew.models import Absence, Cleaner, Commitment, Holiday
from midway.crew.queries import cleaner_calendars


@dataclass(frozen=True)
class Doing:
    """What a cleaner does meanwhile: the commitment's kind and time, and whose visit or which absence it is."""

    kind: str
    span: Span
    who: str = ""
    visit: UUID | None = None
    reason: str = ""


@dataclass(frozen=True)
class CleanerAnswer:
    """One cleaner: what keeps them, and what they do then; nothing keeps those who are free."""

    cleaner: Cleaner
    reasons: Sequence[InTheWay]
    doing: Sequence[Doing] = ()

    @property
    def is_free(self) -> bool:
        return not self.reasons


@dataclass(frozen=True)
class WhyNotAnswer:
    """The whole answer. `general` is empty exactly when the time is offered."""

    offer: Offer
    start: datetime
    end: datetime
    team_size: int
    general: Sequence[General]
    cleaners: Sequence[CleanerAnswer]
    holiday: str = ""

    @property
    def is_offered(self) -> bool:
        return not self.general

    @property
    def free(self) -> int:
        return sum(answer.is_free for answer in self.cleaners)


def why_not_offered(
    *, offer: Offer, duration: timedelta, team_size: int, start: datetime, now: datetime
) -> WhyNotAnswer:
    """Will say of a start whether it is offered and, cleaner by cleaner, what stands in the way.

    It agrees with `offered_times`; a fixed number of queries.
    """
    branch = offer.branch
    day = start.astimezone(branch.zoneinfo).date()
    around = (day - timedelta(days=3), day + timedelta(days=3))
    holidays = dict(Holiday.objects.filter(branch=branch, on__range=around).values_list("on", "name"))
    rules = replace(offer.rules(duration=duration, team_size=team_size), holidays=frozenset(holidays))
    calendars = cleaner_calendars(branch=branch, skill_id=None, first=around[0], days=7)
    cleaners = list(Cleaner.objects.filter(branch=branch).order_by("id"))
    able = _able(offer)
    candidates = [
        Candidate(calendar, able is None or cleaner.pk in able)
        for cleaner, calendar in zip(cleaners, calendars, strict=True)
    ]
    found = why_not(candidates, rules=rules, start=start, now=now)
    doing = _doing(cleaners, found.asked)
    answers = [
        CleanerAnswer(cleaner, reasons, doing.get(cleaner.pk, ()))
        for cleaner, reasons in zip(cleaners, found.by_cleaner, strict=True)
        if not _is_long_gone(reasons, cleaner, day)
    ]
    return WhyNotAnswer(
        offer=offer,
        start=start,
        end=start + duration,
        team_size=team_size,
        general=found.general,
        cleaners=sorted(answers, key=lambda answer: (len(answer.reasons), answer.cleaner.name)),
        holiday=holidays.get(day, ""),
    )


def _able(offer: Offer) -> frozenset[int] | None:
    skill = offer.service.skill_id
    if skill is None:
        return None
    return frozenset(Cleaner.objects.filter(branch=offer.branch, skills=skill).values_list("pk", flat=True))


def _is_long_gone(reasons: Sequence[InTheWay], cleaner: Cleaner, day: date) -> bool:
    gone = any(reason.obstacle is Obstacle.NOT_EMPLOYED for reason in reasons)
    return gone and cleaner.left_on is not None and cleaner.left_on < day - timedelta(days=30)


def _doing(cleaners: Sequence[Cleaner], asked: Span) -> Mapping[int, list[Doing]]:
    # A quarter hour more either side: commitments count in whole quarter hours.
    margin = timedelta(minutes=15)
    commitments = list(
        Commitment.objects.filter(
            cleaner__in=cleaners, active=True, during__overlap=(asked.start - margin, asked.end + margin)
        ).order_by("during")
    )
    codes = [commitment.reference for commitment in commitments]
    visits = {v.code: v for v in Visit.objects.select_related("customer").filter(code__in=codes)}
    absences = dict(Absence.objects.filter(code__in=codes).values_list("code", "reason"))
    held = dict(Hold.objects.filter(code__in=codes).values_list("code", "quote__service__name"))
    found: dict[int, list[Doing]] = {}
    for commitment in commitments:
        visit = visits.get(commitment.reference)
        found.setdefault(commitment.cleaner_id, []).append(
            Doing(
                kind=commitment.kind,
                span=Span(commitment.during.lower, commitment.during.upper),
                who=visit.customer.name if visit else held.get(commitment.reference, ""),
                visit=visit.code if visit else None,
                reason=absences.get(commitment.reference, ""),
            )
        )
    return found
