"""How long the journal is kept: entries for good, naming nobody who was erased; what undoing needs, for two days."""

from datetime import datetime, timedelta

from django.db.models import Q

from midway.core.retention import Clearing, Keep, Otherwise, Table
from midway.journal.models import Before

KEEP_BEFORE = timedelta(days=2)
"""A change can be undone for one day."""

TABLES = (
    Table(
        "journal.Entry",
        {
            "actor_label": Keep("for good", "is erased with its customer", Otherwise.WORD_BY_WORD),
            "facts": Keep("for good", "loses its words about an erased customer", Otherwise.WORD_BY_WORD),
        },
        "id code at event actor_kind actor_user_id subject request_id",
        of=lambda traces: Q(subject__in=traces.codes),
        told="at event",
    ),
    Table(
        "journal.Before",
        {"facts": Keep("two days", "is removed; an erasure removes it at once")},
        "id entry at subject undone_at",
        of=lambda traces: Q(subject__in=traces.codes),
        goes=True,
    ),
)


def _clear_before(now: datetime) -> int:
    return Before.objects.filter(at__lt=now - KEEP_BEFORE).delete()[0]


CLEARINGS = (Clearing("how things stood before a change", _clear_before),)
