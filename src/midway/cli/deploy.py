"""`midway deploy`: turns a fresh Debian into a running production, and brings one up to date."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from midway.deploy.deed import Stage
    from midway.deploy.site import Site


@click.command()
@click.argument("host")
@click.option("--mail", required=True, help="Where the certificate authority and the nightly upgrades write to.")
@click.option("--also", multiple=True, help="Another name to serve, such as www.clean.example.com.")
@click.option("--nodes", type=click.IntRange(2, 16), default=2, show_default=True, help="Web nodes behind Nginx.")
@click.option("--workers", type=click.IntRange(1, 16), default=1, show_default=True, help="Processes of each node.")
@click.option("--own-certificate", is_flag=True, help="Ask no authority; you put a certificate into /etc/midway/tls.")
@click.option("--authority", default="", help="The ACME directory to ask.  [default: Let's Encrypt]")
@click.option("--yes", is_flag=True, help="Do it. Without, only say what would be done.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def deploy(
    host: str, mail: str, *, yes: bool, as_json: bool, own_certificate: bool, authority: str, **facts: Any
) -> None:
    """Set up this machine (Debian 12, as root) as HOST, or bring it up to date. A second run changes nothing.

    Exits 0 nothing is left to do, 1 something would be done, 2 failed.
    """
    from midway.deploy.course import stages
    from midway.deploy.machine import Machine
    from midway.deploy.release import this_release
    from midway.runtime.problem import CannotRun

    try:
        site = _site(host, mail, **facts)
        _must_be_root()
        machine = Machine()
        course = stages(
            machine,
            site,
            from_release=this_release(),
            with_certificate=not own_certificate,
            authority=authority,
        )
        left = _do(course) if yes else _say(course, as_json=as_json)
    except CannotRun as problem:
        click.echo(f"midway: {problem}", err=True)
        sys.exit(2)
    sys.exit(1 if left and not yes else 0)


def _do(course: "list[Stage]") -> int:
    from midway.deploy.course import carry_out

    count = carry_out(course, tell=lambda line: click.echo(f"  {line}"))
    click.echo(f"{count} things done." if count else "Everything is as it should be.")
    return 0


def _say(course: "list[Stage]", *, as_json: bool) -> int:
    from midway.deploy.course import foretell

    found = foretell(course)
    if as_json:
        deeds = [{"stage": title, "says": deed.says, "diff": deed.diff} for title, deed in found]
        print(json.dumps({"deeds": deeds}, indent=1))
        return len(found)
    for title, deed in found:
        click.echo(f"{title}: {deed.says}")
        if deed.diff:
            click.echo(deed.diff)
    click.echo(f"{len(found)} things to do; --yes does them." if found else "Everything is as it should be.")
    return len(found)


def _must_be_root() -> None:
    from midway.runtime.problem import CannotRun

    if os.geteuid() != 0:
        raise CannotRun("Setting up a machine takes root: say it with sudo")
    release = Path("/etc/os-release")
    if not release.exists() or "ID=debian" not in release.read_text():
        raise CannotRun("This is made for Debian 12: on another system read docs/how-it-works/production.md")


def _site(host: str, mail: str, *, also: tuple[str, ...], nodes: int, workers: int) -> "Site":
    import re

    import psutil  # type: ignore[import-untyped] # it carries no types

    from midway.deploy.ground import PACKAGES
    from midway.deploy.site import Site
    from midway.runtime.problem import CannotRun

    for name in (host, *also):
        if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+", name):
            raise CannotRun(f"{name} is no name of a host: write it like clean.example.com")
    return Site(
        host=host,
        mail=mail,
        more_hosts=also,
        nodes=nodes,
        workers=workers,
        # Rounded, so that a machine whose firmware takes a little more after a start is the same machine.
        memory_mb=round(psutil.virtual_memory().total / 2**20 / 256) * 256,
        ssh_port=_ssh_port(),
        has_ipv6=Path("/proc/net/if_inet6").exists(),
        has_brotli="libnginx-mod-http-brotli-static" in PACKAGES,
    )


def _ssh_port() -> int:
    """Where people come in: what stands in the server's own settings, else where this very session came from."""
    import re

    files = [Path("/etc/ssh/sshd_config"), *sorted(Path("/etc/ssh/sshd_config.d").glob("*.conf"))]
    for file in files:
        found = re.search(r"^\s*Port\s+(\d+)", file.read_text(), re.MULTILINE) if file.exists() else None
        if found:
            return int(found[1])
    here = os.environ.get("SSH_CONNECTION", "").split()
    return int(here[3]) if len(here) == 4 else 22
