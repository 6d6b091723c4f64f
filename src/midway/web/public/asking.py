"""Who asks for a price and with which codes: what the first page makes of them as they are typed."""

from dataclasses import dataclass

from django.http import HttpRequest

from midway.accounts.access import Right, has_right
from midway.booking.actions.quote_home import Wishes
from midway.booking.agreed_prices import agreed_cents
from midway.booking.codes import coupon_named, friend_with, gift_card_named, referral_terms, terms_of_coupon
from midway.booking.queries import tidy_postcode
from midway.core.pricing import Circumstances, PriceError
from midway.customers.models import Customer
from midway.runtime.clock import now
from midway.web.design.words import money_in_words
from midway.web.public import words
from midway.web.public.catalogue import Catalogue
from midway.web.public.forms import HomeForm


@dataclass(frozen=True)
class Asked:
    """What besides the home decides a price while it is chosen; what a gift card pays, what a friend's code earns."""

    circumstances: Circumstances
    card_cents: int = 0
    earns: str = ""


def customer_asking(request: HttpRequest) -> Customer | None:
    """The customer who is signed in, if it is one."""
    number = request.user.pk
    if number is None or not has_right(request.user, Right.SEE_OWN_BOOKINGS):
        return None
    return Customer.objects.prefetch_related("properties").filter(user_id=number).first()


def wishes_of(request: HttpRequest, form: HomeForm) -> Wishes:
    """The codes as they were typed, and who asks."""
    given = form.cleaned_data
    return Wishes(
        coupon=given["coupon"], gift_card=given["gift_card"], friend=given["friend"], customer=customer_asking(request)
    )


def asked_with(request: HttpRequest, form: HomeForm, catalogue: Catalogue) -> Asked:
    """Will look the codes up as far as they count; what is wrong with one is said beside its field."""
    branch, moment, given = catalogue.branch, now(), form.cleaned_data
    postcode, customer = given.get("postcode", ""), customer_asking(request)
    coupon = card = friend = None
    try:
        coupon = coupon_named(given.get("coupon", ""), branch=branch, now=moment)
    except PriceError as problem:
        _say(form, problem)
    try:
        card = gift_card_named(given.get("gift_card", ""), branch=branch, now=moment, customer=customer)
    except PriceError as problem:
        _say(form, problem)
    try:
        friend = friend_with(given.get("friend", ""), branch=branch, customer=customer)
    except PriceError as problem:
        _say(form, problem)
    service = next((s for s in catalogue.services if s.code == given.get("service")), None)
    own = None
    if service is not None:
        today = moment.astimezone(branch.zoneinfo).date()
        own = agreed_cents(customer, service=service, premises=None, postcode=postcode, on=today)
    circumstances = Circumstances(
        postcode=tidy_postcode(postcode), coupon=terms_of_coupon(coupon) if coupon else None, agreed_cents=own
    )
    terms = referral_terms(branch) if friend else None
    earns = money_in_words(terms.newcomer_cents, branch.currency) if terms and terms.newcomer_cents else ""
    return Asked(circumstances, card.balance_cents if card else 0, earns)


def _say(form: HomeForm, problem: PriceError) -> None:
    if not form.errors.get(problem.field):
        form.add_error(problem.field, words.price_problem(problem))
