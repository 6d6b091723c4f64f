"""Certificates as they are served, not as they lie on the disk."""

import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

from cryptography import x509

from midway.ops.look import Look
from midway.ops.needs import setting
from midway.ops.nginx_config import Directives, read_config
from midway.ops.procedure import Break, Cadence, Fault, Kind, Limit, Manual, Status, procedure
from midway.ops.stage import Stage
from midway.ops.stage.certificates import Authority, make_authority

DAYS = timedelta(days=1)
NAMES = setting("certificates", "MIDWAY_CERTIFICATES", "nothing is served by TLS here")


@contextmanager
def served(stage: Stage) -> Iterator[None]:
    """The scene: Nginx serves a fresh certificate, and the configuration says where its file is."""
    authority = make_authority(stage.folder / "tls")
    authority.issue("leaf", age=10 * DAYS, left=80 * DAYS)
    with (
        stage.nginx.configured(stage.nginx.tls_server(authority.folder) + stage.nginx.plain_server()),
        stage.changed(
            certificates=(f"localhost:{stage.nginx.tls_port}",),
            certificate_authority=authority.path,
            nginx_config=stage.nginx.config,
        ),
    ):
        yield


def _authority(stage: Stage) -> Authority:
    return make_authority(stage.folder / "tls")


def _with(
    *, reload: bool = True, host: str = "localhost", age: timedelta = 10 * DAYS, left: timedelta = 80 * DAYS
) -> Break:
    """A fault: another certificate takes the place of the good one."""

    @contextmanager
    def replaced(stage: Stage) -> Iterator[None]:
        before = {path: path.read_bytes() for path in (stage.folder / "tls").iterdir()}
        authority = _authority(stage)
        authority.issue("leaf", host=host, age=age, left=left)
        if reload:
            stage.nginx.reload()
        with stage.changed(**{**stage.changes, "certificate_authority": authority.path}):
            yield
        for path, content in before.items():
            path.write_bytes(content)
        stage.nginx.reload()

    return replaced


@contextmanager
def _replaced_without_reload(stage: Stage) -> Iterator[None]:
    """The file is renewed and Nginx goes on serving the old one."""
    place = stage.folder / "tls"
    before = {path: path.read_bytes() for path in place.iterdir()}
    (place / "leaf.pem").write_bytes(_another_leaf(stage.folder / "tls-other"))
    with stage.clock.moved(timedelta(hours=2)):
        yield
    for path, content in before.items():
        path.write_bytes(content)


def _another_leaf(folder: Path) -> bytes:
    authority = make_authority(folder)
    authority.issue("leaf", age=0 * DAYS, left=90 * DAYS)
    return (folder / "leaf.pem").read_bytes()


@contextmanager
def _strange_authority(stage: Stage) -> Iterator[None]:
    with stage.changed(**{**stage.changes, "certificate_authority": make_authority(stage.folder / "tls-other").path}):
        yield


