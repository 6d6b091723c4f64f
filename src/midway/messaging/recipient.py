"""Whom a message is for and by which ways they want to hear from us."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from midway.core.quiet import Quiet


class Channel(StrEnum):
    """The ways a message can go."""

    EMAIL = "email"
    SMS = "sms"
    BOTH = "both"


@dataclass(frozen=True)
class Recipient:
    """Somebody to be told. `phone` is in international form, or empty when there is none that can be texted."""

    email: str
    language: str
    phone: str = ""
    channel: Channel = Channel.EMAIL
    code: UUID | None = None
    zone: str = "UTC"
    quiet: Quiet | None = None
    has_stopped_sms: bool = False

    def ways(self, *, is_short: bool) -> list[tuple[Channel, str]]:
        """The channels and addresses to use. What has no short form, or nobody to text, goes by e-mail."""
        by_sms = is_short and bool(self.phone) and not self.has_stopped_sms and self.channel is not Channel.EMAIL
        by_email = bool(self.email) and (not by_sms or self.channel is Channel.BOTH)
        ways = [(Channel.EMAIL, self.email)] if by_email else []
        return [*ways, (Channel.SMS, self.phone)] if by_sms else ways
