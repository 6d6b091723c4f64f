"""Text that is encrypted at rest, with keys derived from MIDWAY_SECRET_KEY, one for each purpose."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unreadable(ValueError):
    """A protected text could not be read: MIDWAY_SECRET_KEY is not the one it was written with."""


def seal(text: str, *, purpose: str) -> str:
    """Will encrypt a text (Fernet: AES-128-CBC with HMAC-SHA256)."""
    return _fernet(settings.SECRET_KEY, purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """Will give the text back. Raises `Unreadable`."""
    try:
        return _fernet(settings.SECRET_KEY, purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as problem:
        raise Unreadable(Unreadable.__doc__) from problem


@lru_cache(maxsize=8)
def _fernet(secret: str, purpose: str) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"midway {purpose}".encode()).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))
