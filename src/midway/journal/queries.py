"""Reading the journal."""

from uuid import UUID

from django.db.models import Count, Max, QuerySet

from midway.journal.models import Entry


def history_of(*subjects: UUID) -> QuerySet[Entry]:
    """Entries about these subjects, newest first."""
    return Entry.objects.filter(subject__in=subjects).order_by("-at", "-id")


def recent_activity(*, limit: int = 20) -> QuerySet[Entry]:
    """The latest entries of the whole company."""
    return Entry.objects.order_by("-at", "-id")[:limit]


LATECOMERS = 200
"""Entries may become visible in another order than they were numbered; among so many, one that came late counts."""


def journal_mark() -> str:
    """A mark that is another one as soon as anything was written down. Two looks at an index."""
    last = Entry.objects.aggregate(last=Max("id"))["last"] or 0
    count = Entry.objects.filter(id__gt=last - LATECOMERS).aggregate(n=Count("id"))["n"]
    return f"{last}-{count}"
