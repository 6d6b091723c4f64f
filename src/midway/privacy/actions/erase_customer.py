"""Erase a customer: everything that names them goes, everything the books need stays."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.sessions.models import Session

from midway.core.actor import Actor, ActorKind
from midway.core.retention import Otherwise, Table, Traces
from midway.customers.models import Customer
from midway.journal.actions import record
from midway.privacy.rules import model_of, obstacles, tables
from midway.privacy.traces import traces_of
from midway.privacy.words import append_only_rows_lose_words, erase_from_journal
from midway.runtime.database import one_transaction


class CustomerNotFound(LookupError):
    """This customer does not exist."""


@one_transaction
def erase_customer(*, customer: UUID, by: Actor, now: datetime) -> None:
    """Will take out every word about a customer: their visits, amounts and journal stay, and name nobody.

    Erasing them again changes nothing. Raises `CustomerNotFound`, or a `CannotBeErased` that says what is still open.
    """
    # Whoever books for them locks the same row: a visit is there before we look, or belongs to somebody new.
    found = Customer.objects.select_for_update(of=("self",)).select_related("user").filter(code=customer).first()
    if found is None:
        raise CustomerNotFound(CustomerNotFound.__doc__)
    if found.erased_at is not None:
        return
    traces = traces_of(found, at=now)
    for obstacle in obstacles():
        obstacle(traces)
    record(event="customers.customer.erased", subject=found.code, by=_nameless(by), at=now)
    with append_only_rows_lose_words():
        for table in sorted(tables(), key=lambda table: not table.goes):
            _erase_from(table, traces)
        erase_from_journal(traces)
    _end_sessions(traces)


def _nameless(by: Actor) -> Actor:
    return by if by.kind is not ActorKind.CUSTOMER else Actor(kind=by.kind, label="Customer", user_id=by.user_id)


def _erase_from(table: Table, traces: Traces) -> None:
    if table.of is None:
        return
    rows = model_of(table).objects.filter(table.of(traces))
    if table.goes:
        rows.delete()
        return
    kept = {name: keep.erased for name, keep in table.personal.items() if not isinstance(keep.erased, Otherwise)}
    changes = {name: _value(wanted, traces) for name, wanted in {**kept, **table.sets}.items()}
    if changes:
        # By their ids: a column that the condition asks for may be among those that change.
        model_of(table).objects.filter(pk__in=list(rows.values_list("pk", flat=True))).update(**changes)


def _value(wanted: Any, traces: Traces) -> Any:
    return wanted(traces) if callable(wanted) else wanted


def _end_sessions(traces: Traces) -> None:
    """Sessions say inside whose they are, and by which address they signed in."""
    if traces.user_id is None:
        return
    keys = [s.pk for s in Session.objects.iterator() if s.get_decoded().get("_auth_user_id") == str(traces.user_id)]
    Session.objects.filter(pk__in=keys).delete()
