"""Who carries messages out: one for e-mail, one for text messages, behind one Protocol."""

import smtplib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.core.mail import get_connection

from midway.messaging.gateways import SmsGateway, SmsRefused, SmsUnavailable, sms_gateway
from midway.messaging.letter import letter
from midway.messaging.models import OutboxMessage
from midway.messaging.texts import Words


class Refused(Exception):
    """This message will never be taken."""


class CannotReach(Exception):
    """Not now. It is tried again."""


class Postman(Protocol):
    """Carries messages of one channel. `announces` asks for attempts to be written down before they begin."""

    channel: str
    announces: bool

    def set_out(self) -> None:
        """Will get ready for a round. Raises `CannotReach`."""

    def wrap(self, message: OutboxMessage, said: Words, *, is_in_doubt: bool) -> Any:
        """Will make of a message what can be handed over; in doubt when an earlier attempt may have succeeded."""

    def hand_over(self, parcel: Any) -> str:
        """Will hand it over and give the other side's code for it. Raises `Refused` or `CannotReach`."""

    def come_home(self) -> None:
        """Will end the round."""


class MailPostman:
    """Hands e-mails to the mail server, a round over one connection."""

    channel = "email"
    announces = False  # the Message-ID tells a second copy from another message

    def __init__(self) -> None:
        self._server = get_connection(fail_silently=False)

    def set_out(self) -> None:
        """Will connect. Raises `CannotReach`."""
        try:
            self._server.open()
        except (smtplib.SMTPException, OSError) as problem:
            raise CannotReach(words_of_problem(problem)) from problem

    def wrap(self, message: OutboxMessage, said: Words, *, is_in_doubt: bool) -> Any:
        """The e-mail."""
        return letter(message, said)

    def hand_over(self, parcel: Any) -> str:
        """Will send it. Raises `Refused` or `CannotReach`."""
        try:
            self._server.send_messages([parcel])
        except (smtplib.SMTPException, OSError) as problem:
            self._server.close()  # whatever the server thinks of us now, the next message starts a new conversation
            raise (Refused if is_final(problem) else CannotReach)(words_of_problem(problem)) from problem
        return ""

    def come_home(self) -> None:
        """Will disconnect."""
        self._server.close()


@dataclass(frozen=True)
class SmsParcel:
    """A text message as the gateway takes it, and since when an earlier attempt at it may have succeeded."""

    to: str
    text: str
    status_url: str
    in_doubt_since: datetime | None


class SmsPostman:
    """Hands text messages to the gateway."""

    channel = "sms"
    announces = True

    def __init__(self, gateway: SmsGateway | None = None) -> None:
        self._gateway = gateway or sms_gateway()

    def set_out(self) -> None:
        """Nothing to get ready."""

    def wrap(self, message: OutboxMessage, said: Words, *, is_in_doubt: bool) -> SmsParcel:
        """The text, and where the gateway says what became of it."""
        return SmsParcel(
            to=message.to,
            text=said.body,
            status_url=f"{settings.PUBLIC_URL}/api/hooks/sms/status/{message.code}",
            in_doubt_since=message.begun_at if is_in_doubt else None,
        )

    def hand_over(self, parcel: SmsParcel) -> str:
        """Will send it, unless the gateway has it from an attempt that was cut short."""
        try:
            earlier = None
            if parcel.in_doubt_since is not None:
                earlier = self._gateway.find(to=parcel.to, text=parcel.text, since=parcel.in_doubt_since)
            accepted = earlier or self._gateway.send(to=parcel.to, text=parcel.text, status_url=parcel.status_url)
        except SmsRefused as problem:
            raise Refused(str(problem)) from problem
        except SmsUnavailable as problem:
            raise CannotReach(str(problem)) from problem
        return accepted.code

    def come_home(self) -> None:
        """Nothing to put away."""


def is_final(problem: Exception) -> bool:
    """Whether the server will never take this message (5xx for the recipient or the content).

    Refusing our name, password or sender is about our settings, which somebody will mend: that is tried again.
    """
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in problem.recipients.values())
    return isinstance(problem, smtplib.SMTPDataError) and problem.smtp_code >= 500


def words_of_problem(problem: Exception) -> str:
    """What the server said, in one line."""
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        answers = problem.recipients.values()
        return "; ".join(f"{code} {text.decode(errors='replace')}" for code, text in answers)
    if isinstance(problem, smtplib.SMTPResponseException):
        error = problem.smtp_error
        return f"{problem.smtp_code} {error.decode(errors='replace') if isinstance(error, bytes) else error}"
    return f"{type(problem).__name__}: {problem}"
