"""Which price of their own a customer has for a service at a home."""

from datetime import date

from django.db.models import F, Q

from midway.booking.models import AgreedPrice, Service
from midway.booking.queries import tidy_postcode
from midway.customers.models import Customer, Property


def agreed_cents(
    customer: Customer | None, *, service: Service, premises: Property | None, postcode: str, on: date
) -> int | None:
    """The price agreed with the customer for this clean on a day: of the home, else of all their homes.

    A home nobody named is the only one they have at the postcode.
    """
    if customer is None:
        return None
    home = premises or _only_home_at(customer, postcode)
    kept = AgreedPrice.objects.filter(customer=customer, service=service, starts_on__lte=on)
    kept = kept.filter(Q(ends_on=None) | Q(ends_on__gte=on)).filter(Q(premises=None) | Q(premises=home))
    found = kept.order_by(F("premises").asc(nulls_last=True), "-id").values_list("price_cents", flat=True)
    return found.first()


def _only_home_at(customer: Customer, postcode: str) -> Property | None:
    wanted = tidy_postcode(postcode)
    homes = [home for home in customer.properties.all() if tidy_postcode(home.postcode) == wanted]
    return homes[0] if len(homes) == 1 else None
