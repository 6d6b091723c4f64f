"""What a person decides about upkeep: put a finding to sleep, wake it, set a threshold."""

from uuid import NAMESPACE_URL, UUID, uuid5


class ReasonMissing(ValueError):
    """Say why, in a few words: whoever reads this later must be able to judge it."""


def subject_of(procedure: str) -> UUID:
    """What the journal calls a procedure."""
    return uuid5(NAMESPACE_URL, f"midway:procedure:{procedure}")


def reason_given(text: str) -> str:
    """The reason without space around it. Raises `ReasonMissing`."""
    reason = text.strip()
    if not reason:
        raise ReasonMissing(ReasonMissing.__doc__)
    return reason[:300]
