"""Finding a customer everywhere: the codes of all that is theirs, and the words that name them."""

from datetime import datetime
from uuid import UUID

from midway.booking.models import Booking, Plan, Visit, WaitingWish
from midway.core.retention import Traces
from midway.customers.models import Customer, Property
from midway.customers.reach import international


def traces_of(customer: Customer, *, at: datetime) -> Traces:
    """Will gather by what the customer is found. Seven queries."""
    bookings = list(Booking.objects.filter(customer=customer).select_related("branch"))
    homes = list(Property.objects.filter(customer=customer))
    user = customer.user
    emails = {customer.email, *(b.contact_email for b in bookings), *([user.email] if user else [])}
    phones = {customer.phone, *(b.contact_phone for b in bookings)}
    zones = {customer.zone, *(b.branch.zone for b in bookings)} - {""}
    phones |= {international(phone, zone=zone) for phone in phones for zone in zones}
    names = {customer.name, *(b.contact_name for b in bookings), *([user.name] if user else [])}
    streets = {line for home in homes for line in (home.line1, home.line2)}
    addresses = ({email.lower() for email in emails} | emails | phones) - {""}
    wishes = WaitingWish.objects.filter(email__in=addresses).values_list("code", flat=True)
    return Traces(
        customer_id=customer.pk,
        customer=customer.code,
        user_id=customer.user_id,
        codes=frozenset({*_codes(customer, homes, bookings), *wishes}),
        addresses=frozenset(addresses),
        words=frozenset(emails | phones | names | streets) - {""},
        at=at,
    )


def _codes(customer: Customer, homes: list[Property], bookings: list[Booking]) -> set[UUID]:
    plans = Plan.objects.filter(customer=customer).values_list("code", flat=True)
    visits = Visit.objects.filter(customer=customer).values_list("code", flat=True)
    codes = {customer.code, *plans, *visits, *(home.code for home in homes), *(b.code for b in bookings)}
    return codes | ({customer.user.code} if customer.user else set())
