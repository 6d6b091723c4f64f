"""Say how somebody is reached when something breaks, and end the address of their calendar of turns."""

import re
from datetime import datetime

from midway.accounts.models import User
from midway.core.actor import Actor
from midway.customers.reach import international
from midway.journal.actions import record
from midway.ops.models import Contact
from midway.ops.oncall.roster import company_zone
from midway.runtime.database import one_transaction

# What people write who mean to come back to it: +1-XXX-XXX-XXXX, 555-0100 without more, TBD, example addresses.
PLACEHOLDER = re.compile(r"x{3}|tbd|todo|fixme|example|\?{2}|\[|\]|<|>", re.IGNORECASE)


class PhoneUnusable(ValueError):
    """This is no telephone number that can be texted: write it like +1 410 555 0100."""


class ChatUnusable(ValueError):
    """This is no chat address: write it as Apprise does, like slack://… or ntfy://ntfy.sh/topic."""


def is_placeholder(text: str) -> bool:
    """Whether this was meant to be filled in later."""
    return bool(PLACEHOLDER.search(text))


@one_transaction
def set_contact(*, user: User, phone: str, chat: str, by: Actor, now: datetime) -> Contact:
    """Will reach this person so from now on; empty stands for no such way. Raises `PhoneUnusable` or `ChatUnusable`."""
    phone, chat = phone.strip(), chat.strip()
    if phone and (is_placeholder(phone) or not international(phone, zone=company_zone().key)):
        raise PhoneUnusable(PhoneUnusable.__doc__)
    if chat and (is_placeholder(chat) or not re.match(r"[a-z][a-z0-9+.-]*://\S+$", chat)):
        raise ChatUnusable(ChatUnusable.__doc__)
    contact, _ = Contact.objects.update_or_create(user=user, defaults={"phone": phone, "chat": chat, "changed_at": now})
    facts = {"has_phone": bool(phone), "has_chat": bool(chat)}
    record(event="ops.contact.changed", subject=user.code, by=by, at=now, facts=facts)
    return contact


@one_transaction
def renew_turns_feed(*, user: User, by: Actor, now: datetime) -> Contact:
    """Will end the address of their calendar; the next one is another."""
    contact, _ = Contact.objects.get_or_create(user=user, defaults={"changed_at": now})
    contact.feed_number += 1
    contact.save(update_fields=["feed_number"])
    record(event="ops.turns-feed.renewed", subject=user.code, by=by, at=now)
    return contact
