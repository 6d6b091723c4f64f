"""HTTP peers on loopback: services that answer what a drill wants them to, and Midway itself."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server


@dataclass
class Answer:
    """What a peer answers."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


Reply = Callable[[str, str, bytes], Answer]
"""Method, path and body in, answer out."""


class Peer:
    """A server whose replies can be changed while it runs."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Will serve."""
        self._thread.start()

    def stop(self) -> None:
        """Will stop serving."""
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def replying(self, reply: Reply) -> Iterator[None]:
        """Will answer otherwise inside."""
        before, self.reply = self.reply, reply
        try:
            yield
        finally:
            self.reply = before

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                answer = peer.reply(self.command, self.path, body)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer.body)

            def __getattr__(self, name: str) -> Any:
                if name.startswith("do_"):
                    return self._answer
                raise AttributeError(name)

            def log_message(self, *args: Any) -> None:
                pass

        return Handler


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


class MidwayPeer:
    """Midway's own pages, served in threads of this process on the stage's database."""

    def __init__(self) -> None:
        from django.core.wsgi import get_wsgi_application

        self._server = make_server(
            "127.0.0.1", 0, _closing(get_wsgi_application()), server_class=_Threads, handler_class=_Quiet
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Will serve."""
        self._thread.start()

    def stop(self) -> None:
        """Will stop serving."""
        self._server.shutdown()
        self._server.server_close()


def _closing(application: Any) -> Any:
    """Each request runs in a thread that ends with it, and its connection must not stay behind."""

    def served(environ: Any, start_response: Any) -> Any:
        from django.db import connections

        try:
            return application(environ, start_response)
        finally:
            connections.close_all()

    return served
