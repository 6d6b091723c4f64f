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
from django.utils.crypto import constant_time_compare, salted_hmac

import midway
from midway.ops.models import Evidence, EvidenceMark, Run
from midway.ops.procedure import Outcome

FIRST_HASH = "0" * 64
_SORTED = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
CHAIN_LOCK = (0x5C4ED, 1)
SEALED = (
    "procedure", "at", "status", "is_raised", "value", "unit", "warn", "crit", "examined", "summary", "next_step",
    "details", "took_ms", "host", "version", "previous_hash",
)  # fmt: skip

SIGNED = ("last_id", "last_hash", "rows", "archive_hash", "previous")


@dataclass(frozen=True)
class ChainCheck:
    """Whether the kept evidence is what was written."""

    rows: int
    broken_at: int | None
    forged_mark: int | None = None
    """The mark for evidence that was let go of which this installation did not sign, or not in this place."""

    @property
    def is_whole(self) -> bool:
        return self.broken_at is None and self.forged_mark is None

    @property
    def says(self) -> str:
        """How it stands, in words."""
        if self.forged_mark is not None:
            return f"broken: mark {self.forged_mark}, which stands for evidence that was let go of, was not made by us"
        return "whole" if self.broken_at is None else f"broken at row {self.broken_at}: somebody changed it"


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


def check_chain() -> ChainCheck:
    """Will recompute every kept row, from the beginning or from where signed marks say that what went before ended."""
    begins = FIRST_HASH
    signed_before = ""
    for mark in EvidenceMark.objects.order_by("last_id"):
        if mark.previous != signed_before or not constant_time_compare(mark.signature, signature_of(mark)):
            return ChainCheck(0, None, mark.pk)
        begins, signed_before = mark.last_hash, mark.signature
    return check_rows(Evidence.objects.order_by("id").iterator(chunk_size=1000), begins=begins)


def check_rows(rows: Iterable[Evidence], *, begins: str) -> ChainCheck:
    """Will recompute these rows, of which the first must follow this hash."""
    previous, count = begins, 0
    for row in rows:
        count += 1
        if row.hash != seal(row) or row.previous_hash != previous:
            return ChainCheck(count, row.pk)
        previous = row.hash
    return ChainCheck(count, None)


def signature_of(mark: EvidenceMark) -> str:
    """What only this installation can write: its secret is not in the database."""
    said = {name: getattr(mark, name) for name in SIGNED}
    said |= {name: getattr(mark, name).astimezone(UTC).isoformat() for name in ("begins_at", "ends_at", "dropped_at")}
    words = orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()
    return salted_hmac("midway.ops.evidence", words, algorithm="sha256").hexdigest()


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
