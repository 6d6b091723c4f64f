"""A text column that is encrypted at rest: door codes must not be readable in a dump or a stolen disk."""

import base64
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models


class Undecryptable(ValueError):
    """A protected note could not be read: MIDWAY_SECRET_KEY is not the one it was written with."""


class EncryptedTextField(models.TextField):  # type: ignore[type-arg] # the stubs' parameters are not public
    """Text encrypted with a key derived from MIDWAY_SECRET_KEY (Fernet: AES-128-CBC with HMAC-SHA256)."""

    def get_prep_value(self, value: Any) -> Any:
        return encrypted("" if value is None else str(value))

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str:
        if not value:
            return ""
        try:
            return _fernet().decrypt(value.encode()).decode()
        except InvalidToken as problem:
            raise Undecryptable(Undecryptable.__doc__) from problem


def encrypted(text: str) -> str:
    """Will encrypt a text as the column keeps it; nothing stays nothing."""
    return _fernet().encrypt(text.encode()).decode() if text else ""


def _fernet() -> Fernet:
    return _fernet_of(settings.SECRET_KEY)


@lru_cache(maxsize=4)
def _fernet_of(secret: str) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"midway access notes").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))
