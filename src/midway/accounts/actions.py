"""Making users and the tokens of programs."""

from collections.abc import Iterable
from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from midway.accounts.access import SCOPES
from midway.accounts.models import ApiToken, Role, User
from midway.accounts.tokens import digest_of, new_secret
from midway.core.actor import Actor
from midway.journal.actions import record


class CannotMakeUser(ValueError):
    """The user cannot be made; the message says why."""


class LastOwner(Exception):
    """The company needs an owner who can sign in. Make somebody else owner first."""


class NotYourself(Exception):
    """Nobody takes away their own access or role. Ask another owner."""


class UnknownScope(ValueError):
    """The token asks for a scope that does not exist."""


@transaction.atomic
def create_user(*, email: str, name: str, role: str, password: str | None, by: Actor, now: datetime) -> User:
    """Will make somebody who can sign in with this e-mail address, which counts as verified.

    Without a password they set their own through "forgot password". Raises `CannotMakeUser`.
    """
    email = email.strip().lower()
    if role not in Role.values:
        raise CannotMakeUser(f"There is no role {role!r}: choose from {', '.join(Role.values)}")
    try:
        validate_email(email)
    except ValidationError as problem:
        raise CannotMakeUser(f"{email!r} is not an e-mail address") from problem
    if User.objects.filter(email=email).exists():
        raise CannotMakeUser(f"{email} can sign in already")
    user = User(email=email, name=name.strip() or email, role=role, created_at=now)
    if password is not None:
        try:
            validate_password(password, user)
        except ValidationError as problem:
            raise CannotMakeUser(" ".join(problem.messages)) from problem
    user.set_password(password)
    user.save()
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    record(event="accounts.user.created", subject=user.code, by=by, at=now, facts={"role": role})
    return user


@transaction.atomic
def change_role(*, user: User, role: str, by: Actor, now: datetime) -> User:
    """Will let somebody do what another role may, from their next click on.

    Raises `CannotMakeUser` for a role there is none of, `NotYourself` or `LastOwner`.
    """
    if role not in Role.values:
        raise CannotMakeUser(f"There is no role {role!r}: choose from {', '.join(Role.values)}")
    row = _to_change(user, by=by)
    if row.role == role:
        return row
    if role != Role.OWNER:
        _check_owner_left(row)
    before, row.role = row.role, role
    row.save(update_fields=["role"])
    record(event="accounts.user.role_changed", subject=row.code, by=by, at=now, facts={"from": before, "role": role})
    return row


@transaction.atomic
def deactivate_user(*, user: User, by: Actor, now: datetime) -> User:
    """Will keep somebody from signing in; whoever is signed in is out at the next click, and their tokens are dead.

    Raises `NotYourself` or `LastOwner`.
    """
    row = _to_change(user, by=by)
    if row.is_active:
        _check_owner_left(row)
        row.is_active = False
        row.save(update_fields=["is_active"])
        record(event="accounts.user.deactivated", subject=row.code, by=by, at=now)
    return row


@transaction.atomic
def reactivate_user(*, user: User, by: Actor, now: datetime) -> User:
    """Will let somebody sign in again as before."""
    row = User.objects.select_for_update().get(pk=user.pk)
    if not row.is_active:
        row.is_active = True
        row.save(update_fields=["is_active"])
        record(event="accounts.user.reactivated", subject=row.code, by=by, at=now)
    return row


def _to_change(user: User, *, by: Actor) -> User:
    if by.user_id == user.pk:
        raise NotYourself(NotYourself.__doc__)
    # Every owner's row, in order: two owners who demote each other at once wait here, and one is refused.
    list(User.objects.select_for_update().filter(role=Role.OWNER).order_by("pk"))
    return User.objects.select_for_update().get(pk=user.pk)


def _check_owner_left(user: User) -> None:
    others = User.objects.filter(role=Role.OWNER, is_active=True).exclude(pk=user.pk)
    if user.role == Role.OWNER and not others.exists():
        raise LastOwner(LastOwner.__doc__)


@transaction.atomic
def issue_token(*, user: User, name: str, scopes: Iterable[str], by: Actor, now: datetime) -> tuple[ApiToken, str]:
    """Will make a token and return it with its secret, which is shown this once and not kept.

    Raises `UnknownScope`.
    """
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown or not wanted:
        raise UnknownScope(f"{', '.join(unknown) or 'No scope'}: choose from {', '.join(SCOPES)}")
    secret = new_secret()
    token = ApiToken.objects.create(user=user, name=name, digest=digest_of(secret), scopes=wanted, created_at=now)
    record(event="accounts.token.issued", subject=token.code, by=by, at=now, facts={"name": name, "scopes": wanted})
    return token, secret


@transaction.atomic
def revoke_token(*, token: ApiToken, by: Actor, now: datetime) -> None:
    """Will end a token; doing it again changes nothing."""
    token = ApiToken.objects.select_for_update().get(pk=token.pk)
    if token.revoked_at is None:
        token.revoke(at=now)
        token.save(update_fields=["revoked_at"])
        record(event="accounts.token.revoked", subject=token.code, by=by, at=now, facts={"name": token.name})
