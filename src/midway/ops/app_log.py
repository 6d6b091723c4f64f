"""Midway's own log, read line by line: what is an error by its level, not by the letters e-r-r-o-r."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import orjson

from midway.ops.access_files import BROKEN, log_files, opened

BAD_LEVELS = frozenset({"error", "critical", "exception", "fatal"})
_PARTICULAR = re.compile(r"0x[0-9a-f]+|\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\d+|'[^']*'|\"[^\"]*\"")
_LAST_LINE = re.compile(r"([\w.]+(?:Error|Exception|Warning|Interrupt|Exit|Problem|Refused)?)(?::|$)")


@dataclass
class LogReading:
    """What a span of a log holds."""

    lines: int = 0
    unparsed: int = 0
    older: int = 0
    errors: int = 0
    critical: int = 0
    by_fingerprint: "Counter[str]" = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    critical_ones: set[str] = field(default_factory=set)
    """The fingerprints of what was critical."""


def read_app_log(path: Path, *, since: datetime) -> LogReading:
    """Will count the errors since then by fingerprint: event, logger and kind of exception, without particulars."""
    found = LogReading()
    for line in lines_of(path, since=since):
        try:
            said = orjson.loads(line)
            at = datetime.fromisoformat(said["at"])
            level = str(said.get("level", ""))
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
            found.lines += 1
            found.unparsed += 1
            continue
        if at.astimezone(UTC) < since:
            found.older += 1
            continue
        found.lines += 1
        if level in BAD_LEVELS:
            found.errors += 1
            name, example = fingerprint(said)
            if level in {"critical", "fatal"}:
                found.critical += 1
                found.critical_ones.add(name)
            found.by_fingerprint[name] += 1
            found.examples.setdefault(name, example)
    return found


def fingerprint(said: dict[str, object]) -> tuple[str, str]:
    """The same for the same mistake whoever meets it, and the words a person would know it by."""
    event = str(said.get("event", ""))
    trace = str(said.get("exception", "")).strip().splitlines()
    kind = match[1] if trace and (match := _LAST_LINE.match(trace[-1].strip())) else ""
    route = str(said.get("route", ""))
    words = " ".join(part for part in (str(said.get("logger", "")), event, route, kind) if part)
    plain = _PARTICULAR.sub("#", words)
    return hashlib.sha256(plain.encode()).hexdigest()[:12], plain[:160]


def lines_of(path: Path, *, since: datetime) -> Iterator[bytes]:
    """The file and what rotation put aside since then, packed or not, oldest first."""
    for one in log_files(path, since=since):
        with suppress(*BROKEN), opened(one) as file:
            for line in file:
                if line.strip():
                    yield line
