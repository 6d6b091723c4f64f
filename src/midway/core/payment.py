"""What pays a price before the rest is asked for: gift cards and credit, each as far as it goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Purse:
    """Money somebody has with us: what is left of it, and the day it ends, if it does."""

    pk: int
    balance_cents: int
    valid_to: date | None = None


@dataclass(frozen=True)
class Share:
    """What one purse pays of a price."""

    purse: Purse
    amount_cents: int


def in_order_of_use(purses: Sequence[Purse]) -> Sequence[Purse]:
    """Will put first what ends first, then what is oldest, so that as little as possible is lost."""
    return sorted(purses, key=lambda purse: (purse.valid_to or date.max, purse.pk))


def shares_of(due_cents: int, purses: Sequence[Purse]) -> Sequence[Share]:
    """Will say what each purse pays, in the order given, until nothing is due or nothing is left."""
    shares = []
    for purse in purses:
        amount = min(due_cents, purse.balance_cents)
        if amount > 0:
            shares.append(Share(purse, amount))
            due_cents -= amount
    return tuple(shares)
