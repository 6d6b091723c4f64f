"""The rules for changes: kept as JSON in versions, found for a visit, and applied to it."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, time
from functools import cached_property
from typing import Any

from django.db.models import Q

from midway.booking.models import Charge, PlanException, Policy, Visit
from midway.core.actor import ActorKind
from midway.core.business_time import Counting
from midway.core.policy import ChangeDecision, Fee, LateStep, Occasion, PolicyTerms, free_until, half_year_of
from midway.core.price_list import FREQUENCIES
from midway.crew.models import Branch, Holiday
from midway.journal.queries import history_of

LONGEST_NOTICE_MINUTES = 60 * 24 * 60


class TermsMalformed(ValueError):
    """These rules cannot be read. Publish a new version in the office under Policies."""


def terms_to_json(terms: PolicyTerms) -> dict[str, Any]:
    """Will write terms as JSON that `terms_from_json` reads back equal. Raises `TermsMalformed` as it does."""
    data = asdict(terms)
    for name in ("opens", "closes", "cut_off_clock"):
        data[name] = data[name].isoformat("minutes")
    data["counting"] = terms.counting.value
    data["workdays"] = list(terms.workdays)
    data["gap_bands"] = [list(band) for band in terms.gap_bands]
    terms_from_json(data)
    return data


def terms_from_json(data: Mapping[str, Any]) -> PolicyTerms:
    """Will read terms; what is not said is as usual. Raises `TermsMalformed` when something is of the wrong kind."""
    try:
        return PolicyTerms(**{name: _read(name, value) for name, value in data.items()})
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise TermsMalformed(f"{TermsMalformed.__doc__} ({problem})") from problem


def _read(name: str, value: Any) -> Any:
    if name in {"late_fee", "lock_out_fee", "skip_fee"}:
        return _fee(value)
    if name in {"opens", "closes", "cut_off_clock"}:
        return time.fromisoformat(value)
    if name == "late_steps":
        return tuple(LateStep(_whole(step["within_minutes"]), _fee(step["fee"])) for step in value)
    if name == "counting":
        return Counting(value)
    if name == "workdays":
        return tuple(sorted(_whole(day, most=6) for day in value))
    if name == "gap_bands":
        return tuple(sorted((_whole(days, most=400), _frequency(frequency)) for days, frequency in value))
    if name == "horizon_days":
        return _whole(value, least=1, most=400)
    if name in {"is_gap_priced", "is_far_move_skip"}:
        return bool(value)
    return None if value is None else _whole(value)


def _fee(data: Mapping[str, Any]) -> Fee:
    return Fee(
        flat_cents=_whole(data.get("flat_cents", 0), most=10_000_000),
        percent=_whole(data.get("percent", 0), most=100),
        cleaner_percent=_whole(data.get("cleaner_percent", 0), most=100),
    )


def _whole(value: Any, *, least: int = 0, most: int = LONGEST_NOTICE_MINUTES) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"not a whole number from {least} to {most}: {value!r}")
    return value


def _frequency(value: Any) -> str:
    if value not in FREQUENCIES:
        raise ValueError(f"no such rhythm: {value!r}")
    return str(value)


class Rulebook:
    """A branch's policies, read once: two queries at the most, however many visits are asked about."""

    def __init__(self, branch: Branch) -> None:
        self.branch = branch

    @cached_property
    def _policies(self) -> list[Policy]:
        return list(Policy.objects.filter(branch=self.branch).order_by("-effective_on", "-version"))

    @cached_property
    def holidays(self) -> frozenset[date]:
        """The days on which the branch is closed."""
        return frozenset(Holiday.objects.filter(branch=self.branch).values_list("on", flat=True))

    def in_force(self, *, service_id: int | None, on: date) -> Policy | None:
        """The newest policy effective on the day: of the service, else of the branch."""
        due = [policy for policy in self._policies if policy.effective_on <= on]
        own = (policy for policy in due if policy.service_id is not None and policy.service_id == service_id)
        return next(own, None) or next((policy for policy in due if policy.service_id is None), None)

    def terms(self, *, service_id: int | None, now: datetime) -> tuple[PolicyTerms, Policy | None]:
        """The terms that hold now, and where they are written; a branch without any goes by its own figures."""
        policy = self.in_force(service_id=service_id, on=now.astimezone(self.branch.zoneinfo).date())
        return (terms_of_branch(self.branch), None) if policy is None else (terms_from_json(policy.terms), policy)

    def occasion(self, visit: Visit, terms: PolicyTerms, *, now: datetime) -> Occasion:
        """The visit as the rules see it; what happened before is looked up only where a rule asks for it."""
        holidays = self.holidays if terms.needs_holidays else frozenset[date]()
        return Occasion(
            starts_at=visit.starts_at,
            price_cents=visit.price_cents,
            hours=terms.hours(self.branch.zoneinfo, holidays),
            late_before=_forgiven(visit, now=now) if terms.grace_per_half_year else 0,
            moves_before=_moves(visit) if terms.moves_per_visit is not None else 0,
            skips_before=_skips(visit) if _counts_skips(terms) else 0,
        )

    def free_until(self, visit: Visit, *, now: datetime) -> datetime:
        """The last moment at which changing the visit is free."""
        terms, _policy = self.terms(service_id=visit.service_id, now=now)
        hours = terms.hours(self.branch.zoneinfo, self.holidays if terms.needs_holidays else frozenset())
        return free_until(starts_at=visit.starts_at, terms=terms, hours=hours, notice_minutes=terms.notice_minutes)


def terms_of_branch(branch: Branch) -> PolicyTerms:
    """What a branch goes by that never published a policy."""
    return PolicyTerms(
        notice_minutes=branch.change_notice_minutes,
        late_fee=Fee(percent=branch.late_fee_percent),
        booking_notice_minutes=branch.notice_minutes,
        horizon_days=branch.horizon_days,
    )


def evidence_of(decision: ChangeDecision, policy: Policy | None, *, shown_fee_cents: int | None) -> dict[str, Any]:
    """What is kept with a charge: the version, the decision, and the fee the customer saw."""
    said = {**asdict(decision), "free_until": decision.free_until.isoformat()}
    version = None if policy is None else policy.version
    return {"policy_version": version, "decision": said, "shown_fee_cents": shown_fee_cents}


def _counts_skips(terms: PolicyTerms) -> bool:
    return terms.skips_per_half_year is not None or terms.free_skips_per_half_year is not None


def _forgiven(visit: Visit, *, now: datetime) -> int:
    zone = visit.branch.zoneinfo
    first, last = half_year_of(now.astimezone(zone).date())
    forgiven = Charge.objects.filter(
        visit__customer_id=visit.customer_id,
        kind=Charge.Kind.LATE_CANCELLATION,
        decision__decision__rule="grace",
        withdrawn_at=None,
    )
    return sum(first <= at.astimezone(zone).date() <= last for at in forgiven.values_list("at", flat=True))


def _moves(visit: Visit) -> int:
    moved = history_of(visit.code).filter(event="booking.visit.rescheduled", actor_kind=ActorKind.CUSTOMER)
    return moved.count()


def _skips(visit: Visit) -> int:
    if visit.occurrence_on is None or visit.plan_id is None:
        return 0
    skipped = PlanException.objects.filter(
        Q(kind=PlanException.Kind.SKIPPED) | Q(is_skip=True),
        plan__customer_id=visit.customer_id,
        original_on__range=half_year_of(visit.occurrence_on),
    )
    return skipped.exclude(plan_id=visit.plan_id, original_on=visit.occurrence_on).count()
