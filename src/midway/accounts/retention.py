"""How long accounts, tokens and sign-in links are kept."""

from datetime import datetime, timedelta

from django.db.models import Q

from midway.accounts.models import Role, SignInLink
from midway.core.retention import ERASED, Clearing, Keep, Table, Traces, nothing_personal

KEEP_LINKS = timedelta(days=1)

_ACCOUNT = "as long as the account"
_REPLACED = "is replaced when its customer is erased; of staff it answers for what they did"
_GONE = "goes with the erasure"


def _theirs(traces: Traces) -> Q:
    return Q(user_id=traces.user_id, user__role=Role.CUSTOMER)


def nobodys_address(traces: Traces) -> str:
    """An address that reaches nobody (RFC 2606) and that no other row has."""
    return f"erased-{traces.customer.hex}@erased.invalid"


TABLES = (
    Table(
        "accounts.User",
        {
            "email": Keep(_ACCOUNT, _REPLACED, nobodys_address),
            "name": Keep(_ACCOUNT, _REPLACED, ERASED),
            "password": Keep(_ACCOUNT, _REPLACED, "!", is_secret=True),
            "last_login": Keep(_ACCOUNT, _REPLACED, None),
            "language": Keep(_ACCOUNT, _REPLACED, "en"),
        },
        "id code role is_active created_at",
        of=lambda traces: Q(pk=traces.user_id, role=Role.CUSTOMER),
        told="created_at",
        sets={"is_active": False},
    ),
    Table(
        "accounts.ApiToken",
        {"name": Keep(_ACCOUNT, _GONE), "digest": Keep(_ACCOUNT, _GONE, is_secret=True)},
        "id code user scopes created_at last_used_at revoked_at",
        of=_theirs,
        goes=True,
    ),
    Table(
        "accounts.SignInLink",
        {
            "email": Keep("a day after it expired", "is removed"),
            "digest": Keep("a day after it expired", "is removed", is_secret=True),
        },
        "id created_at expires_at used_at",
        of=lambda traces: Q(email__in=traces.addresses),
        told="created_at used_at",
        goes=True,
    ),
    Table("account.EmailAddress", {"email": Keep(_ACCOUNT, _GONE)}, "id user verified primary", of=_theirs, goes=True),
    Table(
        "account.EmailConfirmation",
        {"key": Keep("as long as the address it confirms", _GONE, is_secret=True)},
        "id email_address created sent",
        of=lambda traces: Q(email_address__user_id=traces.user_id, email_address__user__role=Role.CUSTOMER),
        goes=True,
    ),
    Table(
        "mfa.Authenticator",
        {"data": Keep("until it is switched off", _GONE, is_secret=True)},
        "id user type created_at last_used_at",
        of=_theirs,
        goes=True,
    ),
    Table(
        "sessions.Session",
        {
            "session_key": Keep("until it expires, two weeks", "is removed; an erasure ends them all", is_secret=True),
            "session_data": Keep("until it expires, two weeks", "is removed; an erasure ends them all", is_secret=True),
        },
        "expire_date",
    ),
    nothing_personal("auth.Permission", "id name content_type codename"),
    nothing_personal("auth.Group", "id name"),
    nothing_personal("auth.Group_permissions", "id group permission"),
    nothing_personal("contenttypes.ContentType", "id app_label model"),
)


def _clear_links(now: datetime) -> int:
    return SignInLink.objects.filter(expires_at__lt=now - KEEP_LINKS).delete()[0]


CLEARINGS = (Clearing("sign-in links", _clear_links),)
