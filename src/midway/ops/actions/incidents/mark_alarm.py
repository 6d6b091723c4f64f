"""Say whether a message about something critical was worth writing, by the link in it."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from midway.accounts.models import User
from midway.core.actor import Actor
from midway.journal.actions import record
from midway.ops.actions import subject_of
from midway.ops.models import AlarmMark
from midway.runtime.database import one_transaction

LINK_HOLDS = timedelta(days=30)
_SALT = "midway alarms"


class AlarmLinkOver(LookupError):
    """This link is over: it is older than thirty days, or not whole."""


def alarm_link(*, message: str, procedure: str, user: User) -> str:
    """The address at which this person says so about this message."""
    said = {"m": message, "p": procedure, "u": user.pk}
    # Once more in letters alone: the web server's log leaves such keys out, and mail programs break them nowhere.
    return f"{settings.PUBLIC_URL}/alarm/{urlsafe_base64_encode(signing.dumps(said, salt=_SALT).encode())}"


def alarm_of_link(key: str) -> dict[str, Any]:
    """What the link is about. Raises `AlarmLinkOver`."""
    try:
        written = urlsafe_base64_decode(key).decode("ascii")
        said: dict[str, Any] = signing.loads(written, salt=_SALT, max_age=LINK_HOLDS)
    except (signing.BadSignature, ValueError) as problem:
        raise AlarmLinkOver(AlarmLinkOver.__doc__) from problem
    return said


@one_transaction
def mark_alarm(*, key: str, is_useful: bool, by: Actor, now: datetime) -> AlarmMark:
    """Will note whether it was worth it; said again, the last word counts. Raises `AlarmLinkOver`."""
    said = alarm_of_link(key)
    marked, _ = AlarmMark.objects.update_or_create(
        key=said["m"],
        defaults={"procedure": said["p"], "user_id": said["u"], "is_useful": is_useful, "marked_at": now},
    )
    facts = {"procedure": marked.procedure, "is_useful": is_useful}
    record(event="ops.alarm.marked", subject=subject_of(marked.procedure), by=by, at=now, facts=facts)
    return marked
