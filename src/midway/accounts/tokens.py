"""Programs that act for the office: reading a bearer token and what it may do."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.db.models import Q

from midway.accounts.access import SCOPES, has_right
from midway.accounts.models import ApiToken

PREFIX = "midway_"
# Often enough to see that a token is unused, seldom enough that reading does not become writing.
LAST_USE_PRECISION = timedelta(minutes=5)


def new_secret() -> str:
    """A token as it is shown once; the prefix lets secret scanners find it."""
    return PREFIX + secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """What we keep of a token. It is 256 random bits, so a plain hash is enough."""
    return sha256(secret.encode()).hexdigest()


def bearer_of(header: str) -> str:
    """The secret in an Authorization header, or nothing."""
    scheme, _, secret = header.partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def find_token(secret: str, *, now: datetime) -> ApiToken | None:
    """The valid token with this secret and an active user, or nothing. Notes its use every few minutes."""
    if not secret.startswith(PREFIX):
        return None
    token = (
        ApiToken.objects.filter(digest=digest_of(secret), revoked_at__isnull=True, user__is_active=True)
        .select_related("user")
        .first()
    )
    if token is not None and (token.last_used_at is None or now - token.last_used_at >= LAST_USE_PRECISION):
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - LAST_USE_PRECISION)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    return token


def may(token: ApiToken, scope: str) -> bool:
    """Whether the token was given this scope and its user still has the right behind it."""
    return scope in token.scopes and scope in SCOPES and has_right(token.user, SCOPES[scope])
