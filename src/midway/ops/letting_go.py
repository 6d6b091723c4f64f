"""Old evidence leaves the database: packed into a file, and a signed mark in its place.

The database lets go only of rows a mark stands for, and the chain is followed from the last mark on.
"""

import gzip
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from django.db import connection, transaction

from midway.ops.backup.store import hashed
from midway.ops.evidence import CHAIN_LOCK, FIRST_HASH, as_csv, check_rows, signature_of
from midway.ops.models import Evidence, EvidenceMark, Run

if TYPE_CHECKING:
    from django.db.models import QuerySet

log = structlog.get_logger("midway.upkeep")
AT_ONCE = timedelta(days=30)
"""Evidence leaves a month at a time, so that there are twelve files a year."""
FOLDER = "evidence"


def let_go_of_evidence(*, keep: timedelta, data: Path, now: datetime) -> int:
    """Will pack evidence older than this into a file and remove it, once a month of it has come together; gives how
    many rows. What cannot be proved whole stays: it is for a person to look at."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", CHAIN_LOCK)
        first = Evidence.objects.order_by("id").first()
        if first is None or first.at > now - keep - AT_ONCE:
            return 0
        last = _last_of(first, before=now - keep)
        if last is None:
            return 0
        rows = Evidence.objects.filter(id__lte=last.pk).order_by("id")
        before = EvidenceMark.objects.order_by("-last_id").first()
        found = check_rows(rows.iterator(chunk_size=1000), begins=before.last_hash if before else FIRST_HASH)
        if not found.is_whole:
            log.error("upkeep.evidence.stays", broken_at=found.broken_at)
            return 0
        mark = EvidenceMark(
            last_id=last.pk, last_hash=last.hash, rows=found.rows, begins_at=first.at, ends_at=last.at,
            archive_hash=_packed(rows, data / FOLDER / f"{first.at:%Y-%m-%d}-{last.pk}.csv.gz"),
            dropped_at=now, previous=before.signature if before else "",
        )  # fmt: skip
        mark.signature = signature_of(mark)
        mark.save(force_insert=True)
        rows.delete()
        Run.objects.filter(started_at__lt=now - keep, evidence__isnull=True).delete()
    log.info("upkeep.evidence.let_go", rows=mark.rows, until=mark.ends_at.isoformat())
    return mark.rows


def _last_of(first: Evidence, *, before: datetime) -> Evidence | None:
    """The last row of the beginning that is old enough; the newest of all stays, for the next is sealed with it."""
    young = Evidence.objects.filter(at__gte=before).order_by("id").values_list("id", flat=True).first()
    newest = Evidence.objects.order_by("-id").values_list("id", flat=True)[0]
    return Evidence.objects.filter(id__gte=first.pk, id__lt=young or newest).order_by("-id").first()


def _packed(rows: "QuerySet[Evidence]", path: Path) -> str:
    """Will write the rows as an auditor reads them; gives the checksum of the file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = path.with_suffix(".partial")
    with written.open("wb") as plain:
        written.chmod(0o600)
        with gzip.GzipFile(fileobj=plain, mode="wb", mtime=0) as file:
            for line in as_csv(rows.iterator(chunk_size=1000)):
                file.write(line.encode())
        plain.flush()
        os.fsync(plain.fileno())  # the database lets go of the rows next
    written.replace(path)
    return hashed(path)[1]
