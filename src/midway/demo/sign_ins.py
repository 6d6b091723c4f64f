"""Who can sign in to the demo company, and the password printed for all of them. Light: scripts read it too."""

from dataclasses import dataclass

DEMO_PASSWORD = "midway-demo-2026"  # noqa: S105  # made to be printed: it opens made-up data only


@dataclass(frozen=True)
class SignIn:
    """One way into the demo company."""

    role: str
    email: str


DEMO_SIGN_INS = (
    SignIn("owner", "owner@example.com"),
    SignIn("dispatcher", "dispatcher@example.com"),
    SignIn("cleaner", "cleaner@example.com"),
    SignIn("customer", "customer@example.com"),
)


def stored_password() -> str:
    """The demo password as it is stored: the salt is fixed, so that the same seed gives the same rows.

    It is as long as Django's own; a shorter one would be hashed anew at the first sign-in.
    """
    from django.contrib.auth.hashers import make_password

    return make_password(DEMO_PASSWORD, salt="midwaydemocompanyfixed")


def open_sign_ins() -> list[SignIn]:
    """The demo sign-ins that still open this company: those whose password nobody has changed."""
    from midway.accounts.models import User

    emails = [sign_in.email for sign_in in DEMO_SIGN_INS]
    stored = dict(User.objects.filter(email__in=emails, is_active=True).values_list("email", "password"))
    if not stored:
        return []
    password = stored_password()
    return [sign_in for sign_in in DEMO_SIGN_INS if stored.get(sign_in.email) == password]
