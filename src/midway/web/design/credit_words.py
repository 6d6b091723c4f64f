"""What a credit and its entries are called."""

from django.utils.translation import gettext as _

from midway.booking.actions.credits import COSTS_LESS, GIVEN_BACK, SPENT, UNDONE
from midway.booking.actions.reward_referrals import BROUGHT, CAME
from midway.booking.models import Credit, CreditEntry
from midway.booking.payments import Paid


def credit_words(credit: Credit) -> str:
    """Where a credit comes from."""
    return {
        Credit.Kind.GIFT_CARD.value: _("Gift card"),
        Credit.Kind.REFERRAL.value: _("For bringing friends"),
        Credit.Kind.GOODWILL.value: _("Given by us"),
    }.get(credit.kind, credit.kind)


def entry_words(entry: CreditEntry) -> str:
    """What moved a credit; the office's own words stay as they were written."""
    return {
        SPENT: _("Spent on a visit"),
        GIVEN_BACK: _("Given back: the visit was called off"),
        COSTS_LESS: _("Given back: the visit costs less"),
        UNDONE: _("Undone"),
        BROUGHT: _("For bringing somebody"),
        CAME: _("For coming by a friend's code"),
    }.get(entry.reason, entry.reason)


def paid_words(paid: Paid) -> str:
    """By what a price is paid."""
    if paid.kind == Credit.Kind.GIFT_CARD:
        return _("Gift card")
    return _("Credit, when we have been there") if paid.is_to_come else _("Credit")
