"""Set a threshold of a procedure to something else than what it was declared with."""

from datetime import datetime
from math import isfinite

from midway.core.actor import Actor
from midway.journal.actions import record
from midway.ops.actions import reason_given, subject_of
from midway.ops.models import LimitChange
from midway.ops.procedure import Limit
from midway.ops.registry import procedure_named
from midway.runtime.database import one_transaction


class UnknownLimit(LookupError):
    """This procedure has no such threshold."""


class LimitRingsNever(ValueError):
    """Without either threshold nothing would ever ring. Snooze it instead, which ends by itself."""


class LimitsCrossed(ValueError):
    """The critical threshold must lie beyond the warning."""


@one_transaction
def change_limit(
    *, procedure: str, limit: str, warn: float | None, crit: float | None, reason: str, by: Actor, now: datetime
) -> LimitChange:
    """Will judge by these thresholds from the next run on.

    Raises `UnknownProcedure`, `UnknownLimit`, `ReasonMissing`, `LimitRingsNever` or `LimitsCrossed`.
    """
    declared = declared_limit(procedure, limit)
    why = reason_given(reason)
    check_thresholds(declared, warn=warn, crit=crit)
    made = LimitChange.objects.create(
        procedure=procedure,
        name=limit,
        warn=warn,
        crit=crit,
        reason=why,
        owner=by.label[:120],
        created_at=now,
    )
    facts = {"procedure": procedure, "limit": limit, "warn": warn, "crit": crit, "reason": why}
    record(event="ops.limit.changed", subject=subject_of(procedure), by=by, at=now, facts=facts)
    return made


def declared_limit(procedure: str, name: str) -> Limit:
    """The threshold as declared. Raises `UnknownProcedure` or `UnknownLimit`."""
    found = next((limit for limit in procedure_named(procedure).limits if limit.name == name), None)
    if found is None:
        raise UnknownLimit(UnknownLimit.__doc__)
    return found


def check_thresholds(declared: Limit, *, warn: float | None, crit: float | None) -> None:
    """Whether these can be judged by. Raises `LimitRingsNever` or `LimitsCrossed`."""
    given = [one for one in (warn, crit) if one is not None]
    if not given or not all(map(isfinite, given)):
        raise LimitRingsNever(LimitRingsNever.__doc__)
    if warn is not None and crit is not None and (crit > warn if declared.low_is_bad else crit < warn):
        raise LimitsCrossed(LimitsCrossed.__doc__)
