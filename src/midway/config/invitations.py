"""Inviting people to sign in: the user and the letter with the link, together or not at all."""

from datetime import datetime
from uuid import uuid4

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from midway.accounts.actions import create_user
from midway.accounts.models import User
from midway.core.actor import Actor
from midway.messaging.actions import enqueue_message
from midway.runtime.database import one_transaction


@one_transaction
def invite_user(*, email: str, name: str, role: str, language: str, by: Actor, now: datetime) -> User:
    """Will make somebody who can sign in and send them the link with which they choose their password.

    Raises `accounts.actions.CannotMakeUser`.
    """
    user = create_user(email=email, name=name, role=role, password=None, by=by, now=now)
    user.language = language
    user.save(update_fields=["language"])
    send_invitation(user=user, by=by, now=now)
    return user


def send_invitation(*, user: User, by: Actor, now: datetime) -> None:
    """Will send the link, again if the first was lost; it opens once and until the password is chosen."""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    path = reverse(
        "account_reset_password_from_key", kwargs=dict(zip(("uidb36", "key"), key.split("-", 1), strict=True))
    )
    with override(user.language):
        words = {"name": user.name, "by": by.label, "link": f"{settings.PUBLIC_URL}{path}"}
        subject = _("You can sign in to Midway")
        body = (
            _(
                "Hello %(name)s,\n\n%(by)s has made an account for you. Choose your password here; the link opens once:"
                "\n\n%(link)s\n\nIf you did not expect this, leave it."
            )
            % words
        )
    enqueue_message(
        key=f"invitation:{user.code}:{uuid4()}",
        template="sign_in_mail",
        to=user.email,
        language=user.language,
        subject_code=user.code,
        facts={"subject": subject, "body": body},
        now=now,
    )
