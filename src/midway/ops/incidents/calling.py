"""What somebody who is called reads, the key in it, and the ways it goes: by the outbox, or directly while the
database is away."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.crypto import constant_time_compare, salted_hmac
from procrastinate.contrib.django import app

from midway.messaging.actions import tell
from midway.messaging.gateways import sms_gateway
from midway.messaging.recipient import Channel, Recipient
from midway.messaging.texts import written
from midway.ops.models import Call
from midway.ops.oncall.roster import Reach, company_zone

log = structlog.get_logger("midway.incidents")
CALL, TEST = "incident_call", "test_call"
_SALT = "midway calls"
_SIGNATURE = 32


@dataclass(frozen=True)
class Letter:
    """One call as it is sent."""

    code: UUID
    template: str
    facts: Mapping[str, Any]


def key_of(call: UUID) -> str:
    """The key in the link by which a call is answered. Who reads the database still has none."""
    return f"{call.hex}{_signature(call)}"


def call_of_key(key: str) -> UUID | None:
    """Which call a key answers; nothing for one that is not ours."""
    try:
        code = UUID(hex=key[:32])
    except ValueError:
        return None
    return code if constant_time_compare(key[32:], _signature(code)) else None


def call_letter(*, call: UUID, title: str, priority: int, says: str, opened_at: datetime, rung: int) -> Letter:
    """A call about an incident. `rung` is how many were called before; `opened_at` is said by the clock it has."""
    facts = {
        "priority": priority,
        "title": title,
        "says": says[:500],
        "since": f"{opened_at:%Y-%m-%d %H:%M %Z}",
        "rung": rung,
        "url": f"{settings.PUBLIC_URL}/call/{key_of(call)}",
    }
    return Letter(call, CALL, facts)


def letter_of_test(*, call: UUID) -> Letter:
    """The monthly test."""
    return Letter(call, TEST, {"url": f"{settings.PUBLIC_URL}/call/{key_of(call)}"})


def letter_of(call: Call) -> Letter:
    """The letter of a call that was made."""
    incident = call.incident
    if incident is None:
        return letter_of_test(call=call.code)
    opening = incident.timeline.filter(kind="opened").first()
    rung = incident.calls.filter(at__lt=call.at).count()
    return call_letter(
        call=call.code, title=incident.title, priority=incident.priority, says=opening.text if opening else "",
        opened_at=incident.opened_at.astimezone(company_zone()), rung=rung,
    )  # fmt: skip


def send_by_outbox(letter: Letter, person: Reach, *, now: datetime) -> str:
    """Will put it in the outbox, and have a job say it in the person's chat. Gives the ways it goes."""
    tell(
        key=f"call:{letter.code}",
        template=letter.template,
        recipient=Recipient(
            email=person.email, language=person.language, phone=person.phone, channel=Channel.BOTH, code=None
        ),
        subject_code=letter.code,
        facts=letter.facts,
        now=now,
    )
    if person.chat:
        app.configure_task("ops.call_by_chat").defer(call=str(letter.code))
    return person.ways


def send_directly(letter: Letter, person: Reach) -> str:
    """Will send it now, past the database. Gives the ways on which it was taken; what was not is in the log."""
    taken = []
    for way, send in (("mail", _mail), ("sms", _sms), ("chat", _chat)):
        if way not in person.ways.split():
            continue
        try:
            send(letter, person)
        except Exception as problem:  # the other ways must still be tried
            log.warning("incident.call.not_taken", way=way, error=f"{type(problem).__name__}: {problem}"[:300])
        else:
            taken.append(way)
    return " ".join(taken)


def say_in_chat(address: str, *, title: str, text: str) -> None:
    """Will say it where this Apprise address leads. Raises `ConnectionError` when it is not taken."""
    from apprise import Apprise

    mouth = Apprise()
    if not mouth.add(address) or not mouth.notify(title=title, body=text):
        raise ConnectionError("The chat did not take it")


def _mail(letter: Letter, person: Reach) -> None:
    said = written(letter.template, person.language, "email", facts=letter.facts)
    headers = {"Message-ID": f"<{letter.code}@midway>", "Auto-Submitted": "auto-generated"}
    with get_connection(fail_silently=False) as server:
        EmailMessage(said.subject, said.body, to=[person.email], headers=headers, connection=server).send()


def _sms(letter: Letter, person: Reach) -> None:
    said = written(letter.template, person.language, "sms", facts=letter.facts)
    sms_gateway().send(to=person.phone, text=said.body, status_url="")


def _chat(letter: Letter, person: Reach) -> None:
    said = written(letter.template, person.language, "email", facts=letter.facts)
    say_in_chat(person.chat, title=said.subject, text=said.body)


def _signature(call: UUID) -> str:
    return salted_hmac(_SALT, call.hex, algorithm="sha256").hexdigest()[:_SIGNATURE]
