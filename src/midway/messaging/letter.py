"""Makes the e-mail of an outbox message: text first, in its reader's language, with a calendar file where it helps."""

from contextlib import suppress
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils.translation import gettext as _
from django.utils.translation import override

from midway.messaging.calendar_file import calendar_file
from midway.messaging.models import OutboxMessage
from midway.messaging.texts import Words, words_of
from midway.messaging.wording import worded

CALLED_OFF = frozenset({"visit_cancelled", "visit_skipped"})
WITH_CALENDAR_FILE = frozenset({"visit_confirmed", "visit_moved", "visit_restored"}) | CALLED_OFF


def letter(message: OutboxMessage, said: Words | None = None) -> EmailMultiAlternatives:
    """Will make the e-mail. Its Message-ID comes from the message's code, so that a second copy can be recognised."""
    said = said or words_of(message)
    with override(message.language):
        words = worded(message.facts, message.language)
        email = EmailMultiAlternatives(
            subject=said.subject,
            body=said.body,
            to=[message.to],
            headers={
                "Message-ID": f"<{message.code}@{_domain()}>",
                "Auto-Submitted": "auto-generated",
                "Content-Language": message.language,
            },
        )
        with suppress(TemplateDoesNotExist):  # plain text is enough
            email.attach_alternative(get_template(f"messaging/{message.template}.html").render(words), "text/html")
        if message.template in WITH_CALENDAR_FILE:
            email.attach("visit.ics", _calendar(message, words), "text/calendar")
    return email


def _calendar(message: OutboxMessage, words: dict[str, str]) -> str:
    return calendar_file(
        code=message.subject_code,
        facts=message.facts,
        summary=_("%(service)s by %(branch)s") % {"service": words["service"], "branch": words["branch"]},
        stamped_at=message.created_at,
        is_cancelled=message.template in CALLED_OFF,
    ).decode()


def _domain() -> str:
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"
