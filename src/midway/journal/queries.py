"""Reading the journal."""

from uuid import UUID

from django.db.models import QuerySet

from midway.journal.models import Entry


def history_of(*subjects: UUID) -> QuerySet[Entry]:
    """Entries about these subjects, newest first."""
    return Entry.objects.filter(subject__in=subjects).order_by("-at", "-id")


def recent_activity(*, limit: int = 20) -> QuerySet[Entry]:
    """The latest entries of the whole company."""
    return Entry.objects.order_by("-at", "-id")[:limit]
