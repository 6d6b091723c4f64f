"""How urgent things are found to be at this company: its own table and clocks, or those Midway comes with."""

from midway.core.triage import Triage, triage_from
from midway.ops.models import TriageChange


def triage() -> Triage:
    """As it holds now."""
    latest = TriageChange.objects.order_by("-created_at", "-id").first()
    return triage_of(latest) if latest else Triage()


def triage_of(change: TriageChange) -> Triage:
    """As it was set then."""
    return triage_from({"table": change.table, "answer_seconds": change.answer_seconds})
