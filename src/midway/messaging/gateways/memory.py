"""A gateway in memory, for tests: behaves as the real ones by the same contract."""

from dataclasses import dataclass, field
from datetime import datetime

from midway.messaging.gateways.sms import Accepted, SmsRefused, SmsUnavailable


@dataclass(frozen=True)
class Kept:
    """One text message it took."""

    code: str
    to: str
    text: str
    status_url: str
    at: datetime


@dataclass
class MemoryGateway:
    """Takes everything except from numbers it was told to refuse, or while it is told to be away."""

    now: datetime
    refuses: dict[str, str] = field(default_factory=dict)
    is_away: bool = False
    kept: list[Kept] = field(default_factory=list)

    def send(self, *, to: str, text: str, status_url: str) -> Accepted:
        """Will take one text message. Raises `SmsRefused` or `SmsUnavailable`."""
        if self.is_away:
            raise SmsUnavailable("20429 Too many requests")
        if to in self.refuses:
            raise SmsRefused(self.refuses[to])
        self.kept.append(Kept(f"SM{len(self.kept):032x}", to, text, status_url, self.now))
        return Accepted(self.kept[-1].code)

    def find(self, *, to: str, text: str, since: datetime) -> Accepted | None:
        """The text message with these words taken since then. Raises `SmsUnavailable`."""
        if self.is_away:
            raise SmsUnavailable("20429 Too many requests")
        found = [one for one in self.kept if (one.to, one.text) == (to, text) and one.at >= since]
        return Accepted(found[0].code) if found else None
