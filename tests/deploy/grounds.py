"""A production's files in a folder of the test's own, and the real servers that read them."""

import grp
import http.client
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer
from typing import Any

import pytest

from midway.deploy.course import carry_out
from midway.deploy.deed import Stage
from midway.deploy.front import first_certificate
from midway.deploy.ground import changed_files, missing_folders
from midway.deploy.machine import Machine
from midway.deploy.secrets import known_or_new_secrets
from midway.deploy.site import Accounts, Places, Site

HOST = "clean.example.com"


def ourselves() -> Accounts:
    """Everything belongs to whoever runs the tests."""
    name, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    assert name == group or os.geteuid() == 0
    return Accounts(name, name, name, name, name, name)


def places_in(folder: Path) -> Places:
    """The places of a machine below a folder."""
    return Places(**{name: folder / name for name in Places.__dataclass_fields__})


def site_in(folder: Path, **facts: Any) -> Site:
    """A production whose places are below the folder, on free ports of loopback."""
    folder.chmod(0o755)
    http_port, https_port, inside = free_ports(3)
    said = {"http": f"127.0.0.1:{http_port}", "https": f"127.0.0.1:{https_port}", "inside_port": inside, **facts}
    return Site(host=HOST, mail="owner@example.com", places=places_in(folder), accounts=ourselves(), **said)


def lay_out(site: Site) -> int:
    """Will write folders, files and a first certificate; how many things were done."""
    machine = Machine()
    secrets = known_or_new_secrets(machine, site)
    course = [
        Stage("Folders", lambda: missing_folders(site)),
        Stage("Files", lambda: changed_files(machine, site, secrets)),
        Stage("Certificate", lambda: first_certificate(machine, site)),
    ]
    return carry_out(course, tell=lambda line: None)


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on just now."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def program(name: str) -> str:
    """Where a server is installed; the test is skipped where it is not."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"no {name} here")
    return found


@contextmanager
def nginx_with(site: Site) -> Iterator["RunningNginx"]:
    """A real Nginx that reads the site's files as they were written."""
    binary = program("nginx")
    folder = site.places.nginx
    main = folder / "nginx.conf"
    module = "load_module modules/ngx_http_brotli_static_module.so;" if site.has_brotli else ""
    account = f"user {site.accounts.nginx};" if os.geteuid() == 0 else ""  # only root's children can become another
    main.write_text(
        f"{module}\n{account}\ndaemon off; worker_processes 1; pid {folder}/nginx.pid;\n"
        f"error_log {folder}/error.log;\nevents {{ worker_connections 512; }}\nhttp {{\n"
        f" include /etc/nginx/mime.types; default_type application/octet-stream;\n"
        f" client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;\n"
        f" uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n include {folder}/conf.d/*.conf;\n}}\n"
    )
    words = [binary, "-c", str(main), "-p", str(folder), "-e", str(folder / "error.log")]
    looked = subprocess.run([*words, "-t", "-q"], capture_output=True, text=True, check=False)
    assert (looked.returncode, looked.stderr) == (0, ""), looked.stderr
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    running = RunningNginx(site, child)
    try:
        running.wait()
        yield running
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(timeout=20)


class Said:
    """An answer: status, every header line, body."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status = answer.status
        self.lines = [(name.lower(), value) for name, value in answer.getheaders()]
        self.body = answer.read()

    def all(self, name: str) -> list[str]:
        """Every value of a header: it may be there twice."""
        return [value for found, value in self.lines if found == name.lower()]

    def __getitem__(self, name: str) -> str:
        (value,) = self.all(name)
        return value


class RunningNginx:
    """Where it is and how it is asked."""

    def __init__(self, site: Site, child: "subprocess.Popen[bytes]") -> None:
        self.site = site
        self.child = child
        self.http_port = int(site.http.rpartition(":")[2])
        self.https_port = int(site.https.rpartition(":")[2])

    def wait(self) -> None:
        """Will return when it listens."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            assert self.child.poll() is None
            try:
                socket.create_connection(("127.0.0.1", self.https_port), timeout=1).close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        raise AssertionError("Nginx does not listen")

    def ask(
        self, path: str, *, method: str = "GET", body: bytes | None = None, host: str = HOST, **headers: str
    ) -> Said:
        """One request over TLS."""
        context = ssl.create_default_context(cafile=str(self.site.places.etc / "tls" / "fullchain.pem"))
        raw = socket.create_connection(("127.0.0.1", self.https_port), timeout=20)
        with context.wrap_socket(raw, server_hostname=host) as secured:
            connection = http.client.HTTPConnection(host)
            connection.sock = secured
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body=body, headers={"Host": host, **sent})
            return Said(connection.getresponse())

    def ask_plain(self, path: str, *, port: int | None = None, host: str = HOST) -> Said:
        """One request without TLS."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.http_port, timeout=20)
        try:
            connection.request("GET", path, headers={"Host": host})
            return Said(connection.getresponse())
        finally:
            connection.close()

    @property
    def access_log(self) -> Path:
        """Where it writes what it was asked."""
        return self.site.places.log / "nginx-access.log"

    def log_with(self, *answers: Said) -> str:
        """The log, once these answers stand in it: a line is written after its answer was sent."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            log = self.access_log.read_text()
            if all(answer["x-request-id"] in log for answer in answers):
                return log
            time.sleep(0.01)
        raise AssertionError(f"not in the log: {log}")


Answer = Callable[[BaseHTTPRequestHandler], None]


class StandIn:
    """A node behind a door that answers as the test says, and counts."""

    def __init__(self, site: Site, number: int, answer: Answer) -> None:
        self.door = site.places.run / f"{number}.sock"
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def handle_one(self) -> None:
                outer.asked.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
                answer(self)

            do_GET = do_POST = do_HEAD = handle_one  # noqa: N815 - named by the library

            def address_string(self) -> str:
                return "nginx"

            def log_message(self, *args: Any) -> None:
                pass

        class Server(ThreadingUnixStreamServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass

        self._server = Server(str(self.door), Handler)
        self.door.chmod(0o666)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Will be gone."""
        self._server.shutdown()
        self._server.server_close()
        self.door.unlink(missing_ok=True)


def fine(handler: BaseHTTPRequestHandler) -> None:
    """An answer as Midway gives it."""
    body = b"<!doctype html><title>Fine</title>"
    length = int(handler.headers.get("Content-Length") or 0)
    handler.rfile.read(length)
    handler.send_response(404 if handler.path == "/nowhere" else 200)
    for name, value in (
        ("Content-Type", "text/html"),
        ("Content-Length", str(len(body))),
        ("X-Request-ID", handler.headers["X-Request-ID"]),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "same-origin"),
        ("Content-Security-Policy", "default-src 'self'"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Permissions-Policy", "usb=()"),
        ("Strict-Transport-Security", "max-age=31536000"),
    ):
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    """A node that dies with the request in its hands."""
    handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)
