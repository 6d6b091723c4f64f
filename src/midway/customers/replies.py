"""Understanding what people answer to a text message, and who they are."""

from midway.customers.models import Customer
from midway.messaging.models import SmsReply

# The words networks everywhere heed, and what our readers of Spanish write.
STOP_WORDS = frozenset(
    {"stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "alto", "parar", "baja"}
)
START_WORDS = frozenset({"start", "yes", "unstop", "alta", "si", "sí"})
HELP_WORDS = frozenset({"help", "info", "ayuda"})


def meaning_of(text: str) -> SmsReply.Meaning:
    """What a reply asks of us: only a word by itself is an order, a sentence is for a person to read."""
    word = " ".join(text.split()).strip(".!¡ ").lower()
    if word in STOP_WORDS:
        return SmsReply.Meaning.STOP
    if word in START_WORDS:
        return SmsReply.Meaning.START
    return SmsReply.Meaning.HELP if word in HELP_WORDS else SmsReply.Meaning.OTHER


def customers_with_phone(phone: str) -> list[Customer]:
    """The customers with this number (+14105550120), however theirs is punctuated; the latest first."""
    digits = "".join(c for c in phone if c.isdigit())
    if len(digits) < 7:
        return []
    # Kept numbers may lack the country: the last digits decide, which the trigram index on digits finds.
    rows = Customer.objects.extra(where=[r"regexp_replace(phone, '\D', '', 'g') LIKE %s"], params=[f"%{digits[-9:]}"])
    return [row for row in rows.order_by("-id") if digits.endswith(_digits(row.phone).lstrip("0"))]


def _digits(phone: str) -> str:
    return "".join(c for c in phone if c.isdigit())
