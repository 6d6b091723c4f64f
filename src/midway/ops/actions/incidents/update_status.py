"""Tell the people affected how it stands: by message to those it touches, and on the public status page."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from midway.accounts.models import User
from midway.booking.models import Visit
from midway.core.actor import Actor
from midway.core.visit_states import OCCUPIES_CALENDAR
from midway.crew.models import Branch
from midway.customers.models import Customer
from midway.customers.reach import recipient_of
from midway.messaging.actions import tell
from midway.messaging.recipient import Recipient
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
    """Will put it on the status page, and send it to whoever reported it; if asked, to the customers of the next
    day's visits too.

    Raises `BothLanguages`.
    """
    if not text_en.strip() or not text_es.strip():
        raise BothLanguages(BothLanguages.__doc__)
    english, spanish = reason_given(text_en[:AT_MOST]), reason_given(text_es[:AT_MOST])
    made = StatusUpdate.objects.create(
        incident=incident, at=now, stage=stage, text_en=english, text_es=spanish, is_public=is_public,
        by_label=by.label[:120],
    )  # fmt: skip
    letters = _Letters(made, {"en": english, "es": spanish}, now)
    _tell_reporters(letters)
    if tells_touched:
        _tell_touched(letters)
    made.told = len(letters.told)
    made.save(update_fields=["told"])
    note(incident, "status", f"{stage.label}: {english} ({made.told} told)", by=by, at=now)
    return made


@dataclass
class _Letters:
    """One update, to each person once."""

    update: StatusUpdate
    texts: dict[str, Any]
    now: datetime
    told: set[UUID] = field(default_factory=set)

    def tell(self, code: UUID, name: str, recipient: Recipient, branch: Branch | None) -> None:
        if code in self.told:
            return
        self.told.add(code)
        facts = {
            "name": name,
            "text": self.texts.get(recipient.language, self.texts["en"]),
            "branch": branch.name if branch else "Midway",
            "phone": branch.phone if branch else "",
        }
        tell(
            key=f"status:{self.update.pk}:{code}", template="status_update", recipient=recipient,
            subject_code=self.update.incident.code, facts=facts, now=self.now,
        )  # fmt: skip


def _tell_reporters(letters: _Letters) -> None:
    """Who said that something does not work hears how it goes on: customers as they wish to be reached."""
    codes = set(letters.update.incident.reports.values_list("reporter_code", flat=True))
    if not codes:
        return
    branch = Branch.objects.order_by("id").first()
    zone = branch.zone if branch else "UTC"
    for customer in Customer.objects.filter(code__in=codes).order_by("id"):
        letters.tell(customer.code, customer.name, recipient_of(customer, zone=zone), branch)
    for user in User.objects.filter(code__in=codes, is_active=True).order_by("id"):
        letters.tell(user.code, user.name, Recipient(email=user.email, language=user.language), branch)


def _tell_touched(letters: _Letters) -> None:
    """However many visits they have."""
    ahead = Visit.objects.filter(
        during__startswith__lt=letters.now + TOUCHED, during__endswith__gt=letters.now, state__in=OCCUPIES_CALENDAR
    )
    for visit in ahead.select_related("customer", "branch").order_by("during"):
        customer = visit.customer
        letters.tell(customer.code, customer.name, recipient_of(customer, zone=visit.branch.zone), visit.branch)
