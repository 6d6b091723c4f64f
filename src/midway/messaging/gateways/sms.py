"""What a gateway for text messages does, and which one is used."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import unquote, urlsplit

from django.conf import settings


class SmsRefused(Exception):
    """The gateway will never take this text message."""


class SmsUnavailable(Exception):
    """The gateway did not take the text message now, or cannot be reached. It is tried again."""


@dataclass(frozen=True)
class Accepted:
    """The gateway's own code for a text message it took."""

    code: str


class SmsGateway(Protocol):
    """Sends text messages."""

    def send(self, *, to: str, text: str, status_url: str) -> Accepted:
        """Will hand over one text message; what becomes of it is posted to `status_url`.

        Raises `SmsRefused` or `SmsUnavailable`. After the latter it may or may not have been taken.
        """

    def find(self, *, to: str, text: str, since: datetime) -> Accepted | None:
        """The text message with these words handed over since then, if there is one. Raises `SmsUnavailable`."""


def sms_gateway() -> SmsGateway:
    """The gateway SMS_URL names; without one, a drawer on this machine."""
    from midway.messaging.gateways.drawer import SmsDrawer
    from midway.messaging.gateways.twilio import TwilioGateway

    url = settings.SMS_URL
    if not url:
        return SmsDrawer(settings.SMS_DRAWER)
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return TwilioGateway(
        account=unquote(parts.username or ""),
        token=unquote(parts.password or ""),
        sender=unquote(parts.path.strip("/")),
        base=f"{'http' if parts.scheme == 'twilio+http' else 'https'}://{parts.hostname}{port}",
    )