@procedure(
    id="tls.certificates",
    title="Certificates as served are valid, trusted, and last",
    cadence=Cadence.DAILY,
    document_lines=(61, 194),
    severity=Status.CRIT,
    needs=(NAMES,),
    scene=served,
    limits=(
        Limit("left", "of the lifetime left", "%", 25, 10, "Let's Encrypt renews at a third; lifetimes fall to 47 days",
              low_is_bad=True),
        Limit("days", "days left", "days", 4, 3, "awesome-prometheus-alerts: 3 days", low_is_bad=True),
    ),
    faults=(
        Fault("ending", "a tenth and a half of its lifetime is left", _with(age=76 * DAYS, left=14 * DAYS), Status.WARN,
              names="left"),
        Fault("last-day", "one day is left", _with(age=89 * DAYS, left=1 * DAYS), Status.CRIT, names="days"),
        Fault("expired", "it has expired", _with(age=91 * DAYS, left=-1 * DAYS), Status.CRIT, names="expired"),
        Fault("wrong-name", "it is for another name", _with(host="other.example"), Status.CRIT, names="mismatch"),
        Fault("strange", "nobody knows who signed it", _strange_authority, Status.CRIT, names="certificate"),
        Fault("not-reloaded", "the file is new and Nginx serves the old one", _replaced_without_reload, Status.CRIT,
              names="not the one in"),
    ),
    manual=Manual(
        why="With an expired certificate every browser warns customers away, all at once.",
        read="What is left of its lifetime in percent: a fixed number of days is always red for short lifetimes.",
        mend="tls.renew. If the file is new and the old one is served: nginx -t && nginx -s reload.",
        not_the_obvious="openssl x509 -enddate exits 0 for an expired certificate, and reads a file: what is served is"
        " another matter until Nginx is reloaded. certbot renew exits 0 when it had nothing to renew.",
    ),
)  # fmt: skip
def certificates(look: Look) -> None:
    """A handshake as a browser does it, for every name."""
    files = _files_of(look.around.nginx_config)
    for address in look.around.certificates:
        host, _, port = address.rpartition(":")
        look.count(1)
        try:
            leaf, problem = _handshake(look, host, int(port))
        except OSError as refusal:
            look.alarm(Status.CRIT, f"{address} does not answer: {refusal}.", subject=address)
            continue
        if problem:
            look.alarm(Status.CRIT, f"{address}: {problem}.", subject=address)
        if leaf is None:
            continue
        end, begin = leaf.not_valid_after_utc, leaf.not_valid_before_utc
        left = (end - look.now) / DAYS
        share = 100 * (end - look.now) / (end - begin)
        says = f"{address}: {left:.0f} days left, {share:.0f} % of its lifetime."
        if left > 0:
            look.found("left", share, says, subject=address)
            look.found("days", left, says, subject=address)
        _compare_with_file(look, leaf, address, files.get(host, []))


def _handshake(look: Look, host: str, port: int) -> tuple[x509.Certificate | None, str]:
    """The certificate whatever it is, and why a browser would refuse it."""
    authority = look.around.certificate_authority
    context = ssl.create_default_context(cafile=str(authority) if authority else None)
    problem = ""
    try:
        with (
            socket.create_connection((host, port), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=host),
        ):
            pass
    except ssl.SSLCertVerificationError as refusal:
        problem = refusal.verify_message
        if "mismatch" in str(refusal):
            problem = f"name mismatch: {problem}"
    loose = ssl.create_default_context()
    loose.check_hostname, loose.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((host, port), timeout=5) as plain,
        loose.wrap_socket(plain, server_hostname=host) as tls,
    ):
        der = tls.getpeercert(binary_form=True)
    return (x509.load_der_x509_certificate(der) if der else None), problem


def _files_of(config: Path | None) -> dict[str, list[Path]]:
    """Which files Nginx is told to serve, by name; a server without its own has those of the level above."""
    found: dict[str, list[Path]] = {}

    def walk(block: Directives, above: list[Path]) -> None:
        own = [Path(line["args"][0]) for line in block if line["directive"] == "ssl_certificate"]
        names = [name for line in block if line["directive"] == "server_name" for name in line["args"]]
        for name in names:
            found.setdefault(name, []).extend(own or above)
        for line in block:
            if "block" in line:
                walk(line["block"], own or above)

    walk(read_config(config)[0], [])
    return found


def _compare_with_file(look: Look, leaf: x509.Certificate, address: str, paths: list[Path]) -> None:
    for path in paths:
        try:
            on_disk = x509.load_pem_x509_certificate(path.read_bytes())
        except (OSError, ValueError):
            continue
        old = look.now.timestamp() - path.stat().st_mtime > 3600
        if on_disk.serial_number != leaf.serial_number and old:
            says = f"{address} serves a certificate that is not the one in {path}."
            look.alarm(Status.CRIT, says, subject=address, do="nginx -t && nginx -s reload")


