"""What listens on this machine, against what was declared; and rules proposed, never applied."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address

from midway.ops.access_survey import survey_of
from midway.ops.look import Look
from midway.ops.needs import setting
from midway.ops.procedure import Cadence, Fault, Kind, Manual, Status, procedure
from midway.ops.procedures.host import told
from midway.ops.procedures.web import MONTH, adds, log_of, ordinary_day
from midway.ops.stage import Stage

LISTENERS = setting("listeners", "MIDWAY_LISTENERS", "which ports may be open was not declared")
LOOPBACK = ("127.", "::1")


@contextmanager
def _as_it_is(stage: Stage) -> Iterator[None]:
    """The scene: what listens now is what was declared."""
    from midway.ops.host import Host

    open_now = sorted({str(port) for ip, port, _ in Host().listeners() if not ip.startswith(LOOPBACK)} | {"443"})
    with stage.changed(listeners=tuple(open_now)):
        yield


@contextmanager
def _open_port(stage: Stage) -> Iterator[None]:
    """Somebody starts a server for everybody."""
    with socket.socket() as listening:
        listening.bind(("0.0.0.0", 0))  # noqa: S104 - the fault
        listening.listen()
        yield


@procedure(
    id="firewall.listeners",
    title="Only what was declared listens to others",
    cadence=Cadence.DAILY,
    document_lines=(220, 221),
    severity=Status.CRIT,
    needs=(LISTENERS,),
    scene=_as_it_is,
    faults=(
        Fault("open", "a server listens to everybody", _open_port, Status.CRIT, names="was not declared"),
        Fault("database", "PostgreSQL listens to the world", told(listeners=[("0.0.0.0", 5432, "postgres")]),  # noqa: S104
              Status.CRIT, names="5432"),
    ),
    manual=Manual(
        why="A port that nobody meant to open is found by strangers within the hour.",
        read="Ports on which somebody listens to other machines, against MIDWAY_LISTENERS.",
        mend="Stop it or bind it to 127.0.0.1. Compose: write 127.0.0.1:5432:5432.",
        not_the_obvious="`ufw status` says what was asked for. Ports that Docker publishes pass by it, a deny after an"
        " allow never matches, and while it is inactive rules are only stored.",
    ),
)  # fmt: skip
def listeners(look: Look) -> None:
    """As the kernel tells, whatever the firewall says."""
    found = look.around.host.listeners()
    look.count(len(found) + 1)
    declared = {int(port) for port in look.around.listeners if port.isdecimal()}
    look.note(listeners=[list(one) for one in found])
    for ip, port, name in found:
        if not ip.startswith(LOOPBACK) and port not in declared:
            says = f"{name or 'Somebody'} listens on {ip} port {port}, which was not declared."
            look.alarm(Status.CRIT, says, subject=str(port))
    look.fine(f"{len(found)} ports, none open to others that was not declared.")


@procedure(
    id="firewall.propose",
    title="Propose firewall rules for what was declared and for who scans",
    cadence=Cadence.DEMAND,
    document_lines=(220, 221),
    kind=Kind.REPORT,
    scene=ordinary_day,
    time_limit_seconds=120,
    faults=(
        Fault("scanner", "a visitor asks for doors of other houses", adds(count=60, uri="/wp-login.php", status=404,
              visitor="198.51.100.7"), Status.WARN, names="198.51.100.7"),
    ),
    manual=Manual(
        why="Rules are written by a person who can still get in when one is wrong.",
        read="The rules in the order they must stand. Nothing is changed.",
        mend="Look at each, open a second session first, and have `at now + 5 minutes` disable ufw until you are sure.",
        not_the_obvious="`ufw deny from X` is appended after `allow 443` and never matches: it must be inserted first."
        " Enabling ufw before SSH is allowed locks you out.",
    ),
)  # fmt: skip
def propose(look: Look) -> None:
    """A diff in ufw's own words: denials first, then what was declared."""
    found = survey_of(log_of(look), since=look.now - MONTH, until=look.now)
    look.count(found.requests)
    rules = []
    for visitor, count in found.scans.most_common(20):
        if count >= 50 and _is_address(visitor):
            rule = f"ufw insert 1 deny from {ip_address(visitor)}"
            rules.append(rule)
            look.alarm(Status.WARN, f"{visitor} scanned {count} times; proposed: {rule}", subject=visitor)
    rules += [f"ufw allow {port}/tcp" for port in look.around.listeners if port.isdecimal()]
    look.note(proposed=["ufw default deny incoming", *rules], now=_present_rules())
    look.fine("Nobody scanned; the rules for the declared ports are in the evidence.")


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def _present_rules() -> list[str]:
    program = shutil.which("ufw")
    if program is None:
        return ["ufw is not installed"]
    told_by = subprocess.run([program, "status", "numbered"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    return told_by.stdout.splitlines()[:40]
