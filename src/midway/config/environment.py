"""The settings people give through the environment, read once and checked. Plain Python, so that the
supervisor can use it without loading Django."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit


class SettingError(ValueError):
    """A setting in the environment is malformed. The message names it and says what would be right."""


@dataclass(frozen=True)
class Environment:
    """Every setting, with its meaning in docs/settings.md. Empty means: the embedded or silent form."""

    database_url: str
    redis_url: str
    secret_key: str
    data: Path
    allowed_hosts: tuple[str, ...]
    public_url: str
    rate_limits: bool
    email_url: str
    sentry_dsn: str
    metrics_token: str
    two_factor_roles: tuple[str, ...]
    debug: bool


def read_environment(environ: Mapping[str, str] | None = None) -> Environment:
    """Will read and check every setting.

    Raises `SettingError` with one line that says which setting is wrong and what to write instead.
    """
    env = os.environ if environ is None else environ
    return Environment(
        database_url=_url(env, "DATABASE_URL", {"postgres", "postgresql"}, "postgresql://user:password@host/name"),
        redis_url=_url(env, "REDIS_URL", {"redis", "rediss", "unix"}, "redis://host:6379/0"),
        secret_key=_secret(env),
        data=Path(env.get("MIDWAY_DATA", "./var")).absolute(),
        allowed_hosts=_words(env, "MIDWAY_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]"),
        public_url=_url(env, "MIDWAY_PUBLIC_URL", {"http", "https"}, "https://clean.example.com").rstrip("/"),
        rate_limits=_switch(env, "MIDWAY_RATE_LIMITS", default=True),
        email_url=_url(env, "EMAIL_URL", {"smtp", "smtps", "smtp+tls", "file"}, "smtp://user:password@host:587"),
        sentry_dsn=_url(env, "SENTRY_DSN", {"http", "https"}, "https://key@sentry.example.com/1"),
        metrics_token=env.get("MIDWAY_METRICS_TOKEN", ""),
        two_factor_roles=_words(env, "MIDWAY_TWO_FACTOR_ROLES", ""),
        debug=_switch(env, "MIDWAY_DEBUG", default=False),
    )


def database_parameters(url: str) -> dict[str, str]:
    """Django's NAME, USER, PASSWORD, HOST and PORT from a PostgreSQL address.

    A unix socket folder is written `postgresql://user@/name?host=/run/folder`.
    Raises `SettingError` when the address names no database.
    """
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise SettingError("DATABASE_URL names no database: end it with /name, as in postgresql://user@host/midway")
    query = dict(parse_qsl(parts.query))
    return {
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", parts.hostname or ""),
        "PORT": query.get("port", str(parts.port or "")),
    }


def _url(env: Mapping[str, str], name: str, schemes: set[str], example: str) -> str:
    value = env.get(name, "").strip()
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as problem:
        raise SettingError(f"{name} is not an address ({problem}): write it like {example}") from problem
    if parts.scheme not in schemes:
        raise SettingError(f"{name} starts with {parts.scheme or 'no scheme'!r}: write it like {example}")
    return value


def _switch(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = env.get(name, "").strip().lower()
    if value in {"", "on", "off", "1", "0", "true", "false"}:
        return default if not value else value in {"on", "1", "true"}
    raise SettingError(f"{name} is {value!r}: write on or off")


def _words(env: Mapping[str, str], name: str, default: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in env.get(name, default).split(",") if word.strip())


def _secret(env: Mapping[str, str]) -> str:
    value = env.get("MIDWAY_SECRET_KEY", "")
    if value and len(value) < 32:
        raise SettingError("MIDWAY_SECRET_KEY is too short: use at least 32 random characters")
    return value
