"""Known holes in what we run, patches that wait, and whether we run what we tested."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from midway.ops.look import Look
from midway.ops.procedure import Break, Cadence, Fault, Kind, Limit, Manual, Status, procedure
from midway.ops.stage import Stage
from midway.ops.stage.peers import Answer, Reply

PINNED = "click==8.1.0\norjson==3.10.0\n"


def _osv(vulnerable: str = "", *, broken: bool = False) -> Reply:
    def reply(method: str, path: str, body: bytes) -> Answer:
        asked = json.loads(body or b"{}").get("package", {}).get("name", "")
        if broken:
            return Answer(503, b"{}")
        vulns = [_hole(asked)] if asked == vulnerable else []
        return Answer(200, json.dumps({"vulns": vulns}).encode(), {"Content-Type": "application/json"})

    return reply


def _hole(name: str) -> dict[str, object]:
    span = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.0"}]}
    return {
        "id": "DRILL-2026-1",
        "summary": "A hole made for a drill",
        "modified": "2026-01-01T00:00:00Z",
        "published": "2026-01-01T00:00:00Z",
        "affected": [{"package": {"ecosystem": "PyPI", "name": name}, "ranges": [span]}],
    }


@contextmanager
def _two_packages(stage: Stage) -> Iterator[None]:
    """The scene: two pinned packages and a service that knows nothing bad of them."""
    with stage.peer(_osv()) as peer:
        stage.parts["osv"] = peer
        with stage.changed(lock=stage.file("lock.txt", PINNED), osv_url=f"{peer.url}/v1/query"):
            yield


@contextmanager
def _hole_known(stage: Stage) -> Iterator[None]:
    with stage.parts["osv"].replying(_osv("click")):
        yield


@contextmanager
def _hole_known_for_days(stage: Stage) -> Iterator[None]:
    from midway.ops.models import Sample

    at = stage.clock() - timedelta(days=8)
    Sample.objects.create(series="advisories.hole", subject="click DRILL-2026-1", at=at, value=1)
    with _hole_known(stage):
        yield
    Sample.objects.filter(series="advisories.hole").delete()


@contextmanager
def _service_down(stage: Stage) -> Iterator[None]:
    with stage.parts["osv"].replying(_osv(broken=True)):
        yield


@contextmanager
def _cannot_be_audited(stage: Stage) -> Iterator[None]:
    path = stage.folder / "files" / "lock.txt"
    path.write_text(PINNED + "strange-package @ https://example.com/strange.whl\n")
    yield
    path.write_text(PINNED)


def _pinned(look: Look) -> list[str]:
    """What runs, as name==version: from the lock we were given, else everything installed beside us."""
    if look.around.lock is not None:
        lines = [line.split(" \\")[0].strip() for line in look.around.lock.read_text().splitlines()]
        asked = [line for line in lines if line and not line.startswith(("#", "-"))]
        return [line.partition(";")[0].strip() for line in asked if _is_for_us(Requirement(line))]
    found = {canonicalize_name(one.metadata["Name"]): one.version for one in metadata.distributions()}
    return [f"{name}=={version}" for name, version in sorted(found.items()) if name != "midway"]


def _is_for_us(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


@procedure(
    id="advisories.python",
    title="No known hole in the Python packages we run",
    cadence=Cadence.WEEKLY,
    document_lines=(39,),
    severity=Status.CRIT,
    scene=_two_packages,
    time_limit_seconds=300,
    limits=(
        Limit(
            "known",
            "hours we have known of it and of its mend",
            "h",
            48,
            168,
            "CISA KEV and CIS Controls 7.4: two days where it is used already, a week otherwise",
        ),
    ),
    faults=(
        Fault("hole", "a hole becomes known, with a version that mends it", _hole_known, Status.WARN, names="click"),
        Fault("left", "it has been known for eight days", _hole_known_for_days, Status.CRIT, names="click"),
        Fault("service-down", "the list of holes does not answer", _service_down, Status.UNKNOWN, names="audited"),
        Fault("not-audited", "a package cannot be looked up", _cannot_be_audited, Status.UNKNOWN, names="audited"),
    ),
    manual=Manual(
        why="Holes are used within days of being known.",
        read="Every package that runs is looked up at OSV; the number looked up must be the number that runs.",
        mend="Update the package in requirements/, run the tests, release. No mend yet: do we use that part?",
        not_the_obvious='pip-audit prints "No known vulnerabilities found" and exits 0 when it could look up nothing.',
    ),
)
def python_packages(look: Look) -> None:
    """pip-audit as a program of its own, and then its own numbers are checked."""
    wanted = _pinned(look)
    path = look.around.data / "ops" / "audited.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in wanted))
    command = [sys.executable, "-m", "pip_audit", "-r", str(path), "--disable-pip", "--no-deps", "-f", "json"]
    command += ["--progress-spinner", "off", "-s", "osv", "--cache-dir", str(path.parent / "audit-cache")]
    if look.around.osv_url:
        command += ["--osv-url", look.around.osv_url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)  # noqa: S603
    try:
        said = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        look.cannot(
            f"Nothing could be audited: {_reason(done.stderr)}", "Is the network open to api.osv.dev? Try again."
        )
    skipped = [one for one in said if "skip_reason" in one]
    look.count(len(said) - len(skipped))
    look.note(wanted=len(wanted), audited=look.examined, skipped=skipped)
    if look.examined != len(wanted):
        look.alarm(Status.UNKNOWN, f"{look.examined} of {len(wanted)} packages could be audited.")
    for one in said:
        for hole in one.get("vulns", []):
            _tell_of(look, one, hole)
    look.fine(f"{look.examined} packages audited, none has a known hole.")


def _reason(said: str) -> str:
    """The last line, without the inside of a library that found nobody there."""
    last = (said.strip().splitlines() or ["no reason given"])[-1]
    host = re.search(r"host='([^']+)'", last)
    return f"{host[1]} cannot be reached." if host else last[:200]


def _tell_of(look: Look, package: dict[str, Any], hole: dict[str, Any]) -> None:
    """Told of at once; how long we have known of its mend makes it critical."""
    mends = hole.get("fix_versions", [])
    subject = f"{package['name']} {hole['id']}"
    first = look.known.series("advisories.hole", subject, look.now - timedelta(days=400))
    look.keep("advisories.hole", 1, subject=subject)
    hours = (look.now - first[0][0]).total_seconds() / 3600 if first else 0.0
    says = f"{package['name']} {package['version']} has {hole['id']}; mended in {', '.join(mends) or 'none yet'}."
    look.alarm(Status.WARN, says, subject=subject)
    if mends:
        look.found("known", hours, f"Known for {hours / 24:.0f} days: {says}", subject=subject)


@contextmanager
def _lock_of_what_runs(stage: Stage) -> Iterator[None]:
    with stage.changed(lock=stage.file("lock.txt", f"click=={metadata.version('click')}\n")):
        yield


@contextmanager
def _other_lock(stage: Stage) -> Iterator[None]:
    path = stage.folder / "files" / "lock.txt"
    before = path.read_text()
    path.write_text("click==7.0\n")
    yield
    path.write_text(before)


@procedure(
    id="advisories.dependencies",
    title="What runs is what was locked and tested",
    cadence=Cadence.WEEKLY,
    document_lines=(41, 145),
    severity=Status.CRIT,
    scene=_lock_of_what_runs,
    faults=(Fault("drift", "the lock says another version than runs", _other_lock, Status.CRIT, names="click"),),
    manual=Manual(
        why="Only what was locked was tested; an update done by hand on the machine was not.",
        read="Each package against the lock, or against what Midway's own package asks for.",
        mend="Install from the lock again. Updates: make lock in a branch, tests, then release.",
        not_the_obvious="`npm update`, like `pip install -U`, changes what runs without a test in between.",
    ),
)
def dependencies(look: Look) -> None:
    """Installed versions against the lock, or against what our package declares."""
    wanted = _pinned(look) if look.around.lock is not None else list(metadata.requires("midway") or [])
    for line in wanted:
        requirement = Requirement(line)
        if not _is_for_us(requirement):
            continue
        look.count(1)
        try:
            found = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            look.alarm(Status.CRIT, f"{requirement.name} is wanted and not installed.", subject=requirement.name)
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            says = f"{requirement.name} {found} runs, {requirement.specifier} was locked."
            look.alarm(Status.CRIT, says, subject=requirement.name)
    look.fine(f"{look.examined} packages are what was locked.")


SIMULATED = "Inst libexample [1.0] (1.1 Debian:12/stable [amd64])\n"
SECURITY = "Inst openssl [3.0.1] (3.0.2 Debian-Security:12/stable-security [amd64])\n"


def _apt(output: str, *, reboot_days: float = 0, lists_days: float = 0.1) -> Break:
    @contextmanager
    def patched(stage: Stage) -> Iterator[None]:
        import os

        told = stage.file("apt-said.txt", output)
        fake = stage.file("apt-get", f"#!/bin/sh\ncat {told}\n")
        fake.chmod(0o755)
        lists = stage.file("lists/deb.example_dists_stable_main_binary-amd64_Packages", "").parent
        stamp = datetime.now(tz=UTC).timestamp()
        os.utime(lists, (stamp - lists_days * 86400,) * 2)
        reboot = stage.folder / "files" / "reboot-required"
        reboot.unlink(missing_ok=True)
        if reboot_days:
            reboot.touch()
            os.utime(reboot, (stamp - reboot_days * 86400,) * 2)
        with stage.changed(**{**stage.changes, "apt": fake, "apt_lists": lists, "reboot_file": reboot}):
            yield
        reboot.unlink(missing_ok=True)
        os.utime(lists, (stamp, stamp))

    return patched


@contextmanager
def _no_lists(stage: Stage) -> Iterator[None]:
    """As in an image, which is made without them."""
    empty = stage.folder / "files" / "no-lists"
    empty.mkdir(exist_ok=True)
    with stage.changed(**{**stage.changes, "apt_lists": empty}):
        yield


@contextmanager
def _old_security(stage: Stage) -> Iterator[None]:
    from midway.ops.models import Sample

    at = stage.clock() - timedelta(days=15)
    Sample.objects.create(series="advisories.pending", subject="openssl", at=at, value=1)
    with _apt(SIMULATED + SECURITY)(stage):
        yield
    Sample.objects.filter(series="advisories.pending").delete()


@procedure(
    id="advisories.system",
    title="Security patches of the system do not wait long",
    cadence=Cadence.WEEKLY,
    document_lines=(39, 40),
    scene=_apt(SIMULATED),
    time_limit_seconds=120,
    limits=(
        Limit("pending", "days a security patch has waited", "days", 7, 14, "CIS Controls 7.3; Debian's own advice"),
        Limit("reboot", "days a restart has been needed", "days", 3, 14, "Midway: a kernel patch works only then"),
        Limit("lists", "days since the lists were fetched", "days", 2, 7, "apt-daily fetches them every day"),
    ),
    faults=(
        Fault("waits", "a security patch has waited for fifteen days", _old_security, Status.CRIT, names="openssl"),
        Fault("reboot", "a restart has been needed for five days", _apt(SIMULATED, reboot_days=5), Status.WARN,
              names="restart"),
        Fault("stale", "the lists are ten days old", _apt(SIMULATED, lists_days=10), Status.CRIT, names="lists"),
        Fault("empty", "there are no lists, as in a fresh image", _no_lists, Status.UNKNOWN, names="no list"),
    ),
    manual=Manual(
        why="The hole in the system under us is ours too.",
        read="Patches marked as security, by how long we have known of them; the restart they need; the lists' age.",
        mend="apt-get update && apt-get upgrade in a quiet hour, then restart if asked; or unattended-upgrades.",
        not_the_obvious="`apt-get -s upgrade` on lists of last month, or on none at all, says that nothing is to be"
        " done.",
    ),
)  # fmt: skip
def system(look: Look) -> None:
    """Simulates an upgrade; changes nothing."""
    apt = look.around.apt
    if not apt.exists():
        look.skip("This system has no apt: watch its patches with its own tools.")
    done = subprocess.run([str(apt), "-s", "upgrade"], capture_output=True, text=True, timeout=100, check=False)  # noqa: S603
    if done.returncode:
        look.cannot(f"apt-get ended with {done.returncode}: {done.stderr.strip()[-160:]}")
    if not _are_lists_there(look.around.apt_lists):  # images are made without; then nothing ever waits
        look.cannot(f"There is no list of patches in {look.around.apt_lists}.", "apt-get update, then look again.")
    waiting = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("Inst ")]
    security = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("Inst ") and "ecurity" in line]
    look.count(len(waiting) + 1)
    look.note(waiting=waiting, security=security)
    for name in security:
        known = look.known.series("advisories.pending", name, look.now - timedelta(days=120))
        look.keep("advisories.pending", 1, subject=name)
        days = (look.now - known[0][0]).total_seconds() / 86400 if known else 0.0
        look.found("pending", days, f"The security patch for {name} has waited for {days:.0f} days.", subject=name)
    for name, path, says in (
        ("reboot", look.around.reboot_file, "A restart has been needed for {:.0f} days."),
        ("lists", look.around.apt_lists, "The lists of patches are {:.0f} days old."),
    ):
        if path.exists():
            days = (datetime.now(tz=UTC).timestamp() - path.stat().st_mtime) / 86400
            look.found(name, days, says.format(days))
    look.fine(f"{len(waiting)} patches wait, {len(security)} of them for security.")


def _are_lists_there(folder: Path) -> bool:
    return any("_Packages" in one.name for one in folder.iterdir()) if folder.is_dir() else False


# The last day each is looked after by those who make it.
ENDS = {
    "PostgreSQL 15": date(2027, 11, 11), "PostgreSQL 16": date(2028, 11, 9), "PostgreSQL 17": date(2029, 11, 8),
    "PostgreSQL 18": date(2030, 11, 14), "Python 3.11": date(2027, 10, 31), "Python 3.12": date(2028, 10, 31),
    "Python 3.13": date(2029, 10, 31), "Python 3.14": date(2030, 10, 31), "Django 5.2": date(2028, 4, 30),
}  # fmt: skip


@contextmanager
def _years_later(stage: Stage) -> Iterator[None]:
    with stage.clock.moved(timedelta(days=365 * 6)):
        yield


@procedure(
    id="advisories.end-of-life",
    title="What we run is still looked after by its makers",
    cadence=Cadence.MONTHLY,
    document_lines=(39,),
    kind=Kind.CHECK,
    depends_on=("postgres.writes",),
    limits=(Limit("left", "days until it is given up", "days", 180, 0, "endoflife.date; half a year to move",
                  low_is_bad=True),),
    faults=(Fault("old", "six years go by", _years_later, Status.CRIT, names="given up"),),
    manual=Manual(
        why="After its last day a hole is never mended.",
        read="Days until PostgreSQL, Python and Django of these versions are given up.",
        mend="Plan the next version: midway doctor says whether the machine has it; rehearse it on a copy.",
    ),
)  # fmt: skip
def end_of_life(look: Look) -> None:
    """Against a table that comes with Midway; a version it does not know is unknown."""
    import django

    server = int(look.number("SELECT current_setting('server_version_num')::int")) // 10000
    runs = [
        f"PostgreSQL {server}", f"Python {sys.version_info.major}.{sys.version_info.minor}",
        f"Django {django.VERSION[0]}.{django.VERSION[1]}",
    ]  # fmt: skip
    for name in runs:
        look.count(1)
        end = ENDS.get(name)
        if end is None:
            look.alarm(Status.UNKNOWN, f"When {name} is given up is not known.", subject=name)
            continue
        days = (end - look.now.date()).days
        look.found("left", days, f"{name} is given up on {end}, {days} days from now.", subject=name)
    look.note(runs=runs)
