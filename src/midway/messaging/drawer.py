"""Where mail goes on a machine without a mail server: one .eml file per message, for people to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMessage
from pathlib import Path
from secrets import token_hex

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from midway.runtime.clock import now


class DrawerBackend(BaseEmailBackend):
    """A Django mail backend that keeps messages in MAIL_DRAWER."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Will write each message to a file of its own, whole or not at all."""
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for message in email_messages:
            path = folder / f"{now():%Y%m%dT%H%M%S%f}-{token_hex(4)}.eml"
            beside = path.with_suffix(".new")
            beside.write_bytes(message.message().as_bytes())
            beside.replace(path)
        return len(email_messages)


@dataclass(frozen=True)
class KeptMessage:
    """One message as a person sees it."""

    name: str
    sender: str
    to: str
    subject: str
    date: str
    body: str
    attachments: tuple[str, ...]


def drawer_messages(*, limit: int) -> list[KeptMessage]:
    """The latest messages, newest first."""
    if not _folder().is_dir():
        return []
    return [_read(path) for path in sorted(_folder().glob("*.eml"), reverse=True)[:limit]]


def drawer_message(name: str) -> KeptMessage | None:
    """One message by its file's name."""
    names = {path.name: path for path in _folder().glob("*.eml")} if _folder().is_dir() else {}
    return _read(names[name]) if name in names else None


def _folder() -> Path:
    folder = settings.MAIL_DRAWER
    assert isinstance(folder, Path)
    return folder


def _read(path: Path) -> KeptMessage:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, ParsedMessage)
    body = message.get_body(preferencelist=("plain", "html"))
    return KeptMessage(
        name=path.name,
        sender=str(message["From"]),
        to=str(message["To"]),
        subject=str(message["Subject"]),
        date=str(message["Date"]),
        body=str(body.get_content()) if body is not None else "",
        attachments=tuple(part.get_filename() or "" for part in message.iter_attachments()),
    )
