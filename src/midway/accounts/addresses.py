"""Which e-mail addresses are taken: those Django takes, with the usual ones judged by a cheap pattern.

Django's pattern for the part after the @ lists every letter of every script, and compiling it takes a tenth of a
second: paid by the first booking after a start. Almost all addresses are plain ASCII and need none of those letters.
"""

import re
from typing import Any

from django.core.validators import DomainNameValidator, EmailValidator, validate_email

PARTS = (EmailValidator.hostname_re, EmailValidator.domain_re, EmailValidator.tld_no_fqdn_re)
PLAIN = rf"^{''.join(PARTS)}\Z".replace(DomainNameValidator.ul, "")


class PlainFirst:
    """Matches as Django's `whole` does: plain ASCII by the same pattern without the letters of other scripts."""

    def __init__(self, whole: Any) -> None:
        self._whole = whole

    def match(self, text: str) -> re.Match[str] | None:
        """The match at the beginning of the text."""
        if not text.isascii():
            found: re.Match[str] | None = self._whole.match(text)
            return found
        return re.match(PLAIN, text, re.IGNORECASE | re.ASCII)


def judge_plain_addresses_cheaply() -> None:
    """Will have the one validator that forms, models and the API share look at plain addresses first."""
    validate_email.domain_regex = PlainFirst(EmailValidator.domain_regex)  # type: ignore[assignment] # it is only matched with
