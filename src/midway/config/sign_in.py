"""How signing in fits this house: nobody signs up, mail goes through the outbox, secrets are encrypted at rest."""

from typing import Any
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.utils.translation import get_language, override

from midway.accounts.models import Role, User
from midway.config.visitor import address_of
from midway.messaging.actions import enqueue_message
from midway.runtime.clock import now
from midway.runtime.sealing import seal, unseal


class SignIn(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Accounts are made by the owner; their mail is written to the outbox in the same transaction."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes themselves an account."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The visitor's address, whatever proxies stand between."""
        return address_of(request)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Office people go to the office, customers to their visits, cleaners to their day."""
        if not isinstance(request.user, User):
            return "/"
        if request.user.is_office:
            return "/office/"
        return {Role.CUSTOMER: "/my/", Role.CLEANER: "/field/"}.get(Role(request.user.role), "/")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Will write the finished text to the outbox; it is forgotten there once delivered, as it may hold a key."""
        user = context.get("user") or User.objects.filter(email=email.lower()).first()
        language = user.language if isinstance(user, User) else get_language() or "en"
        with override(language):
            message = self.render_mail(
                template_prefix, email, {"request": allauth_context.request, "email": email, **context}
            )
        enqueue_message(
            key=f"sign_in_mail:{uuid4()}",
            template="sign_in_mail",
            to=email,
            language=language,
            subject_code=user.code if isinstance(user, User) else uuid4(),
            facts={"subject": str(message.subject), "body": str(message.body)},
            now=now(),
        )


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc] # allauth has no types
    """Keeps the secrets of authenticator apps encrypted with a key derived from MIDWAY_SECRET_KEY."""

    def encrypt(self, text: str) -> str:
        """The text as it is stored."""
        return seal(text, purpose="second factors")

    def decrypt(self, encrypted_text: str) -> str:
        """The text that was stored."""
        return unseal(encrypted_text, purpose="second factors")
