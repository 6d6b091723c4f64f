"""What faces the internet: the certificate, Nginx, the firewall."""

from collections.abc import Iterator
from pathlib import Path

from midway.deploy.deed import Deed
from midway.deploy.ground import done, is_pending, note_pending
from midway.deploy.machine import Machine
from midway.deploy.site import Site


def first_certificate(machine: Machine, site: Site) -> Iterator[Deed]:
    """Will make a certificate of our own, so that Nginx can start before the real one is there."""
    tls = site.places.etc / "tls"
    if (tls / "fullchain.pem").exists():
        return

    def make() -> None:
        machine.run(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "30", "-subj", f"/CN={site.host}", "-addext", f"subjectAltName=DNS:{site.host}",
            "-keyout", str(tls / "privkey.pem"), "-out", str(tls / "fullchain.pem"),
        )  # fmt: skip
        (tls / "privkey.pem").chmod(0o600)
        note_pending(site, "nginx")

    yield Deed("Make a certificate of our own for the first minutes (browsers will warn)", make)


def nginx(machine: Machine, site: Site) -> Iterator[Deed]:
    """Will have Nginx run with what was written, if it finds it sound."""
    runs = _nginx_runs()
    if runs and not is_pending(site, "nginx"):
        return

    def take_up() -> None:
        machine.run("nginx", "-t", "-q")
        if machine.has_systemd():
            machine.run("systemctl", "reload-or-restart", "nginx")
        else:
            machine.run("nginx", *(("-s", "reload") if _nginx_runs() else ()))
        done(site, "nginx")

    yield Deed("Look through Nginx's configuration and have Nginx take it up", take_up)


def _nginx_runs() -> bool:
    try:
        number = int(Path("/run/nginx.pid").read_text())
        return "nginx" in Path(f"/proc/{number}/comm").read_text()
    except (OSError, ValueError):
        return False


def real_certificate(machine: Machine, site: Site, authority: str = "") -> Iterator[Deed]:
    """Will ask Let's Encrypt, or the authority at this address, for the certificate. Certbot renews it from then on."""
    if Path(f"/etc/letsencrypt/live/{site.host}").exists():
        return
    names = [word for host in (site.host, *site.more_hosts) for word in ("-d", host)]
    words = [
        "certbot", "certonly", "--webroot", "-w", str(site.places.acme), *names, "-m", site.mail, "--agree-tos",
        "-n", "--no-eff-email",
    ]  # fmt: skip
    if authority:
        words += ["--server", authority]
    yield Deed(f"Ask for a certificate for {', '.join((site.host, *site.more_hosts))}", lambda: machine.run(*words))


def firewall(machine: Machine, site: Site) -> Iterator[Deed]:
    """Will put up the firewall for five minutes; it stays only when somebody who can still get in says so."""
    if not is_pending(site, "firewall"):
        return

    def put_up() -> None:
        machine.run("nft", "--check", "--file", str(site.places.etc / "firewall.nft"))
        machine.run(str(site.places.sbin / "midway-firewall"), "try")
        done(site, "firewall")

    yield Deed("Put up the firewall for five minutes; then it opens again unless you say midway-firewall keep", put_up)


def kernel(machine: Machine, site: Site) -> Iterator[Deed]:
    """Will have the kernel take up its settings."""
    if is_pending(site, "sysctl"):

        def take_up() -> None:
            machine.succeeds("sysctl", "-q", "-p", "/etc/sysctl.d/60-midway.conf")  # a container may forbid some
            done(site, "sysctl")

        yield Deed("Have the kernel take up its settings", take_up)
