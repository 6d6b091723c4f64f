"""A home of another size or at another address: what it does to every visit to come, shown first, then done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from psycopg.types.range import TimestamptzRange as DateTimeTZRange

from midway.booking.actions.agreement_anew import agree_anew
from midway.booking.actions.before import before
from midway.booking.actions.credits import COSTS_LESS, give_credit_back
from midway.booking.actions.home_before import columns_of_home, home_facts
from midway.booking.actions.plan_visits import OpenVisit, give_back, lock_crew, next_visit, seat_visits, with_usual
from midway.booking.actions.reschedule_visit import active_cleaners, commit_cleaners
from midway.booking.models import Booking, CreditEntry, Plan, Visit
from midway.booking.notifications import tell_of_change
from midway.booking.plan_models import ANNOUNCED
from midway.booking.plan_notifications import tell_of_plan
from midway.booking.plan_queries import terms_of
from midway.booking.policies import Rulebook
from midway.booking.queries import branch_serving, tidy_postcode
from midway.booking.visit_prices import VisitPrices, working_of
from midway.core.actor import Actor, ActorKind
from midway.core.timespan import Span
from midway.core.visit_states import STILL_TO_COME, VisitState
from midway.crew.calendar import SlotTaken
from midway.crew.models import Branch
from midway.customers.actions import Rooms
from midway.customers.home import HomeDetails, KeptHome, keep_home
from midway.customers.models import Property
from midway.journal.actions import keep_before, record
from midway.runtime.database import one_transaction


class ServedElsewhere(ValueError):
    """Another branch of ours cleans at this postcode. Please call us, and we move your visits there."""


class EffectChanged(Exception):
    """Meanwhile it comes to something else than what was shown. Look at it, then decide anew."""


@dataclass(frozen=True)
class VisitEffect:
    """What becomes of one visit to come."""

    visit: Visit
    before_cents: int
    minutes_before: int

    @property
    def more_cents(self) -> int:
        return self.visit.price_cents - self.before_cents

    @property
    def minutes(self) -> int:
        return int(self.visit.duration / timedelta(minutes=1))


@dataclass(frozen=True)
class HomeEffect:
    """What a change of a home comes to: visits that change, and how many are too near to. `premises` is the home."""

    premises: Property
    visits: Sequence[VisitEffect]
    stay: int = 0

    @property
    def shown(self) -> str:
        """A short mark of it, by which what was shown and what is done can be compared."""
        more = sum(effect.more_cents for effect in self.visits)
        return f"{len(self.visits)}/{more}/{len(self.to_decide)}"

    @property
    def to_decide(self) -> Sequence[VisitEffect]:
        """Visits for which nobody is free for longer."""
        return [e for e in self.visits if e.visit.cleaners_missing and e.visit.state == VisitState.SCHEDULED]


def preview_home(*, premises: UUID, wanted: HomeDetails, by: Actor, now: datetime) -> HomeEffect:
    """Will say what a change would come to: the deed itself, taken back before anybody sees it. Raises as it does."""
    with transaction.atomic():
        effect = change_home(premises=premises, wanted=wanted, by=by, now=now)
        transaction.set_rollback(True)
    return effect


@one_transaction
def change_home(
    *, premises: UUID, wanted: HomeDetails, by: Actor, now: datetime, shown: str | None = None
) -> HomeEffect:
    """Will keep a home's size and address. Visits to come cost what they do by the price list of their quote, and take
    as long; those within a customer's notice stay as agreed. Another house is another home: what took place stays
    where it took place.

    Raises `NotServed`, `ServedElsewhere`, `core.pricing.PriceError`, `EffectChanged`.
    """
    home = Property.objects.select_for_update(of=("self",)).select_related("customer").get(code=premises)
    # A savepoint: what is not as it was shown leaves nothing behind, inside whatever transaction this takes part in.
    with transaction.atomic():
        effect = _change(home, wanted, by=by, now=now)
        if shown is not None and effect.shown != shown:
            raise EffectChanged(EffectChanged.__doc__)
    return effect


def _change(home: Property, wanted: HomeDetails, *, by: Actor, now: datetime) -> HomeEffect:
    branch = branch_serving(wanted.postcode)
    ahead, near = _ahead(home, by=by, now=now)
    plans = _plans(home)
    theirs = {visit.branch_id for visit in (*ahead, *near)} | {plan.branch_id for plan in plans}
    if theirs - {branch.pk}:
        raise ServedElsewhere(ServedElsewhere.__doc__)
    stood, was = before(ahead, plans), columns_of_home(home)
    kept = keep_home(home=home, wanted=wanted, now=now)
    work = _Work(home, kept, wanted, plans, now)
    if kept.is_priced_anew:
        work.price_anew(ahead)
    if kept.home.pk != home.pk:
        work.go_along(ahead)
    work.tell(by=by)
    effect = HomeEffect(kept.home, work.effects, len(near))
    if kept.changed:
        entry = _write_down(home, kept, effect, by=by, now=now)
        # Another house is a home of its own: it stays, and visits go back to the one before.
        facts = home_facts(home, was) if kept.home.pk == home.pk else {}
        keep_before(entry=entry, subject=home.customer.code, facts={**stood.as_facts(), **facts}, at=now)
    return effect


def _write_down(home: Property, kept: KeptHome, effect: HomeEffect, *, by: Actor, now: datetime) -> UUID:
    facts = {
        "changed": kept.changed, "home": kept.home.code, "moved": kept.home.pk != home.pk, "effect": effect.shown,
        "visits": [one.visit.code for one in effect.visits],
    }  # fmt: skip
    return record(event="customers.home.changed", subject=home.customer.code, by=by, at=now, facts=facts)


def _ahead(home: Property, *, by: Actor, now: datetime) -> tuple[list[Visit], list[Visit]]:
    """The visits that can still change, and those too near for a customer to change; in order, all locked."""
    found = (
        Visit.objects.select_for_update(of=("self",), no_key=True)
        .select_related(
            "branch", "service", "customer", "premises", "plan",
            "booking__quote__service", "booking__quote__price_list", "booking__quote__branch",
        )
        .filter(premises=home, during__startswith__gt=now)
        .filter(Q(state__in=STILL_TO_COME) | Q(state=VisitState.SKIPPED, plan__isnull=False))
        .exclude(plan__state=Plan.State.ENDED, state=VisitState.SKIPPED)
        .order_by("pk")
    )  # fmt: skip
    visits = sorted(found, key=lambda visit: visit.starts_at)
    if by.kind is not ActorKind.CUSTOMER:
        return visits, []
    rules: dict[int, Rulebook] = {}
    is_far = {v.pk: now <= _rules(rules, v.branch).free_until(v, now=now) for v in visits}
    return [v for v in visits if is_far[v.pk]], [v for v in visits if not is_far[v.pk]]


def _rules(known: dict[int, Rulebook], branch: Branch) -> Rulebook:
    return known.setdefault(branch.pk, Rulebook(branch))


def _plans(home: Property) -> list[Plan]:
    found = Plan.objects.select_for_update(of=("self",), no_key=True).exclude(state=Plan.State.ENDED)
    found = found.filter(premises=home).select_related("branch", "service", "customer", "premises", "quote")
    return list(found.order_by("pk"))


class _Work:
    """The change as it is done: agreements made anew, visits and plans that follow them, and their cleaners."""

    def __init__(
        self, home: Property, kept: KeptHome, wanted: HomeDetails, plans: Sequence[Plan], now: datetime
    ) -> None:
        self.home, self.new_home, self.plans, self.now = home, kept.home, plans, now
        self.rooms = Rooms(wanted.bedrooms, wanted.bathrooms, wanted.square_feet, wanted.half_baths)
        self.postcode = tidy_postcode(wanted.postcode)
        self.effects: list[VisitEffect] = []
        self.changed_plans: list[Plan] = []

    def price_anew(self, visits: Sequence[Visit]) -> None:
        """Will give visits and plans the price and length of the home as it is now."""
        by_booking: dict[int, list[Visit]] = {}
        for visit in visits:
            by_booking.setdefault(visit.booking_id, []).append(visit)
        for plan in self.plans:
            booking = Booking.objects.select_related("quote__service", "quote__price_list", "quote__branch")
            theirs = booking.get(quote_id=plan.quote_id)
            by_booking.setdefault(theirs.pk, [])
        for pk, theirs_ahead in by_booking.items():
            self._agree(pk, theirs_ahead)

    def _agree(self, booking_id: int, visits: Sequence[Visit]) -> None:
        booking = Booking.objects.select_related("quote__service", "quote__price_list", "quote__branch").get(
            pk=booking_id
        )
        old = {visit.pk: VisitPrices(visit, now=self.now).price() for visit in visits}
        again = agree_anew(
            booking, visits, premises=self.new_home, rooms=self.rooms, postcode=self.postcode, now=self.now
        )
        # The row first, so that the new quote knows which of its visits is the first.
        Visit.objects.filter(pk__in=old).update(booking=again)
        longer: list[Visit] = []
        for visit in visits:
            before_cents, minutes = visit.price_cents, int(visit.duration / timedelta(minutes=1))
            price = VisitPrices(visit, now=self.now).price()
            visit.price_cents = max(0, visit.price_cents + price.total_cents - old[visit.pk].total_cents)
            visit.lines = working_of(price, total_cents=visit.price_cents)
            length = max(15, minutes + price.duration_minutes - old[visit.pk].duration_minutes)
            if length != minutes:
                visit.during = DateTimeTZRange(visit.starts_at, visit.starts_at + timedelta(minutes=length))
                longer.append(visit)
            visit.revision += 1
            self.effects.append(VisitEffect(visit, before_cents, minutes))
        self._follow(booking, again)
        # First how long they last: cleaners are found for that.
        Visit.objects.bulk_update(visits, ["price_cents", "lines", "during", "revision"])
        self._seat(longer)
        Visit.objects.bulk_update(longer, ["cleaners_missing"])
        self._give_back_excess(visits)

    def _follow(self, booking: Booking, again: Booking) -> None:
        more, longer = (
            again.quote.total_cents - booking.quote.total_cents,
            again.quote.duration_minutes - booking.quote.duration_minutes,
        )
        for plan in self.plans:
            if plan.quote_id != booking.quote_id:
                continue
            plan.quote, plan.price_cents = again.quote, max(0, plan.price_cents + more)
            plan.announce_prices([(on, max(0, cents + more)) for on, cents in plan.announced_prices])
            plan.duration_minutes = max(15, plan.duration_minutes + longer)
            plan.revision += 1
            plan.save(update_fields=["quote", "price_cents", *ANNOUNCED, "duration_minutes", "revision"])
            self.changed_plans.append(plan)

    def _seat(self, visits: Sequence[Visit]) -> None:
        """Will have the cleaners stay for as long as it takes now; where nobody is free, the visit waits for one."""
        seated = [visit for visit in visits if visit.state == VisitState.SCHEDULED and not visit.cleaners_missing]
        plans: Mapping[int | None, Plan] = {plan.pk: plan for plan in self.plans}
        for plan in self.plans:
            lock_crew(plan)
            usual = with_usual(terms_of(plan), plan)
            theirs = [v for v in seated if v.plan_id == plan.pk and v.duration == plan.duration]
            give_back(theirs)
            found = seat_visits(usual, [OpenVisit(v.pk, v.code, v.starts_at) for v in theirs], now=self.now)
            for visit in theirs:
                visit.cleaners_missing = 0 if visit.pk in found else visit.team_size
        for visit in seated:
            plan_of = plans.get(visit.plan_id)
            if plan_of is None or visit.duration != plan_of.duration:
                self._seat_one(visit)

    def _seat_one(self, visit: Visit) -> None:
        during = Span(visit.starts_at, visit.ends_at)
        for cleaners in (active_cleaners(visit), []):
            try:
                with transaction.atomic():
                    commit_cleaners(visit, during=during, cleaners=cleaners, now=self.now)
            except SlotTaken:
                continue
            return
        give_back([visit])
        visit.cleaners_missing = visit.team_size

    def _give_back_excess(self, visits: Sequence[Visit]) -> None:
        paid = set(CreditEntry.objects.filter(visit__in=visits).values_list("visit_id", flat=True))
        self.prepaid = [visit for visit in visits if visit.pk in paid]

    def go_along(self, visits: Sequence[Visit]) -> None:
        """Will have visits and plans take place at the other house."""
        known = {effect.visit.pk for effect in self.effects}
        for visit in visits:
            visit.premises = self.new_home
            if visit.pk not in known:
                minutes = int(visit.duration / timedelta(minutes=1))
                self.effects.append(VisitEffect(visit, visit.price_cents, minutes))
        Visit.objects.filter(pk__in=[visit.pk for visit in visits]).update(premises=self.new_home)
        Plan.objects.filter(pk__in=[plan.pk for plan in self.plans]).update(premises=self.new_home)
        for plan in self.plans:
            plan.premises = self.new_home

    def tell(self, *, by: Actor) -> None:
        """Will give back what was paid too much, and tell the customer once for a plan and once for a single visit."""
        for visit in getattr(self, "prepaid", ()):
            give_credit_back(visit, by=by, now=self.now, reason=COSTS_LESS)
        for plan in self.changed_plans:
            first = next_visit(plan, now=self.now)
            since = (first.starts_at if first else self.now).astimezone(plan.branch.zoneinfo).date()
            more = {"from_on": since.isoformat()}
            tell_of_plan("plan_changed", plan=plan, next_visit=first, now=self.now, more=more)
        for effect in self.effects:
            if effect.visit.plan_id is None and effect.more_cents:
                tell_of_change("visit_repriced", visit=effect.visit, now=self.now)
