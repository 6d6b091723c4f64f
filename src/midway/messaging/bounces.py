"""Reads delivery status notifications (RFC 3464): which of our messages came back, and why."""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from uuid import UUID

OUR_ID = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@[^>]+>", re.IGNORECASE)


@dataclass(frozen=True)
class Bounce:
    """A message of ours that will not arrive."""

    message: UUID
    reason: str


def bounce_in(raw: bytes) -> Bounce | None:
    """What a report says, or nothing when it is no report of a final failure of a message of ours."""
    report = message_from_bytes(raw, policy=policy.default)
    if not isinstance(report, EmailMessage) or report.get_content_type() != "multipart/report":
        return None
    reason, code = "", None
    for part in report.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            reason = _failure(part) or reason
        elif kind in {"message/rfc822", "text/rfc822-headers"}:
            code = _our_code(part) or code
    return Bounce(code, reason) if code and reason else None


def _failure(part: Message) -> str:
    fields = part.get_payload()
    for about in fields if isinstance(fields, list) else []:
        if isinstance(about, Message) and str(about.get("Action", "")).lower() == "failed":
            said = str(about.get("Diagnostic-Code", "")).partition(";")[2].strip()
            return " ".join(f"{about.get('Status', '')} {said}".split())[:300] or "failed"
    return ""


def _our_code(part: Message) -> UUID | None:
    inner = part.get_payload()
    first = inner[0] if isinstance(inner, list) and inner else inner
    text = first.as_string() if isinstance(first, Message) else str(first)
    headers = message_from_bytes(text.encode(errors="replace"), policy=policy.default)
    found = OUR_ID.search(str(headers.get("Message-ID", "")))
    return UUID(found.group(1)) if found else None
