"""Versions we do not run yet: how long we have known of them."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from packaging.version import InvalidVersion, Version

from midway.ops.look import Look
from midway.ops.procedure import Break, Cadence, Fault, Limit, Manual, Status, procedure
from midway.ops.stage import Stage

UNREACHED = ("Could not fetch", "Retrying (", "Could not find a version", "No route to host")
SERIES = "updates.behind"


def _pip(latest: str, *, complains: str = "") -> Break:
    """pip says that a package has this newest version, while 2.4.0 runs."""

    @contextmanager
    def told(stage: Stage) -> Iterator[None]:
        said = json.dumps([{"name": "example-package", "version": "2.4.0", "latest_version": latest}])
        program = stage.file(f"pip-{latest}-{len(complains)}", f"#!/bin/sh\necho '{complains}' >&2\necho '{said}'\n")
        program.chmod(0o755)
        with stage.changed(**{**stage.changes, "pip": (str(program),)}):
            yield

    return told


@contextmanager
def _known_for_long(stage: Stage) -> Iterator[None]:
    from midway.ops.models import Sample

    at = stage.clock() - timedelta(days=190)
    Sample.objects.create(series=SERIES, subject="example-package 3", at=at, value=1)
    with _pip("3.1.0")(stage):
        yield
    Sample.objects.filter(series=SERIES).delete()


@procedure(
    id="advisories.updates",
    title="No package is long behind its main version",
    cadence=Cadence.WEEKLY,
    document_lines=(41, 145),
    scene=_pip("2.5.0"),
    time_limit_seconds=300,
    limits=(
        Limit("behind", "days a newer main version has been known", "days", 180, None,
              "Midway: half a year, for makers mend holes in the newest main version first"),
    ),
    faults=(
        Fault("long", "a new main version has been known for 190 days", _known_for_long, Status.WARN,
              names="example-package"),
        Fault("unreached", "the index of packages does not answer", _pip(
            "2.5.0", complains="WARNING: Retrying (Retry("), Status.UNKNOWN, names="index"),
    ),
    manual=Manual(
        why="The farther behind, the larger the step on the day a hole is only mended in the newest version.",
        read="Packages with a newer main version, by how long we have known of it. Smaller steps are only counted.",
        mend="make lock in a branch, tests, then release: one package at a time where its main version changes.",
        not_the_obvious="`npm update` and `pip install -U` on the server change what runs without a test;"
        " `pip list --outdated` says that all is new when it reached no index.",
    ),
)  # fmt: skip
def updates(look: Look) -> None:
    """Asks pip, which knows where this installation gets its packages; changes nothing."""
    command = [*look.around.pip, "list", "--outdated", "--format", "json", "--retries", "1", "--timeout", "10"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)  # noqa: S603 - pip
        found: list[dict[str, Any]] = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as problem:
        look.cannot(f"pip did not say what is outdated: {type(problem).__name__}", "python -m pip list --outdated")
    if any(words in done.stderr for words in UNREACHED):
        look.cannot("pip did not reach its index of packages whole.", "Is the network open to it? Try again.")
    look.count(len(found) + 1)
    smaller = 0
    for one in found:
        name, runs, latest = one["name"], _version(one["version"]), _version(one["latest_version"])
        if runs is None or latest is None or latest.major <= runs.major:
            smaller += 1
            continue
        subject = f"{name} {latest.major}"
        known = look.known.series(SERIES, subject, look.now - timedelta(days=1000))
        look.keep(SERIES, 1, subject=subject)
        days = (look.now - known[0][0]) / timedelta(days=1) if known else 0.0
        says = f"{name} {runs} runs; {latest} has been known for {days:.0f} days."
        look.found("behind", days, says, subject=subject)
    look.note(outdated=[f"{one['name']} {one['version']} → {one['latest_version']}" for one in found])
    look.fine(f"{len(found) - smaller} packages have a newer main version, {smaller} a smaller step.")


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
