"""The logs of PostgreSQL and Nginx: their errors by fingerprint, as `app_log` has it for our own."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from midway.ops.app_log import LogReading, lines_of
from midway.ops.surroundings import ORIGIN

_PARTICULAR = re.compile(r"0x[0-9a-fA-F]+|\"[^\"]*\"|'[^']*'|«[^»]*»|\*?\b\d[\d.:/-]*")


@dataclass(frozen=True)
class Kind:
    """One server's log: what a line is, which of its levels are bad, and what makes a line critical."""

    line: re.Pattern[str]
    moment: Callable[[str], datetime]
    bad: frozenset[str]
    critical: frozenset[str]
    critical_words: re.Pattern[str]
    ordinary: re.Pattern[str]
    """What is told as an error and is none: a constraint that kept its promise, a server told to stop."""
    mend: str
    """What to do when none of its lines can be read."""


POSTGRES = Kind(
    line=re.compile(
        r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d+)? (?:UTC|GMT)\b.*?"
        r"\b(DEBUG\d|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC):  (.*)"
    ),
    moment=lambda text: datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC),
    bad=frozenset({"ERROR", "FATAL", "PANIC"}),
    critical=frozenset({"PANIC"}),
    critical_words=re.compile(
        r"invalid page|could not read block|checksum|No space left|out of memory|could not (?:write|fsync|extend)"
        r"|was terminated by signal|must be vacuumed within"
    ),
    ordinary=re.compile(
        r"violates (?:unique|exclusion|foreign key|check) |could not serialize|could not obtain lock|deadlock detected"
        r"|canceling statement due to|terminating connection due to administrator|the database system is "
        r"|terminating walreceiver|connection to client lost"
    ),
    mend="In postgresql.conf: log_timezone = 'UTC' and log_line_prefix = '%m [%p] ', then SELECT pg_reload_conf();",
)
NGINX = Kind(
    line=re.compile(r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(\w+)\] (.*)"),
    # It writes no zone beside it: the machine's.
    moment=lambda text: datetime.strptime(text, "%Y/%m/%d %H:%M:%S").astimezone(),
    bad=frozenset({"error", "crit", "alert", "emerg"}),
    critical=frozenset({"alert", "emerg"}),
    critical_words=re.compile(r"No space left|worker_connections are not enough|Too many open files|no live upstreams"),
    ordinary=re.compile(r"open\(\) .* failed \(2:|access forbidden by rule|directory index of .* is forbidden"),
    mend="Is MIDWAY_NGINX_ERROR_LOG Nginx's error_log, and not its access_log?",
)


def read_server_log(path: Path, kind: Kind, *, since: datetime) -> LogReading:
    """Will count the errors since then. A line that begins with no moment belongs to the one before."""
    found = LogReading()
    for line in lines_of(path, since=since):
        match = kind.line.match(line.decode(errors="replace"))
        if match is None:
            found.unparsed += 1
            continue
        at, level, words = match.groups()
        if kind.moment(at) < since:
            found.older += 1
            continue
        found.lines += 1
        is_critical = level in kind.critical or bool(kind.critical_words.search(words))
        is_ours = ORIGIN in line[: match.start(2)].decode(errors="replace")
        if not is_critical and (level not in kind.bad or is_ours or kind.ordinary.search(words)):
            continue
        found.errors += 1
        found.critical += is_critical
        plain = _PARTICULAR.sub("#", words.partition(", client:")[0])[:160]
        name = hashlib.sha256(plain.encode()).hexdigest()[:12]
        found.by_fingerprint[name] += 1
        if is_critical:
            found.critical_ones.add(name)
        found.examples.setdefault(name, f"{level}: {plain}")
    return found
