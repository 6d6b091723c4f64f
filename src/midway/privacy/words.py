"""Taking the words about somebody out of the journal: its entries stay, and a trigger lets them lose words only."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import Q

from midway.core.actor import VISITOR, ActorKind
from midway.core.retention import ERASED, Traces
from midway.journal.models import Entry

_PLAIN = re.compile(r"[a-z0-9_.:*-]*|[A-Z]{3}|\d{4}-\d\d-\d\d([T ][\d:.]+(Z|[+-][\d:]+)?)?|[+-]?\d+(\.\d+)?")
"""Codes, names of events and states, currencies, days and times: what says nothing about anybody."""

_OF_THE_COMPANY = frozenset({"cleaner", "cleaners", "service", "zone"})


@contextmanager
def append_only_rows_lose_words() -> Iterator[None]:
    """Rows that are never changed may lose words in here, and nothing else; part of the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL midway.erasing = 'on'")
        yield
        cursor.execute("SET LOCAL midway.erasing = 'off'")


def erase_from_journal(traces: Traces) -> int:
    """Will erase every word about the customer: what was said in entries about them, and their names everywhere."""
    naming = _naming(traces.words)
    about = Q(subject__in=traces.codes)
    own = [_erased(entry, traces, naming, is_own=True) for entry in Entry.objects.filter(about).iterator()]
    others = [_erased(entry, traces, naming, is_own=False) for entry in _mentioning(traces).exclude(about).iterator()]
    return sum(own) + sum(others)


def _mentioning(traces: Traces) -> Any:
    """Entries about something else with one of the words in them. Reads the whole journal."""
    patterns = [f"%{_escaped(word)}%" for word in traces.words if _is_telling(word)]
    sql = "(facts::text ILIKE ANY(%s) OR (actor_kind = 'customer' AND actor_label = ANY(%s)))"
    mentioned = Entry.objects.extra(where=[sql], params=[patterns, list(traces.words)])  # noqa: S610 - parameters
    by_them = Entry.objects.filter(actor_user_id=traces.user_id) if traces.user_id else Entry.objects.none()
    return Entry.objects.filter(Q(pk__in=mentioned.values("pk")) | Q(pk__in=by_them.values("pk")))


def _erased(entry: Entry, traces: Traces, naming: "re.Pattern[str]", *, is_own: bool) -> bool:
    facts = _without(entry.facts, naming, is_own=is_own)
    is_theirs = entry.actor_kind == ActorKind.CUSTOMER and entry.actor_label != VISITOR.label
    by_them = is_theirs and (is_own or entry.actor_user_id == traces.user_id or entry.actor_label in traces.words)
    label = ERASED if by_them else entry.actor_label
    if (facts, label) == (entry.facts, entry.actor_label):
        return False
    Entry.objects.filter(pk=entry.pk).update(facts=facts, actor_label=label)
    return True


def _without(value: Any, naming: "re.Pattern[str]", *, is_own: bool) -> Any:
    """The value without words about them; in an entry about themselves, without anything that may be one."""
    if isinstance(value, str):
        is_about_them = bool(naming.search(value)) or (is_own and not _PLAIN.fullmatch(value))
        return ERASED if is_about_them else value
    if isinstance(value, Mapping):
        return {
            key: inner if key in _OF_THE_COMPANY else _without(inner, naming, is_own=is_own)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_without(inner, naming, is_own=is_own) for inner in value]
    return value


def _naming(words: Iterable[str]) -> "re.Pattern[str]":
    telling = sorted((re.escape(word) for word in words if _is_telling(word)), key=len, reverse=True)
    return re.compile(rf"(?<!\w)({'|'.join(telling)})(?!\w)" if telling else r"(?!)", re.IGNORECASE)


def _is_telling(word: str) -> bool:
    """Whether a word names one person wherever it stands: a full name, address or number, not a first name."""
    return len(word) >= 5 and bool(re.search(r"[\s@\d]", word))


def _escaped(word: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", word)
