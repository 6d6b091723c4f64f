"""Short names in addresses."""

from collections.abc import Collection
from itertools import count


def free_code(wanted: str, *, taken: Collection[str]) -> str:
    """The code wished for, or with the first number from 2 that makes it one nobody has.

    >>> free_code("deep-clean", taken={"deep-clean", "deep-clean-2"})
    'deep-clean-3'
    """
    numbered = (f"{wanted}-{number}" for number in count(2))
    return wanted if wanted not in taken else next(code for code in numbered if code not in taken)
