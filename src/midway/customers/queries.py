"""Finding customers."""

from uuid import UUID

from django.db.models import F, Func, Q, QuerySet, Value
from django.db.models.functions import Upper

from midway.customers.models import Customer, Property


def customers_found(words: str, *, limit: int = 30) -> list[Customer]:
    """Customers of whom every word is in the name, e-mail, phone or address; without words, the newest.

    Each word is looked up in trigram indexes; a number finds a phone number however it is punctuated.
    """
    found = Customer.objects.filter(erased_at=None)
    for word in words.split():
        found = found.filter(pk__in=_own(word).union(_at_address(word)))
    order = ["name", "id"] if words.split() else ["-id"]
    return list(found.prefetch_related("properties").order_by(*order)[:limit])


def customer_by_code(code: UUID | str) -> Customer | None:
    """The customer with their homes, or nothing."""
    return Customer.objects.prefetch_related("properties").filter(code=code).first()


def _own(word: str) -> QuerySet[Customer, int]:
    matches = Q(upper_name__contains=word.upper()) | Q(upper_email__contains=word.upper())
    digits = "".join(c for c in word if c.isdigit())
    if len(digits) >= 3 and len(digits) * 2 > len(word):
        matches |= Q(digits__contains=digits)
    digits_of_phone = Func(F("phone"), Value(r"\D"), Value(""), Value("g"), function="regexp_replace")
    annotated = Customer.objects.annotate(upper_name=Upper("name"), upper_email=Upper("email"), digits=digits_of_phone)
    return annotated.filter(matches).order_by().values_list("pk", flat=True)


def _at_address(word: str) -> QuerySet[Property, int]:
    annotated = Property.objects.annotate(upper_line1=Upper("line1"))
    matches = Q(upper_line1__contains=word.upper()) | Q(postcode__startswith=word.upper())
    return annotated.filter(matches).order_by().values_list("customer_id", flat=True)
