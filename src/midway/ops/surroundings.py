"""What procedures look at: the running product's surroundings, or a stage that looks just like them."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

import midway
from midway.ops.host import Host

CONNECT_SECONDS = 3
STATEMENT_MS = 15_000
LOCK_MS = 2_000
ORIGIN = "midway ops"
# Not said with the greeting, which a pooler before the server refuses.
_LIMITS = f"""
SELECT set_config('statement_timeout', '{STATEMENT_MS}', false), set_config('lock_timeout', '{LOCK_MS}', false),
    set_config('timezone', 'UTC', false)
"""


@dataclass(frozen=True)
class Surroundings:
    """Where everything is. What is empty is not there, and procedures that need it say so."""

    clock: Callable[[], datetime]
    data: Path
    database: Mapping[str, Any]
    redis_url: str = ""
    inside_url: str = ""
    outside_url: str = ""
    nginx_url: str = ""
    nginx_config: Path | None = None
    nginx_access_log: Path | None = None
    nginx_error_log: Path | None = None
    postgres_log: Path | None = None
    app_log: Path | None = None
    standbys: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    certificate_authority: Path | None = None
    listeners: tuple[str, ...] = ()
    sentry_api: str = ""
    sentry_dsn: str = ""
    sentry_token: str = ""
    segment_host: str = ""
    segment_write_key: str = ""
    lock: Path | None = None
    osv_url: str = ""
    apt: Path = Path("/usr/bin/apt-get")
    apt_lists: Path = Path("/var/lib/apt/lists")
    reboot_file: Path = Path("/var/run/reboot-required")
    reopen_command: tuple[str, ...] = ()
    static: Path | None = None
    docs: Path | None = None
    site: Path | None = None  # the documents as they were built into the package
    backups_elsewhere: Path | None = None  # a stage has its own; the product asks MIDWAY_BACKUP_URL
    renew_command: tuple[str, ...] = ()
    reload_command: tuple[str, ...] = ()
    rdap_url: str = ""
    quotas: Mapping[str, int] = field(default_factory=dict)  # what may be sent in a month, by channel
    pip: tuple[str, ...] = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    quiet_hours: tuple[int, int] = (6, 10)
    patience_seconds: float = 30.0
    host: Host = field(default_factory=Host)

    def connect(self, **changes: Any) -> "psycopg.Connection[tuple[Any, ...]]":
        """A connection of upkeep's own, that waits for nothing long. In autocommit: it holds nothing up."""
        wanted = {**self.database, **changes}
        made = psycopg.connect(
            **{name: value for name, value in wanted.items() if value},
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            application_name=ORIGIN,
        )
        try:
            made.execute(_LIMITS.encode())
        except psycopg.Error:
            made.close()
            raise
        return made


def of_the_product() -> Surroundings:
    """Where the product of these settings runs."""
    from django.conf import settings

    from midway.config.environment import database_parameters
    from midway.runtime.clock import now
    from midway.runtime.folder import DataFolder

    upkeep, environment = settings.UPKEEP, settings.ENVIRONMENT
    folder = DataFolder(environment.data)
    state = folder.state()
    database = database_parameters(upkeep.database_url) if upkeep.database_url else settings.DATABASES["default"]
    return Surroundings(
        clock=now,
        data=environment.data,
        database=connection_words(database),
        redis_url=settings.REDIS_URL,
        inside_url=state.get("address", "") or settings.PUBLIC_URL,
        outside_url=environment.public_url,
        nginx_url=upkeep.nginx_url,
        nginx_config=upkeep.nginx_config,
        nginx_access_log=upkeep.nginx_access_log,
        nginx_error_log=upkeep.nginx_error_log,
        postgres_log=upkeep.postgres_log or _if_there(folder.log / "postgres.log"),
        app_log=upkeep.app_log or _if_there(folder.log / "web.log"),
        standbys=upkeep.standbys,
        certificates=upkeep.certificates or _own_certificate(environment.public_url),
        listeners=upkeep.listeners,
        sentry_api=upkeep.sentry_api,
        sentry_dsn=environment.sentry_dsn,
        sentry_token=upkeep.sentry_token,
        lock=_of_checkout("requirements/runtime.txt"),
        docs=_of_checkout("docs"),
        site=_if_there(Path(midway.__file__).parent / "site"),
        rdap_url=upkeep.rdap_url,
        quotas=upkeep.quotas,
        quiet_hours=upkeep.quiet_hours,
        segment_host=upkeep.segment_host,
        segment_write_key=upkeep.segment_write_key,
    )


def _if_there(path: Path) -> Path | None:
    return path if path.exists() else None


def _of_checkout(name: str) -> Path | None:
    """A file beside the code, where we run from a checkout."""
    found = Path(__file__).resolve().parents[3] / name
    return _if_there(found)


def connection_words(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """libpq's words for Django's."""
    words = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    found = {word: parameters[name] for name, word in words.items() if parameters.get(name)}
    if "," in found.get("host", ""):  # of several hosts the one that takes writes
        found["target_session_attrs"] = "read-write"
    return found


def _own_certificate(public_url: str) -> tuple[str, ...]:
    parts = urlsplit(public_url)
    return (f"{parts.hostname}:{parts.port or 443}",) if parts.scheme == "https" and parts.hostname else ()
