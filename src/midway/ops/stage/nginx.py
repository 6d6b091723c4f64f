"""The stage's Nginx, configured as in production: JSON log, everything passed on."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from midway.runtime import process
from midway.runtime.problem import CannotRun

LOG_FORMAT = (
    'log_format midway escape=json \'{"at":"$time_iso8601","visitor":"$remote_addr","method":"$request_method",'
    '"uri":"$uri","status":$status,"bytes":$body_bytes_sent,"seconds":$request_time,'
    '"upstream_seconds":"$upstream_response_time","agent":"$http_user_agent","request_id":"$request_id"}\';'
)


class StageNginx:
    """One server on loopback. `servers` is what stands inside `http {}` besides the log."""

    def __init__(self, folder: Path, output: IO[bytes], *, behind: str) -> None:
        self.folder = folder / "nginx"
        self.folder.mkdir(mode=0o755, exist_ok=True)
        self.port, self.tls_port = _free_port(), _free_port()
        self.behind = behind
        self.access_log = self.folder / "access.log"
        self.config = self.folder / "nginx.conf"
        self._output = output
        self._child: subprocess.Popen[bytes] | None = None
        self.locations = ""

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The number of its first process."""
        assert self._child is not None
        return self._child.pid

    def start(self) -> None:
        """Will start and listen."""
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if program is None:
            raise CannotRun("The drill needs nginx: install it")
        self.write()
        self._child = process.start(
            [program, "-c", self.config, "-p", self.folder, "-e", self.folder / "error.log"],
            env={"PATH": "/usr/sbin:/usr/bin:/bin"},
            output=self._output,
            dies_with_us=signal.SIGTERM,
        )
        deadline = time.monotonic() + 10
        while not self._listens():
            if self._child.poll() is not None or time.monotonic() > deadline:
                raise CannotRun("The stage's Nginx did not start")
            time.sleep(0.01)

    def stop(self) -> None:
        """Will stop it."""
        if self._child is not None:
            process.stop(self._child, (signal.SIGTERM, 5))
            self._child = None

    def reload(self) -> None:
        """Will have it read its configuration and its certificates anew, and wait until it has."""
        assert self._child is not None
        before = self._workers()
        self._child.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 5
        while self._workers() & before and time.monotonic() < deadline:
            time.sleep(0.02)

    @contextmanager
    def configured(self, servers: str) -> Iterator[None]:
        """Will have other servers inside, and those of before again."""
        before = self.config.read_text()
        self.write(servers)
        self.reload()
        try:
            yield
        finally:
            self.config.write_text(before)
            self.reload()

    def write(self, servers: str = "") -> None:
        """Will write the configuration, without telling Nginx."""
        servers = servers or self.plain_server()
        self.config.write_text(
            f"daemon off; worker_processes 1; pid {self.folder}/nginx.pid;\n"
            f"error_log {self.folder}/error.log;\nevents {{ worker_connections 64; }}\n"
            f"http {{\n {LOG_FORMAT}\n access_log {self.access_log} midway;\n"
            f" client_body_temp_path {self.folder}/body; proxy_temp_path {self.folder}/proxy;\n"
            f" fastcgi_temp_path {self.folder}/f; uwsgi_temp_path {self.folder}/u; scgi_temp_path {self.folder}/s;\n"
            f"{servers}\n}}\n"
        )

    def plain_server(self, inside: str = "") -> str:
        """A server that passes everything on, with what else is to stand in it."""
        return (
            f" server {{ listen 127.0.0.1:{self.port};\n{inside}\n"
            f"  location / {{ proxy_pass {self.behind}; proxy_set_header Host 127.0.0.1; }} }}"
        )

    def tls_server(self, certificates: Path, inside: str = "") -> str:
        """A server that shows `leaf.pem` of this folder and passes everything on."""
        return (
            f" server {{ listen 127.0.0.1:{self.tls_port} ssl; server_name localhost;"
            f" ssl_certificate {certificates}/leaf.pem; ssl_certificate_key {certificates}/leaf.key;\n{inside}\n"
            f"  location / {{ proxy_pass {self.behind}; proxy_set_header Host 127.0.0.1; }} }}\n"
        )

    def _listens(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=0.5):
                return True
        except OSError:
            return False

    def _workers(self) -> set[int]:
        import psutil  # type: ignore[import-untyped] # it carries no types

        assert self._child is not None
        return {child.pid for child in psutil.Process(self._child.pid).children()}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
