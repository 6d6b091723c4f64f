"""What the columns of a spreadsheet hold, in words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FIELD_WORDS: Mapping[str, str | Promise] = {
    "name": _("Name"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "language": _("Language"),
    "customer_notes": _("Notes for the office"),
    "line1": _("Street and number"),
    "line2": _("Flat, floor"),
    "city": _("City"),
    "postcode": _("Postcode"),
    "bedrooms": _("Bedrooms"),
    "bathrooms": _("Bathrooms"),
    "square_feet": _("Square feet"),
    "access_notes": _("How do we get in?"),
    "service": _("Service"),
    "frequency": _("How often"),
    "weekday": _("Day of the week"),
    "time": _("Start"),
    "last_on": _("Last visit"),
    "next_on": _("Next visit"),
    "until_on": _("Last day"),
    "price": _("Price per visit"),
    "cleaner": _("Preferred cleaner"),
    "duration": _("Length of a visit"),
    "notes": _("Anything else to know"),
}
