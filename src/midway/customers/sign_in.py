"""Signing customers in by a link in their mail: asking for one, and using it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings

from midway.accounts.models import Role, SignInLink, User
from midway.accounts.tokens import digest_of, new_secret
from midway.core.actor import SYSTEM, Actor, ActorKind
from midway.customers.models import Customer
from midway.customers.reach import recipient_of
from midway.journal.actions import record
from midway.messaging.actions import tell
from midway.messaging.recipient import Channel
from midway.runtime.database import one_transaction

GOOD_FOR = timedelta(minutes=20)
AT_MOST, WITHIN = 4, timedelta(hours=1)
"""So many links one address is sent within so long."""


@dataclass(frozen=True)
class Company:
    """Who writes: the name under the letter, and the number for questions."""

    name: str
    phone: str


class LinkNotValid(LookupError):
    """This link has been used, has expired, or is not whole. Ask for a new one."""


@one_transaction
def ask_for_link(*, email: str, company: Company, now: datetime) -> None:
    """Will send a link to the customer with this address; nobody learns from the answer whether there is one.

    The office's people sign in with their password and second factor, whatever they book. What was asked is
    written down for strangers too, so that the answer takes as long.
    """
    email = email.strip().lower()
    secret = new_secret()
    asked_before = SignInLink.objects.filter(email=email, created_at__gt=now - WITHIN).count()
    if asked_before >= AT_MOST:
        return
    SignInLink.objects.create(email=email, digest=digest_of(secret), created_at=now, expires_at=now + GOOD_FOR)
    customer = Customer.objects.select_related("user").filter(email__iexact=email).first()
    if customer is None or not _may_sign_in(customer, email):
        return
    tell(
        key=f"sign_in_link:{digest_of(secret)}",
        template="sign_in_link",
        recipient=replace(recipient_of(customer, zone="UTC", email=email), channel=Channel.EMAIL),
        subject_code=customer.code,
        facts={
            "name": customer.name,
            "branch": company.name,
            "phone": company.phone,
            "sign_in_url": f"{settings.PUBLIC_URL}/my/sign-in/{secret}",
            "minutes": GOOD_FOR // timedelta(minutes=1),
        },
        now=now,
    )


@one_transaction
def sign_in_by_link(*, secret: str, now: datetime) -> User:
    """Will use a link up and give the user of the customer whose address it was sent to, made now if there is none.

    Raises `LinkNotValid`.
    """
    link = SignInLink.objects.select_for_update().filter(digest=digest_of(secret)).first()
    if link is None or link.used_at is not None or link.expires_at <= now:
        raise LinkNotValid(LinkNotValid.__doc__)
    customer = Customer.objects.select_for_update(of=("self",)).filter(email__iexact=link.email).first()
    if customer is None or not _may_sign_in(customer, link.email):
        raise LinkNotValid(LinkNotValid.__doc__)
    link.used_at = now
    link.save(update_fields=["used_at"])
    # Whoever uses one link has no need of the others.
    SignInLink.objects.filter(email=link.email, used_at=None).update(used_at=now)
    user = customer.user or _user_for(customer, now=now)
    by = Actor(kind=ActorKind.CUSTOMER, label="Customer", user_id=user.pk)
    record(event="accounts.user.signed_in_by_link", subject=user.code, by=by, at=now)
    return user


def _may_sign_in(customer: Customer, email: str) -> bool:
    user = customer.user or User.objects.filter(email=email).first()
    return user is None or (user.is_active and user.role == Role.CUSTOMER)


def _user_for(customer: Customer, *, now: datetime) -> User:
    email = customer.email.strip().lower()
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(
            email=email, name=customer.name, role=Role.CUSTOMER, language=customer.language, created_at=now
        )
        record(event="accounts.user.created", subject=user.code, by=SYSTEM, at=now, facts={"role": user.role})
    EmailAddress.objects.get_or_create(email=email, user=user, defaults={"primary": True, "verified": True})
    Customer.objects.filter(pk=customer.pk).update(user=user)
    return user
