"""The settings people give through the environment, read once and checked. Plain Python, so that the
supervisor can use it without loading Django."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from midway.config.redis_address import EXAMPLE, sentinel_address

# Written out because this file loads neither Django nor the models; a test holds them equal to accounts.Role.
ROLES = ("owner", "dispatcher", "cleaner", "customer", "support")
LOG_LEVELS = ("debug", "info", "warning", "error")


class SettingError(ValueError):
    """A setting in the environment is malformed. The message names it and says what would be right."""


@dataclass(frozen=True)
class Environment:
    """Every setting, with its meaning in docs/settings.md. Empty means: the embedded or silent form."""

    database_url: str
    reports_database_url: str
    redis_url: str
    secret_key: str
    data: Path
    allowed_hosts: tuple[str, ...]
    public_url: str
    rate_limits: bool
    email_url: str
    sms_url: str
    mail_report_token: str
    webhooks_to_private: bool
    router_url: str
    sentry_dsn: str
    sentry_release: str
    traces_url: str
    metrics_token: str
    two_factor_roles: tuple[str, ...]
    mail_from: str
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    web_workers: int
    log_level: str
    debug: bool
    backup_url: str
    backup_recipient: str
    point_in_time: bool


def read_environment(environ: Mapping[str, str] | None = None) -> Environment:
    """Will read and check every setting.

    Raises `SettingError` with one line that says which setting is wrong and what to write instead.
    """
    env = os.environ if environ is None else environ
    return Environment(
        database_url=_url(env, "DATABASE_URL", {"postgres", "postgresql"}, "postgresql://user:password@host/name"),
        reports_database_url=_url(
            env, "MIDWAY_REPORTS_DATABASE_URL", {"postgres", "postgresql"}, "postgresql://user:password@host/name"
        ),
        redis_url=_redis_url(env),
        secret_key=_secret(env),
        data=Path(env.get("MIDWAY_DATA", "./var")).absolute(),
        allowed_hosts=_words(env, "MIDWAY_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]"),
        public_url=_url(env, "MIDWAY_PUBLIC_URL", {"http", "https"}, "https://clean.example.com").rstrip("/"),
        rate_limits=_switch(env, "MIDWAY_RATE_LIMITS", default=True),
        email_url=_url(env, "EMAIL_URL", {"smtp", "smtps", "smtp+tls", "file"}, "smtp://user:password@host:587"),
        sms_url=_sms_url(env),
        mail_report_token=env.get("MIDWAY_MAIL_REPORT_TOKEN", ""),
        webhooks_to_private=_switch(env, "MIDWAY_WEBHOOKS_TO_PRIVATE", default=False),
        router_url=_url(env, "MIDWAY_ROUTER_URL", {"http", "https"}, "http://127.0.0.1:5000"),
        sentry_dsn=_url(env, "SENTRY_DSN", {"http", "https"}, "https://key@sentry.example.com/1"),
        sentry_release=env.get("MIDWAY_RELEASE", ""),
        traces_url=_url(env, "MIDWAY_TRACES_URL", {"http", "https"}, "http://127.0.0.1:4318"),
        metrics_token=env.get("MIDWAY_METRICS_TOKEN", ""),
        two_factor_roles=_choices(env, "MIDWAY_TWO_FACTOR_ROLES", ROLES),
        mail_from=_address(env, "MIDWAY_MAIL_FROM"),
        trusted_proxies=_networks(env, "MIDWAY_TRUSTED_PROXIES", "127.0.0.1,::1"),
        web_workers=_count(env, "MIDWAY_WEB_WORKERS", default=1),
        log_level=_choices(env, "MIDWAY_LOG_LEVEL", LOG_LEVELS, default="info")[0].upper(),
        debug=_switch(env, "MIDWAY_DEBUG", default=False),
        backup_url=_place(env, "MIDWAY_BACKUP_URL"),
        backup_recipient=_recipient(env, "MIDWAY_BACKUP_RECIPIENT"),
        point_in_time=_switch(env, "MIDWAY_POINT_IN_TIME", default=False),
    )


def database_parameters(url: str, setting: str = "DATABASE_URL") -> dict[str, str]:
    """Django's NAME, USER, PASSWORD, HOST and PORT from a PostgreSQL address.

    A unix socket folder is written `postgresql://user@/name?host=/run/folder`.
    Raises `SettingError` when the address names no database.
    """
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise SettingError(f"{setting} names no database: end it with /name, as in postgresql://user@host/midway")
    query = dict(parse_qsl(parts.query))
    return {
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", parts.hostname or ""),
        "PORT": query.get("port", str(parts.port or "")),
    }


def database_options(url: str) -> dict[str, str | int]:
    """What libpq must know besides, where the address names several hosts (`?host=a,b,c&port=5432,5432,5432`): it looks
    for the one that takes writes, and gives up on one that is cut off before people do."""
    host = database_parameters(url)["HOST"]
    if "," not in host:
        return {}
    # Where an answer is waited for, nothing is under way that could go unacknowledged: keepalives find that out.
    alive = {"keepalives_idle": 3, "keepalives_interval": 1, "keepalives_count": 3}
    return {"target_session_attrs": "read-write", "connect_timeout": 3, "tcp_user_timeout": 4000, **alive}


def pool_options(url: str) -> dict[str, float]:
    """How connections are kept. Where another host takes over, nobody waits for one that is gone: an attempt is given
    up soon, and the next request makes a new one; else the pauses between attempts would double up to minutes."""
    # What was needed for a burst is given back soon: each session weighs some megabytes in the server.
    usual: dict[str, float] = {"min_size": 1, "max_size": 20, "timeout": 20, "max_idle": 30}
    if "," not in database_parameters(url)["HOST"]:
        return usual
    return {**usual, "timeout": 5, "reconnect_timeout": 2}


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


def _redis_url(env: Mapping[str, str]) -> str:
    value = env.get("REDIS_URL", "").strip()
    try:
        found = sentinel_address(value)
    except ValueError as problem:
        raise SettingError(f"REDIS_URL is not an address ({problem}): write it like {EXAMPLE}") from problem
    return value if found else _url(env, "REDIS_URL", {"redis", "rediss", "unix"}, "redis://host:6379/0")


def _place(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "").strip()
    if "://" in value and not value.startswith(("s3://", "file://")):
        raise SettingError(f"{name} is {value!r}: write a folder's path, or s3://bucket/prefix")
    return value


def _recipient(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "").strip()
    if value and not value.startswith("age1"):
        raise SettingError(f"{name} is no age public key: it starts with age1; midway backup keygen makes a pair")
    return value


def _sms_url(env: Mapping[str, str]) -> str:
    example = "twilio://ACCOUNT:TOKEN@api.twilio.com/+15550100"
    value = _url(env, "SMS_URL", {"twilio", "twilio+http"}, example)
    parts = urlsplit(value)
    if value and not (parts.username and parts.password and parts.hostname and parts.path.strip("/")):
        raise SettingError(f"SMS_URL lacks the account, its token, the host or the sender: write it like {example}")
    if parts.scheme == "twilio+http" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise SettingError(f"SMS_URL would send the token unencrypted: write it like {example}")
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


def _choices(env: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str = "") -> tuple[str, ...]:
    words = tuple(word.lower() for word in _words(env, name, "")) or _words({}, name, default)
    for word in words:
        if word not in allowed:
            raise SettingError(f"{name} names {word!r}: choose from {', '.join(allowed)}")
    return words


def _address(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "").strip()
    if value and "@" not in parseaddr(value)[1]:
        raise SettingError(f"{name} is {value!r}: write it like Midway Cleaning <hello@example.com>")
    return value


def _networks(env: Mapping[str, str], name: str, default: str) -> tuple[IPv4Network | IPv6Network, ...]:
    networks = []
    for word in _words(env, name, default):
        try:
            networks.append(ip_network(word, strict=False))
        except ValueError as problem:
            raise SettingError(f"{name} has {word!r}: write addresses or networks like 10.0.0.0/8") from problem
    return tuple(networks)


def _count(env: Mapping[str, str], name: str, *, default: int) -> int:
    value = env.get(name, "").strip() or str(default)
    if not value.isdecimal() or int(value) < 1:
        raise SettingError(f"{name} is {value!r}: write a whole number of 1 or more")
    return int(value)
