"""How long customers and their homes are kept."""

from datetime import time

from django.db.models import Q

from midway.accounts.retention import nobodys_address
from midway.core.retention import ERASED, Keep, Table

_CUSTOMER = ("seven years after the last visit", "is erased, as when they ask for it")

TABLES = (
    Table(
        "customers.Customer",
        {
            "user": Keep(*_CUSTOMER, erased=None),
            "name": Keep(*_CUSTOMER, erased=ERASED),
            "email": Keep(*_CUSTOMER, erased=nobodys_address),
            "phone": Keep(*_CUSTOMER, erased=""),
            "language": Keep(*_CUSTOMER, erased="en"),
            "channel": Keep(*_CUSTOMER, erased="email"),
            "quiet_starts": Keep(*_CUSTOMER, erased=time(21)),
            "quiet_ends": Keep(*_CUSTOMER, erased=time(8)),
            "zone": Keep(*_CUSTOMER, erased=""),
            "has_reminders": Keep(*_CUSTOMER, erased=False),
            "is_asked_for_rating": Keep(*_CUSTOMER, erased=False),
            "sms_stopped_at": Keep(*_CUSTOMER, erased=None),
            "notes": Keep(*_CUSTOMER, erased=""),
            "referral_code": Keep(*_CUSTOMER, erased=""),
        },
        "id code created_at erased_at",
        of=lambda traces: Q(pk=traces.customer_id),
        told="created_at",
        sets={"erased_at": lambda traces: traces.at},
    ),
    Table(
        "customers.Property",
        {
            "line1": Keep(*_CUSTOMER, erased=ERASED),
            "line2": Keep(*_CUSTOMER, erased=""),
            "city": Keep(*_CUSTOMER, erased=""),
            "latitude": Keep(*_CUSTOMER, erased=None),
            "longitude": Keep(*_CUSTOMER, erased=None),
            "access_notes": Keep("ninety days after the last visit", "is emptied", erased=""),
        },
        # The area is what tax and travel were worked out from: it stays with the books.
        "id code customer postcode bedrooms bathrooms half_baths square_feet created_at",
        of=lambda traces: Q(customer_id=traces.customer_id),
        told="postcode bedrooms bathrooms half_baths square_feet created_at",
    ),
)
