"""Backup commands as processes of their own: they change the umask and need memory, which a server must not lend."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from midway.runtime.problem import CannotRun

_running: set["subprocess.Popen[str]"] = set()


class ChildFailed(CannotRun):
    """The command did not succeed. The message is its last word."""


def run_midway(*words: str, environ: Mapping[str, str], seconds: float) -> str:
    """Will run `midway` with these words to its end and return what it printed.

    It is killed when it is not done in time. Raises `ChildFailed`.
    """
    environment = child_environment(environ)
    with subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", "midway", *words],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as child:  # fmt: skip
        _running.add(child)
        try:
            told, errors = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as problem:
            child.kill()
            raise ChildFailed(
                f"midway {' '.join(words)} was not done after {seconds:.0f} s and was killed"
            ) from problem
        except BaseException:
            child.terminate()
            raise
        finally:
            _running.discard(child)
    if child.returncode != 0:
        last = (errors.strip() or "no reason given").splitlines()[-1]
        raise ChildFailed(f"midway {' '.join(words)}: {' '.join(told.split()) or last}")
    return told


def stop_children() -> None:
    """Will ask every command that still runs to stop; whoever waits for it is then told that it failed."""
    for child in list(_running):
        child.terminate()


def environment_of_this_database() -> dict[str, str]:
    """Our environment, with the database Django uses now, the key we sign with and the data folder we have."""
    from django.conf import settings
    from django.db import connections

    facts = connections.settings["default"]
    return {
        **os.environ,
        "DATABASE_URL": _url(facts),
        "MIDWAY_SECRET_KEY": settings.SECRET_KEY,
        "MIDWAY_DATA": str(settings.ENVIRONMENT.data),
        "DJANGO_SETTINGS_MODULE": "midway.config.settings",
    }


def _url(facts: Mapping[str, Any]) -> str:
    who = quote(str(facts.get("USER") or ""), safe="")
    if facts.get("PASSWORD"):
        who += f":{quote(str(facts['PASSWORD']), safe='')}"
    host, port = str(facts.get("HOST") or ""), str(facts.get("PORT") or "")
    name = quote(str(facts["NAME"]), safe="")
    if host.startswith("/") or not host:
        words = "&".join(f"{key}={quote(one, safe='/')}" for key, one in (("host", host), ("port", port)) if one)
        return f"postgresql://{who}@/{name}?{words}"
    return f"postgresql://{who}@{host}{f':{port}' if port else ''}/{name}"


def child_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment in which a child finds this same package."""
    path = os.pathsep.join([str(Path(__file__).parents[3]), environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    return {**environ, "PYTHONPATH": path}
