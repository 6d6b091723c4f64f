"""Who can sign in to the demo company, and the password that is printed for all of them."""

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
