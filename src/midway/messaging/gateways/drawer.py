"""Where text messages go on a machine without a gateway: one small file each, for people to look at."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

import orjson

from midway.messaging.gateways.sms import Accepted
from midway.runtime.clock import now


@dataclass(frozen=True)
class KeptSms:
    """One text message as a person sees it."""

    code: str
    to: str
    text: str
    at: datetime


@dataclass(frozen=True)
class SmsDrawer:
    """A folder that stands in for a gateway."""

    folder: Path

    def send(self, *, to: str, text: str, status_url: str) -> Accepted:
        """Will keep one text message, whole or not at all."""
        del status_url  # nothing more becomes of it
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept = KeptSms(code=f"drawer-{token_hex(8)}", to=to, text=text, at=now())
        path = self.folder / f"{kept.at:%Y%m%dT%H%M%S%f}-{kept.code}.json"
        beside = path.with_suffix(".new")
        beside.write_bytes(orjson.dumps(asdict(kept)))
        beside.replace(path)
        return Accepted(kept.code)

    def find(self, *, to: str, text: str, since: datetime) -> Accepted | None:
        """The text message with these words kept since then."""
        for kept in self.latest(limit=1000):
            if (kept.to, kept.text) == (to, text) and kept.at >= since:
                return Accepted(kept.code)
        return None

    def latest(self, *, limit: int) -> list[KeptSms]:
        """What was kept, newest first."""
        if not self.folder.is_dir():
            return []
        rows = [orjson.loads(path.read_bytes()) for path in sorted(self.folder.glob("*.json"), reverse=True)[:limit]]
        return [KeptSms(**{**row, "at": datetime.fromisoformat(row["at"]).astimezone(UTC)}) for row in rows]
