"""A text column that is encrypted at rest: door codes must not be readable in a dump or a stolen disk."""

from typing import Any

from django.db import models

from midway.runtime.sealing import seal, unseal

_PURPOSE = "access notes"


class EncryptedTextField(models.TextField):  # type: ignore[type-arg] # the stubs' parameters are not public
    """Text sealed with a key derived from MIDWAY_SECRET_KEY; reading it may raise `runtime.sealing.Unreadable`."""

    def get_prep_value(self, value: Any) -> Any:
        return encrypted("" if value is None else str(value))

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str:
        return decrypted(value)


def encrypted(text: str) -> str:
    """Will encrypt a text as the column keeps it; nothing stays nothing."""
    return seal(text, purpose=_PURPOSE) if text else ""


def decrypted(kept: str | None) -> str:
    """Will read a text as the column keeps it. Raises `runtime.sealing.Unreadable`."""
    return unseal(kept, purpose=_PURPOSE) if kept else ""
