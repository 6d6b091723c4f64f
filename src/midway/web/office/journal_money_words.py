"""The journal's sentences about coupons, credit, friends and agreed prices."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from midway.web.design.words import money_in_words
from midway.web.office.journal_names import Facts, Names, Say, plain


def _coupon(who: str, facts: Facts, names: Names) -> str:
    return _("%(who)s used the coupon %(coupon)s") % {"who": who, "coupon": facts.get("coupon")}


def _coupon_made(who: str, facts: Facts, names: Names) -> str:
    return _because(_("The coupon %(coupon)s was made") % {"coupon": facts.get("coupon")}, facts)


def _coupon_ended(who: str, facts: Facts, names: Names) -> str:
    return _because(_("The coupon %(coupon)s was ended") % {"coupon": facts.get("coupon")}, facts)


def _issued(who: str, facts: Facts, names: Names) -> str:
    if not who:
        return _("A gift card or credit was issued")
    return _because(_("%(who)s: credit of %(amount)s") % {"who": who, "amount": _amount(facts)}, facts)


def _adjusted(who: str, facts: Facts, names: Names) -> str:
    if not who:
        return _("A gift card or credit was adjusted")
    return _because(_("%(who)s: credit changed by %(amount)s") % {"who": who, "amount": _amount(facts)}, facts)


def _own_price(who: str, facts: Facts, names: Names) -> str:
    words = {"who": who, "service": facts.get("service")}
    if str(facts.get("event", "")).endswith("ended"):
        return _because(_("%(who)s: own price for %(service)s ends") % words, facts)
    return _because(_("%(who)s: own price for %(service)s agreed") % words, facts)


def _amount(facts: Facts) -> str:
    return money_in_words(int(facts.get("amount_cents") or 0), str(facts.get("currency") or "USD"))


def _because(said: str, facts: Facts) -> str:
    return f"{said} ({facts['reason']})" if facts.get("reason") else said


MONEY_SENTENCES: Mapping[str, tuple[str, Say]] = {
    "booking.coupon.used": ("prices", _coupon),
    "booking.coupon.made": ("prices", _coupon_made),
    "booking.coupon.ended": ("prices", _coupon_ended),
    "booking.credit.spent": ("prices", plain(lambda: _("%(who)s paid with a gift card or credit"))),
    "booking.credit.issued": ("prices", _issued),
    "booking.credit.adjusted": ("prices", _adjusted),
    "booking.gift_card.claimed": ("prices", plain(lambda: _("%(who)s added a gift card to their credit"))),
    "booking.own_price.agreed": ("prices", _own_price),
    "booking.own_price.ended": ("prices", _own_price),
    "booking.plan.repriced": ("prices", plain(lambda: _("%(who)s: their plan costs what was agreed"))),
    "booking.referral.kept": ("person", plain(lambda: _("%(who)s brought somebody"))),
    "booking.referral_terms.set": ("prices", plain(lambda: _("What is given for bringing somebody was changed"))),
    "customers.referral_code.given": ("person", plain(lambda: _("%(who)s has a code to share now"))),
    "customers.home.changed": ("home", plain(lambda: _("%(who)s: their home is another size or address"))),
}
