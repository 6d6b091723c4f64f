"""Tell the people affected how it stands: by message to those it touches, and on the public status page."""

from datetime import datetime
from typing import Any

from midway.booking.models import Visit
from midway.core.actor import Actor
from midway.core.visit_states import OCCUPIES_CALENDAR
from midway.customers.reach import recipient_of
from midway.messaging.actions import tell
from midway.ops.actions import reason_given
from midway.ops.actions.incidents import note
from midway.ops.incidents.evidence import TOUCHED
from midway.ops.models import Incident, StatusUpdate
from midway.runtime.database import one_transaction

AT_MOST = 2000


class BothLanguages(ValueError):
    """Write it in English and in Spanish: customers read one or the other."""


@one_transaction
def update_status(
    *, incident: Incident, stage: StatusUpdate.Stage, text_en: str, text_es: str, tells_touched: bool = False,
    is_public: bool = True, by: Actor, now: datetime,
) -> StatusUpdate:  # fmt: skip
    """Will put it on the status page, and send it to the customers of the next day's visits if asked.

    Raises `BothLanguages`.
    """
    if not text_en.strip() or not text_es.strip():
        raise BothLanguages(BothLanguages.__doc__)
    english, spanish = reason_given(text_en[:AT_MOST]), reason_given(text_es[:AT_MOST])
    made = StatusUpdate.objects.create(
        incident=incident, at=now, stage=stage, text_en=english, text_es=spanish, is_public=is_public,
        by_label=by.label[:120],
    )  # fmt: skip
    if tells_touched:
        made.told = _tell_touched(made, {"en": english, "es": spanish}, now=now)
        made.save(update_fields=["told"])
    note(incident, "status", f"{stage.label}: {english} ({made.told} told)", by=by, at=now)
    return made


def _tell_touched(update: StatusUpdate, texts: dict[str, Any], *, now: datetime) -> int:
    """Each customer once, however many visits they have."""
    ahead = Visit.objects.filter(
        during__startswith__lt=now + TOUCHED, during__endswith__gt=now, state__in=OCCUPIES_CALENDAR
    )
    told = set()
    for visit in ahead.select_related("customer", "branch").order_by("during"):
        if visit.customer_id in told:
            continue
        told.add(visit.customer_id)
        recipient = recipient_of(visit.customer, zone=visit.branch.zone)
        facts = {
            "name": visit.customer.name,
            "text": texts.get(recipient.language, texts["en"]),
            "branch": visit.branch.name,
            "phone": visit.branch.phone,
        }
        tell(
            key=f"status:{update.pk}:{visit.customer.code}", template="status_update", recipient=recipient,
            subject_code=update.incident.code, facts=facts, now=now,
        )  # fmt: skip
    return len(told)