@contextmanager
def _renewable(stage: Stage) -> Iterator[None]:
    """The scene: what would renew is a program of the stage's, which issues and says so."""
    with served(stage):
        renew = stage.file("renew.sh", "#!/bin/sh\ncp $1/new.pem $1/leaf.pem\ncp $1/new.key $1/leaf.key\n")
        renew.chmod(0o755)
        with stage.changed(**{
            **stage.changes,
            "renew_command": (str(renew), str(stage.folder / "tls")),
            "reload_command": ("kill", "-HUP", str(stage.nginx.pid)),
        }):  # fmt: skip
            yield


@contextmanager
def _ends_soon(stage: Stage) -> Iterator[None]:
    """Four days are left, and what would renew it has a new one ready."""
    before = {path: path.read_bytes() for path in (stage.folder / "tls").iterdir()}
    authority = _authority(stage)
    authority.issue("leaf", age=86 * DAYS, left=4.5 * DAYS)
    authority.issue("new", age=0 * DAYS, left=90 * DAYS)
    stage.nginx.reload()
    with stage.changed(**{**stage.changes, "certificate_authority": authority.path}):
        yield
    for path, content in before.items():
        path.write_bytes(content)
    stage.nginx.reload()


@procedure(
    id="tls.renew",
    title="Renew certificates, reload, and look at what is served",
    cadence=Cadence.DEMAND,
    document_lines=(197,),
    kind=Kind.REPAIR,
    needs=(NAMES,),
    scene=_renewable,
    time_limit_seconds=600,
    faults=(Fault("ending", "a certificate ends in four days", _ends_soon, Status.WARN, names="renew"),),
    manual=Manual(
        why="Renewal by itself changes a file; what customers get changes with the reload.",
        read="Steps appear only for a certificate with less than a third of its lifetime left.",
        mend="midway ops run tls.renew --yes. Port 80 must be open for Let's Encrypt to look.",
        not_the_obvious="certbot renew without --deploy-hook leaves the old one served, and exits 0 when it knows"
        " of no certificate at all.",
    ),
)
def renew(look: Look) -> None:
    """Renews, tests the configuration, reloads, and shakes hands again."""
    command = look.around.renew_command or ("certbot", "renew", "--non-interactive")
    if shutil.which(command[0]) is None:
        look.cannot(f"{command[0]} is not installed.", "Install certbot, or renew the way you always do.")
    for address in look.around.certificates:
        host, _, port = address.rpartition(":")
        look.count(1)
        leaf, _ = _handshake(look, host, int(port))
        if leaf is None:
            continue
        share = (leaf.not_valid_after_utc - look.now) / (leaf.not_valid_after_utc - leaf.not_valid_before_utc)
        if share < 1 / 3:
            says = f"renew {address} ({share * 100:.0f} % of its lifetime left), reload Nginx, and look again"
            look.step(says, partial(_renewed, look, command, host, int(port), leaf.serial_number), subject=address)
    look.fine("No certificate needs to be renewed yet.")


def _renewed(look: Look, command: tuple[str, ...], host: str, port: int, before: int) -> str:
    import time

    for one in (command, look.around.reload_command or ("nginx", "-s", "reload")):
        done = subprocess.run(list(one), capture_output=True, text=True, timeout=300, check=False)  # noqa: S603 - declared
        if done.returncode:
            look.refuse(f"{one[0]} ended with {done.returncode}: {(done.stderr or done.stdout)[-200:]}")
            return "failed"
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        leaf, _ = _handshake(look, host, port)
        if leaf is not None and leaf.serial_number != before:
            return f"serves {leaf.serial_number:x} until {leaf.not_valid_after_utc:%Y-%m-%d}"
        time.sleep(0.1)
    look.refuse("the old certificate is still served", do="Look at the output of certbot and at Nginx's error log.")
    return "failed"
