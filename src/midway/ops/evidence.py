"""Evidence: written once, each row sealed with the hash of the one before it, so that a changed row shows."""

import csv
import hashlib
import io
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import connection, transaction
from django.forms.models import model_to_dict

import midway
from midway.ops.models import Evidence, Run
from midway.ops.procedure import Outcome

FIRST_HASH = "0" * 64
_SORTED = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
CHAIN_LOCK = (0x5C4ED, 1)
SEALED = (
    "procedure", "at", "status", "is_raised", "value", "unit", "warn", "crit", "examined", "summary", "next_step",
    "details", "took_ms", "host", "version", "previous_hash",
)  # fmt: skip


@dataclass(frozen=True)
class ChainCheck:
    """Whether the kept evidence is what was written."""

    rows: int
    broken_at: int | None

    @property
    def is_whole(self) -> bool:
        return self.broken_at is None


def append(run: Run, outcome: Outcome, *, at: datetime) -> Evidence:
    """Will write one outcome at the end of the chain."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", CHAIN_LOCK)
        last = Evidence.objects.order_by("-id").values_list("hash", flat=True).first()
        row = Evidence(run=run, previous_hash=last or FIRST_HASH, **as_columns(outcome, at=at))
        row.hash = seal(row)
        row.save(force_insert=True)
    return row


def as_columns(outcome: Outcome, *, at: datetime) -> dict[str, Any]:
    """The outcome as columns of evidence."""
    leading = outcome.leading
    limit = leading.limit if leading else None
    return {
        "procedure": outcome.procedure.id,
        "at": at,
        "status": outcome.status.value,
        "is_raised": outcome.is_raised,
        "value": leading.value if leading else None,
        "unit": limit.unit if limit else "",
        "warn": limit.warn if limit else None,
        "crit": limit.crit if limit else None,
        "examined": outcome.examined,
        "summary": _text(outcome.summary),
        "next_step": _text(outcome.next_step),
        "details": _text(orjson.dumps(details(outcome), option=_SORTED, default=str).decode()),
        "took_ms": outcome.took_ms,
        "host": socket.gethostname()[:120],
        "version": midway.__version__,
    }


def _text(text: str) -> str:
    """PostgreSQL keeps every character but one."""
    return text.replace("\0", "").replace("\\u0000", "")


def details(outcome: Outcome) -> dict[str, Any]:
    """What was found about each object, and the facts behind it."""
    return {
        "findings": [
            {
                "status": finding.status.value,
                "subject": finding.subject,
                "says": finding.says,
                "value": finding.value,
                "limit": finding.limit.name if finding.limit else "",
                "next_step": finding.next_step,
                "snoozed_because": finding.snoozed_because,
            }
            for finding in outcome.findings[:50]
        ],
        "facts": outcome.evidence,
        "caused_by": outcome.caused_by,
    }


def seal(row: Evidence) -> str:
    """The hash of everything the row says and of the row before it."""
    said = {name: getattr(row, name) for name in SEALED}
    said["at"] = row.at.astimezone(UTC).isoformat()
    for name in ("value", "warn", "crit"):  # as the database will give them back
        said[name] = None if said[name] is None else float(said[name])
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def check_chain(rows: Iterable[Evidence] | None = None) -> ChainCheck:
    """Will recompute every kept row. The first kept row is taken as the beginning."""
    previous, count = None, 0
    for row in rows if rows is not None else Evidence.objects.order_by("id").iterator(chunk_size=1000):
        count += 1
        if row.hash != seal(row) or (previous is not None and row.previous_hash != previous):
            return ChainCheck(count, row.pk)
        previous = row.hash
    return ChainCheck(count, None)


def as_csv(rows: Iterable[Evidence]) -> Iterator[str]:
    """The rows for an auditor, with their hashes, line by line."""
    names = ["id", *SEALED, "hash"]
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(names)
    for row in rows:
        facts = {**model_to_dict(row), "id": row.pk, "at": row.at.isoformat()}
        writer.writerow([facts[name] for name in names])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()
