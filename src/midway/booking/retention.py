"""How long is kept what was agreed, and what people said about it. The agreement itself stays: it is the books."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from midway.booking.models import Cancellation, Plan, PlanException, Rating, Visit
from midway.core.retention import ERASED, CannotBeErased, Clearing, Keep, Table, Traces, nothing_personal
from midway.core.visit_states import OCCUPIES_CALENDAR
from midway.customers.models import Property

KEEP_ACCESS_NOTES = timedelta(days=90)
KEEP_WORDS = timedelta(days=3 * 365)

_CUSTOMER = ("seven years after the last visit", "is erased, as when they ask for it")
_WORDS = ("three years", "is emptied")

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
        "id visit at fee_cents is_late",
        of=lambda traces: Q(visit__customer_id=traces.customer_id),
        told="at fee_cents is_late",
    ),
    Table(
        "booking.PlanException",
        {"reason": Keep(*_WORDS, erased=""), "by_label": Keep(*_WORDS, erased="")},
        "id plan original_on kind moved_to_at at",
        of=lambda traces: Q(plan__customer_id=traces.customer_id),
        told="original_on kind moved_to_at at",
    ),
    Table(
        "booking.Rating",
        {"comment": Keep(*_WORDS, erased="")},
        "id visit stars at",
        of=lambda traces: Q(visit__customer_id=traces.customer_id),
        told="stars at",
    ),
    Table(
        "booking.Visit",
        {},
        "id code branch booking customer premises service plan occurrence_on during state team_size cleaners_missing"
        " price_cents currency revision created_at",
        of=lambda traces: Q(customer_id=traces.customer_id),
        told="code during state price_cents currency",
    ),
    Table(
        "booking.Plan",
        {},
        "id code lineage branch customer premises service quote every weekdays nth local_time anchor_on starts_on"
        " until_on duration_minutes team_size price_cents currency state paused_on resumes_on holiday_rule"
        " filled_until_on revision created_at",
        of=lambda traces: Q(customer_id=traces.customer_id),
        told="code every weekdays local_time starts_on until_on price_cents currency state",
    ),
    nothing_personal("booking.Plan_preferred", "id plan cleaner"),
    nothing_personal(
        "booking.Service", "id code kind name name_es description description_es skill position is_offered"
    ),
    nothing_personal("booking.PriceList", "id branch version effective_on rates created_at"),
    nothing_personal(
        "booking.Quote",
        "id code branch service price_list postcode bedrooms bathrooms square_feet extras frequency total_cents"
        " currency duration_minutes team_size lines created_at expires_at",
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


CLEARINGS = (
    Clearing("how we get into homes we no longer clean", _clear_access_notes),
    Clearing("reasons and comments", _clear_words),
)


class VisitsStillToCome(CannotBeErased):
    """Visits are still to come. Cancel them, or wait until they are over, and try again."""


class PlanGoesOn(CannotBeErased):
    """A regular clean goes on. End it and try again."""


def _no_plan_goes_on(traces: Traces) -> None:
    if Plan.objects.filter(customer_id=traces.customer_id).exclude(state=Plan.State.ENDED).exists():
        raise PlanGoesOn(PlanGoesOn.__doc__)


def _no_visit_is_to_come(traces: Traces) -> None:
    ahead = Visit.objects.filter(customer_id=traces.customer_id, during__endswith__gt=traces.at)
    if ahead.filter(state__in=OCCUPIES_CALENDAR).exists():
        raise VisitsStillToCome(VisitsStillToCome.__doc__)


OBSTACLES = (_no_plan_goes_on, _no_visit_is_to_come)
