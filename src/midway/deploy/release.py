"""The release that is installed becomes the one that runs: prepared once, then node by node."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import midway
from midway.deploy.database import ask_as_owner, ask_as_server
from midway.deploy.deed import Deed
from midway.deploy.ground import done, is_pending, note_pending
from midway.deploy.machine import Machine
from midway.deploy.roles import upkeep_role, web_grants
from midway.deploy.site import Site


def this_release() -> Path:
    """The virtual environment we run from."""
    return Path(sys.prefix)


def chosen(site: Site, release: Path) -> Iterator[Deed]:
    """Will prepare the database and the files for this release, then let it be the current one."""
    if _prepared(site) != _mark(release):
        yield Deed(
            f"Bring the database up to version {midway.__version__} and collect its static files",
            lambda: prepare(Machine(), site, release),
        )
    current = site.places.current
    if not current.is_symlink() or current.resolve() != release.resolve():
        yield Deed(f"Let {current} lead to {release}", lambda: _point(site, release))


def prepare(machine: Machine, site: Site, release: Path) -> None:
    """Will migrate as the owner, collect static files, compress them, and give the other roles their rights."""
    env = settings_of(machine, site, "worker.env")
    machine.run(str(release / "bin" / "python"), "-m", "midway", "prepare", account=site.accounts.midway, env=env)
    compress(machine, site)
    ask_as_server(machine, upkeep_role(), database="midway")
    ask_as_owner(machine, web_grants())
    (site.places.data / ".prepared").write_text(_mark(release))


def compress(machine: Machine, site: Site) -> None:
    """Will lay a brotli file beside each file that has a gzip one; Nginx sends whichever the browser takes."""
    if not machine.has_program("brotli"):
        return
    files = [str(path.with_suffix("")) for path in (site.places.data / "static").rglob("*.gz")]
    fresh = [name for name in files if not Path(f"{name}.br").exists()]
    for at in range(0, len(fresh), 200):
        machine.run("brotli", "--best", "--keep", "--", *fresh[at : at + 200], account=site.accounts.midway)


def settings_of(machine: Machine, site: Site, name: str) -> dict[str, str]:
    """The environment of a unit, as systemd reads it: later files win."""
    found = {}
    for file in ("secrets.env", name, "settings.env"):
        for line in (machine.read(site.places.etc / file) or "").splitlines():
            key, equals, value = line.partition("=")
            if equals and not key.lstrip().startswith("#"):
                found[key.strip()] = " ".join(shlex.split(value))
    return found


def _mark(release: Path) -> str:
    return f"{midway.__version__} {release}\n"


def _prepared(site: Site) -> str:
    try:
        return (site.places.data / ".prepared").read_text()
    except OSError:
        return ""


def _point(site: Site, release: Path) -> None:
    note_pending(site, "midway")
    fresh = site.places.opt / ".current"
    site.places.opt.mkdir(parents=True, exist_ok=True)
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(release)
    fresh.rename(site.places.current)


def running(machine: Machine, site: Site) -> Iterator[Deed]:
    """Will start what does not run, and start anew what has something to read: cache, each node in turn, worker."""
    if not machine.has_systemd():
        return
    if any(is_pending(site, name) for name in ("midway", "redis", "units")):

        def read_units() -> None:
            machine.run("systemctl", "daemon-reload")
            done(site, "units")

        yield Deed("Have systemd read its units", read_units)
    units = ["midway-redis.service", *_nodes(site), "midway-worker.service"]
    for unit in units:
        yield from _unit(machine, site, unit)
    yield from _enabled(machine, ["midway.target", "midway-firewall.service", *units])
    if is_pending(site, "midway"):
        yield Deed("All parts run the current release", lambda: done(site, "midway"))


def _nodes(site: Site) -> list[str]:
    return [f"midway-web@{number}.service" for number in site.node_numbers]


def _unit(machine: Machine, site: Site, unit: str) -> Iterator[Deed]:
    runs = machine.succeeds("systemctl", "is-active", "--quiet", unit)
    is_cache = unit == "midway-redis.service"
    if runs and not is_pending(site, "redis" if is_cache else "midway"):
        return
    says = f"Start {unit}" if not runs else f"Start {unit} anew"
    if "web@" in unit:
        says += " and wait until it can serve"

    def start() -> None:
        machine.run("systemctl", "restart", unit)  # a node's restart ends when it says that it is ready
        if is_cache:
            done(site, "redis")

    yield Deed(says, start)


def _enabled(machine: Machine, units: list[str]) -> Iterator[Deed]:
    asleep = [unit for unit in units if not machine.succeeds("systemctl", "is-enabled", "--quiet", unit)]
    if asleep:
        yield Deed(
            f"Start {', '.join(asleep)} with the machine", lambda: machine.run("systemctl", "enable", "-q", *asleep)
        )
