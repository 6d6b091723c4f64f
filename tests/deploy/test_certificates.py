"""A certificate from a real authority (pebble) by certbot, through our Nginx, placed by our hook; then its renewal."""

import json
import os
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from tests.deploy.grounds import HOST, RunningNginx, free_ports, lay_out, nginx_with, program, site_in

from midway.deploy.site import Site


@contextmanager
def running(*words: str, port: int, cwd: Path, **env: str) -> Iterator[None]:
    """A server that listens, stopped afterwards."""
    with (cwd / f"{Path(words[0]).name}.log").open("wb") as log:
        child = subprocess.Popen(words, cwd=cwd, stdout=log, stderr=log, env={**os.environ, **env})
    deadline = time.monotonic() + 30
    try:
        while True:
            assert child.poll() is None
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield
    finally:
        child.terminate()
        child.wait(timeout=20)


@contextmanager
def authority(folder: Path, site: Site) -> Iterator[tuple[str, Path]]:
    """Pebble's directory and the certificate by which it is known. It looks for our host on loopback."""
    acme, manage, dns = free_ports(3)
    pem = folder / "pebble.pem"
    subprocess.run(
        [
            program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout", str(folder / "pebble.key"), "-out", str(pem),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    config = {
        "listenAddress": f"127.0.0.1:{acme}", "managementListenAddress": f"127.0.0.1:{manage}",
        "certificate": str(pem), "privateKey": str(folder / "pebble.key"),
        "httpPort": int(site.http.rpartition(":")[2]), "tlsPort": int(site.https.rpartition(":")[2]),
        "ocspResponderURL": "", "externalAccountBindingRequired": False,
    }  # fmt: skip
    (folder / "pebble.json").write_text(json.dumps({"pebble": config}))
    with ExitStack() as stack:
        address = ("-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-dns01", f"127.0.0.1:{dns}")
        names = [program("pebble-challtestsrv"), *address]
        off = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-management", f"127.0.0.1:{free_ports(1)[0]}"]
        stack.enter_context(running(*names, *off, port=dns, cwd=folder))
        words = [program("pebble"), "-config", str(folder / "pebble.json"), "-dnsserver", f"127.0.0.1:{dns}"]
        stack.enter_context(running(*words, port=acme, cwd=folder, PEBBLE_VA_NOSLEEP="1", PEBBLE_WFE_NONCEREJECT="0"))
        yield f"https://localhost:{acme}/dir", pem


def serial(nginx: RunningNginx) -> int:
    """Of the certificate that is served, not of a file."""
    from cryptography import x509

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", nginx.https_port), timeout=5) as raw,
        context.wrap_socket(raw, server_hostname=HOST) as secured,
    ):
        found = secured.getpeercert(binary_form=True)
    assert found is not None
    return x509.load_der_x509_certificate(found).serial_number


@pytest.mark.slow
def test_a_certificate_is_issued_served_and_renewed(tmp_path: Path) -> None:
    program("certbot")
    site = site_in(tmp_path, reload_nginx=f"kill -HUP $(cat {tmp_path}/nginx/nginx.pid)")
    lay_out(site)
    hook = site.places.etc.parent / "letsencrypt" / "renewal-hooks" / "deploy" / "midway"
    hook.write_text(hook.read_text().replace("nginx -t -q", f"nginx -t -q -c {site.places.nginx}/nginx.conf"))
    folders = [
        word for kind in ("config", "work", "logs") for word in (f"--{kind}-dir", str(tmp_path / f"certbot-{kind}"))
    ]
    with nginx_with(site) as nginx, authority(tmp_path, site) as (directory, pem):

        def certbot(*words: str) -> None:
            command = ["certbot", *words, *folders, "--server", directory, "-n", "--deploy-hook", str(hook)]
            env = {**os.environ, "REQUESTS_CA_BUNDLE": str(pem)}
            done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=120)
            assert done.returncode == 0, done.stdout + done.stderr

        own = serial(nginx)
        certbot(
            "certonly", "--webroot", "-w", str(site.places.acme), "-d", HOST, "-m", "owner@example.com", "--agree-tos"
        )
        issued = changed(nginx, own)
        certbot("renew", "--force-renewal", "--no-random-sleep-on-renew")
        renewed = changed(nginx, issued)
    assert len({own, issued, renewed}) == 3


def changed(nginx: RunningNginx, before: int) -> int:
    """What is served once it is another; a reload takes a moment."""
    deadline = time.monotonic() + 15
    while (found := serial(nginx)) == before:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found
