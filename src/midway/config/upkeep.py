"""The settings of upkeep: what is watched besides the database and Redis, and who hears of it. All may be empty."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from midway.config.environment import SettingError

LEAST_EVIDENCE_DAYS = 30


@dataclass(frozen=True)
class UpkeepSettings:
    """Where to look, and what was declared to be there. The meaning of each is in docs/settings.md."""

    database_url: str
    ping_url: str
    standbys: tuple[str, ...]
    certificates: tuple[str, ...]
    listeners: tuple[str, ...]
    nginx_url: str
    nginx_config: Path | None
    nginx_access_log: Path | None
    nginx_error_log: Path | None
    postgres_log: Path | None
    app_log: Path | None
    sentry_api: str
    sentry_token: str
    segment_write_key: str
    segment_host: str
    rdap_url: str
    quotas: Mapping[str, int]
    quiet_hours: tuple[int, int]
    notify: tuple[str, ...]
    evidence_days: int


def read_upkeep_settings(environ: Mapping[str, str] | None = None) -> UpkeepSettings:
    """Will read them. Raises `SettingError` with the one line that says what to write instead."""
    env = os.environ if environ is None else environ
    return UpkeepSettings(
        database_url=env.get("MIDWAY_OPS_DATABASE_URL", ""),
        ping_url=_web_address("MIDWAY_PING_URL", env.get("MIDWAY_PING_URL", "")),
        standbys=_words(env.get("MIDWAY_STANDBYS", "")),
        certificates=_words(env.get("MIDWAY_CERTIFICATES", "")),
        listeners=_words(env.get("MIDWAY_LISTENERS", "")),
        nginx_url=_web_address("MIDWAY_NGINX_URL", env.get("MIDWAY_NGINX_URL", "")),
        nginx_config=_path(env.get("MIDWAY_NGINX_CONFIG", "")),
        nginx_access_log=_path(env.get("MIDWAY_NGINX_ACCESS_LOG", "")),
        nginx_error_log=_path(env.get("MIDWAY_NGINX_ERROR_LOG", "")),
        postgres_log=_path(env.get("MIDWAY_POSTGRES_LOG", "")),
        app_log=_path(env.get("MIDWAY_APP_LOG", "")),
        sentry_api=_web_address("SENTRY_API_URL", env.get("SENTRY_API_URL", "")),
        sentry_token=env.get("SENTRY_API_TOKEN", ""),
        segment_write_key=env.get("SEGMENT_WRITE_KEY", ""),
        segment_host=_web_address("SEGMENT_HOST", env.get("SEGMENT_HOST", "")),
        rdap_url=_web_address("MIDWAY_RDAP_URL", env.get("MIDWAY_RDAP_URL", "https://rdap.org")),
        quotas=_quotas("MIDWAY_QUOTAS", env.get("MIDWAY_QUOTAS", "")),
        quiet_hours=_hours("MIDWAY_QUIET_HOURS", env.get("MIDWAY_QUIET_HOURS", "6-10")),
        notify=_words(env.get("MIDWAY_NOTIFY", "")),
        evidence_days=_days("MIDWAY_EVIDENCE_DAYS", env.get("MIDWAY_EVIDENCE_DAYS", "400")),
    )


def _words(value: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(",") if word.strip())


def _quotas(name: str, value: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for word in _words(value):
        channel, _, most = word.partition("=")
        if channel not in {"email", "sms"} or not most.isdecimal() or not int(most):
            raise SettingError(f"{name} is {value!r}: write what may be sent in a month, like email=20000,sms=1000")
        found[channel] = int(most)
    return found


def _hours(name: str, value: str) -> tuple[int, int]:
    begins, _, ends = value.partition("-")
    if not (begins.isdecimal() and ends.isdecimal() and int(begins) < int(ends) <= 24):
        raise SettingError(f"{name} is {value!r}: write hours of one day in UTC, like 6-10")
    return int(begins), int(ends)


def _days(name: str, value: str) -> int:
    if not value.isdecimal() or int(value) < LEAST_EVIDENCE_DAYS:
        raise SettingError(f"{name} is {value!r}: write a number of days, {LEAST_EVIDENCE_DAYS} or more")
    return int(value)


def _path(value: str) -> Path | None:
    return Path(value).absolute() if value.strip() else None


def _web_address(name: str, value: str) -> str:
    if value and not value.startswith(("http://", "https://")):
        raise SettingError(f"{name} is {value!r}: write an address like https://example.com/path")
    return value.rstrip("/")
