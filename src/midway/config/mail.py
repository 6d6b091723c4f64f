"""How mail leaves: through the server EMAIL_URL names, or into a drawer on this machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
SECONDS = 15


@dataclass(frozen=True)
class Mail:
    """Django's mail settings, and the folder of kept messages, or nothing with a real server."""

    settings: dict[str, Any]
    drawer: Path | None


def mail_settings(url: str, mail_from: str, public_url: str, data: Path) -> Mail:
    """What EMAIL_URL means."""
    parts = urlsplit(url)
    sender = mail_from or f"Midway <no-reply@{_domain(public_url)}>"
    if parts.scheme in PORTS:
        return Mail(
            {
                "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
                "EMAIL_HOST": parts.hostname or "localhost",
                "EMAIL_PORT": parts.port or PORTS[parts.scheme],
                "EMAIL_HOST_USER": unquote(parts.username or ""),
                "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
                "EMAIL_USE_SSL": parts.scheme == "smtps",
                "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
                "EMAIL_TIMEOUT": SECONDS,
                "DEFAULT_FROM_EMAIL": sender,
                "SERVER_EMAIL": sender,
            },
            drawer=None,
        )
    folder = unquote(parts.path)
    return Mail(
        {
            "EMAIL_BACKEND": "midway.messaging.drawer.DrawerBackend",
            "DEFAULT_FROM_EMAIL": sender,
            "SERVER_EMAIL": sender,
        },
        drawer=Path(folder).absolute() if folder else data / "mail",
    )


def _domain(public_url: str) -> str:
    host = urlsplit(public_url).hostname or "localhost"
    return "localhost" if host[-1].isdigit() or ":" in host else host
