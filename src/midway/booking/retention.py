"""How long is kept what was agreed, and what people said about it. The agreement itself stays: it is the books."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, Value, When

from midway.booking.models import (
    Cancellation,
    Credit,
    CreditEntry,
    Plan,
    PlanException,
    Rating,
    Visit,
    WaitingWish,
)
from midway.core.retention import ERASED, CannotBeErased, Clearing, Keep, Table, Traces, nothing_personal
from midway.core.visit_states import OCCUPIES_CALENDAR
from midway.customers.models import Property

KEEP_ACCESS_NOTES = timedelta(days=90)
KEEP_WORDS = timedelta(days=3 * 365)

_CUSTOMER = ("seven years after the last visit", "is erased, as when they ask for it")
_WORDS = ("three years", "is emptied")
_STAFF = ("as long as the row", "says who of the office answers for it")
_BOOKS = ("for good", "stands in the books; loses the words about an erased customer")
_WAITED = ("ninety days after the last day they would take", "is emptied")


def _unless_theirs(traces: Traces) -> Any:
    """Who did it, unless that was the customer by name."""
    return Case(When(by_label__in=traces.words, then=Value(ERASED)), default=F("by_label"))


def _of_their_visits(traces: Traces) -> Q:
    return Q(visit__customer_id=traces.customer_id)


TABLES = (
    Table(
        "booking.Booking",
        {
            "contact_name": Keep(*_CUSTOMER, erased=ERASED),
            "contact_email": Keep(*_CUSTOMER, erased=""),
            "contact_phone": Keep(*_CUSTOMER, erased=""),
            "notes": Keep(*_CUSTOMER, erased=""),
        },
        "id code branch customer premises quote created_at",
        of=lambda traces: Q(customer_id=traces.customer_id),
        told="code created_at",
    ),
    Table(
        "booking.Cancellation",
        {"reason": Keep(*_WORDS, erased=""), "by_label": Keep(*_WORDS, erased="")},
        "id visit at fee_cents is_late policy evidence",
        of=_of_their_visits,
        told="at fee_cents is_late",
    ),
    Table(
        "booking.PlanException",
        {"reason": Keep(*_WORDS, erased=""), "by_label": Keep(*_WORDS, erased="")},
        "id plan original_on kind moved_to_at at is_skip",
        of=lambda traces: Q(plan__customer_id=traces.customer_id),
        told="original_on kind moved_to_at is_skip at",
    ),
    Table(
        "booking.Rating",
        {"comment": Keep(*_WORDS, erased="")},
        "id visit stars at",
        of=_of_their_visits,
        told="stars at",
    ),
    Table(
        "booking.Visit",
        {},
        "id code branch booking customer premises service plan occurrence_on during state team_size cleaners_missing"
        " price_cents currency extras lines revision created_at",
        of=lambda traces: Q(customer_id=traces.customer_id),
        told="code during state price_cents currency",
    ),
    Table(
        "booking.Plan",
        {},
        "id code lineage branch customer premises service quote every weekdays nth local_time anchor_on starts_on"
        " until_on duration_minutes team_size price_cents currency state paused_on resumes_on holiday_rule"
        " filled_until_on next_price_on next_price_cents later_prices revision created_at",
        of=lambda traces: Q(customer_id=traces.customer_id),
        told="code every weekdays local_time starts_on until_on price_cents currency state",
    ),
    Table(
        "booking.Charge",
        {"waived_reason": Keep(*_BOOKS, erased=""), "by_label": Keep(*_BOOKS, erased=_unless_theirs)},
        "id visit kind amount_cents cleaner_cents price_cents currency policy decision shown withdrawn_at at",
        of=_of_their_visits,
        told="at kind amount_cents currency shown",
    ),
    Table(
        "booking.Credit",
        {},
        "id code branch kind customer currency valid_to referral created_at",
        of=lambda traces: Q(customer_id=traces.customer_id),
        told="code kind currency valid_to created_at",
    ),
    Table(
        "booking.CreditEntry",
        {"reason": Keep(*_BOOKS, erased=ERASED), "by_label": Keep(*_BOOKS, erased=_unless_theirs)},
        "id code credit number amount_cents balance_cents visit at",
        of=lambda traces: Q(credit__customer_id=traces.customer_id) | _of_their_visits(traces),
        told="at number amount_cents balance_cents",
    ),
    Table(
        "booking.AgreedPrice",
        {"reason": Keep(*_BOOKS, erased=ERASED), "by_label": Keep(*_BOOKS, erased=_unless_theirs)},
        "id code customer service premises price_cents starts_on ends_on is_for_plans at",
        of=lambda traces: Q(customer_id=traces.customer_id),
        told="price_cents starts_on ends_on",
    ),
    Table(
        "booking.WaitingWish",
        {
            "name": Keep(*_WAITED, erased=ERASED),
            "email": Keep(*_WAITED, erased=""),
            "phone": Keep(*_WAITED, erased=""),
            "language": Keep(*_WAITED, erased="en"),
        },
        "id code branch quote weekdays not_before not_after from_on until_on state created_at",
        of=lambda traces: Q(email__in=traces.addresses),
        told="weekdays not_before not_after from_on until_on state created_at",
        sets={"state": Case(When(state="waiting", then=Value("withdrawn")), default=F("state"))},
    ),
    Table(
        "booking.CalendarFeed",
        {"code": Keep("as long as the customer, or until it is ended", "is removed", is_secret=True)},
        "id customer cleaner created_at revoked_at",
        of=lambda traces: Q(customer_id=traces.customer_id),
        told="created_at revoked_at",
        goes=True,
    ),
    Table(
        "booking.ImportRun",
        {
            "content": Keep("until it is decided whether to load it", "is emptied", is_secret=True),
            "rejects": Keep("seven days", "is emptied", is_secret=True),
            "by_label": Keep(*_STAFF),
            "by_user_id": Keep(*_STAFF),
        },
        "id code branch file_name options state report created_at finished_at",
    ),
    # The fingerprint stays: it keeps an old spreadsheet from bringing an erased customer back.
    nothing_personal("booking.ImportedRow", "id branch run line fingerprint customer premises plan created_at"),
    Table("booking.Policy", {"by_label": Keep(*_STAFF)}, "id branch service version effective_on terms created_at"),
    Table("booking.Pace", {"by_label": Keep(*_STAFF)}, "id premises service percent visits at withdrawn_at"),
    Table(
        "booking.Coupon",
        {"by_label": Keep(*_STAFF)},
        "id branch code percent amount_cents valid_from valid_to most_uses uses is_for_new_customers"
        " is_once_per_customer active reason ended_at created_at",
    ),
    nothing_personal("booking.CouponUse", "id coupon booking amount_cents only_customer at"),
    Table(
        "booking.ReferralTerms",
        {"by_label": Keep(*_STAFF)},
        "id branch referrer_cents newcomer_cents valid_days at",
    ),
    # Who brought whom is part of the books: it explains a credit. It names nobody by itself.
    nothing_personal("booking.Referral", "id referrer newcomer terms booking at rewarded_at"),
    nothing_personal("booking.OpenHoliday", "id branch on name"),
    nothing_personal("booking.ActualTime", "id visit started_at finished_at labour_minutes planned_minutes at"),
    nothing_personal("booking.WaitingOffer", "id code wish hold during starts_at state created_at expires_at"),
    nothing_personal("booking.Plan_preferred", "id plan cleaner"),
    nothing_personal(
        "booking.Service", "id code kind name name_es description description_es skill position is_offered"
    ),
    nothing_personal("booking.PriceList", "id branch version effective_on rates created_at"),
    nothing_personal(
        "booking.Quote",
        "id code branch service price_list postcode bedrooms bathrooms square_feet extras frequency total_cents"
        " currency duration_minutes team_size lines created_at expires_at half_baths people asked_minutes other_prices"
        " coupon credit credit_cents referrer pace_percent agreed_cents",
    ),
    nothing_personal("booking.Hold", "id code quote during state expires_at created_at"),
    nothing_personal("booking.Assignment", "id visit cleaner commitment active"),
    nothing_personal("booking.BookingRequest", "id key fingerprint answer created_at"),
)


def _clear_access_notes(now: datetime) -> int:
    here = Q(premises=OuterRef("pk"))
    lately = Visit.objects.filter(here, during__endswith__gt=now - KEEP_ACCESS_NOTES)
    going_on = Plan.objects.filter(here).exclude(state=Plan.State.ENDED)
    unused = Property.objects.filter(~Exists(lately), ~Exists(going_on), created_at__lt=now - KEEP_ACCESS_NOTES)
    return unused.exclude(access_notes="").update(access_notes="")


def _clear_words(now: datetime) -> int:
    limit, nothing_said = now - KEEP_WORDS, Q(reason="", by_label="")
    changed = Rating.objects.filter(at__lt=limit).exclude(comment="").update(comment="")
    for said in (Cancellation.objects.filter(at__lt=limit), PlanException.objects.filter(at__lt=limit)):
        changed += said.exclude(nothing_said).update(reason="", by_label="")
    return changed


def _clear_wishes(now: datetime) -> int:
    old = WaitingWish.objects.filter(until_on__lt=(now - KEEP_ACCESS_NOTES).date()).exclude(name=ERASED)
    return old.update(name=ERASED, email="", phone="")


CLEARINGS = (
    Clearing("who waited for a time", _clear_wishes),
    Clearing("how we get into homes we no longer clean", _clear_access_notes),
    Clearing("reasons and comments", _clear_words),
)


class VisitsStillToCome(CannotBeErased):
    """Visits are still to come. Cancel them, or wait until they are over, and try again."""


class PlanGoesOn(CannotBeErased):
    """A regular clean goes on. End it and try again."""


class WaitsForATime(CannotBeErased):
    """A time is being held on the waiting list. Take it, or wait until the offer ends, and try again."""


class CreditLeft(CannotBeErased):
    """There is credit left. Pay it out or take it back, and try again."""


def _no_plan_goes_on(traces: Traces) -> None:
    if Plan.objects.filter(customer_id=traces.customer_id).exclude(state=Plan.State.ENDED).exists():
        raise PlanGoesOn(PlanGoesOn.__doc__)


def _no_visit_is_to_come(traces: Traces) -> None:
    ahead = Visit.objects.filter(customer_id=traces.customer_id, during__endswith__gt=traces.at)
    if ahead.filter(state__in=OCCUPIES_CALENDAR).exists():
        raise VisitsStillToCome(VisitsStillToCome.__doc__)


def _no_time_is_held(traces: Traces) -> None:
    offered = WaitingWish.State.OFFERED
    if WaitingWish.objects.filter(email__in=traces.addresses, state=offered).exists():
        raise WaitsForATime(WaitsForATime.__doc__)


def _no_money_is_left(traces: Traces) -> None:
    last = CreditEntry.objects.filter(credit=OuterRef("pk")).order_by("-number").values("balance_cents")[:1]
    valid = Credit.objects.filter(Q(valid_to=None) | Q(valid_to__gte=traces.at.date()), customer_id=traces.customer_id)
    if valid.annotate(balance=last).filter(balance__gt=0).exists():
        raise CreditLeft(CreditLeft.__doc__)


OBSTACLES = (_no_plan_goes_on, _no_visit_is_to_come, _no_time_is_held, _no_money_is_left)
