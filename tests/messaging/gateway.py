"""A server here that speaks Twilio's protocol: takes, refuses, lists and says what became of messages."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from midway.runtime.clock import now

ACCOUNT, TOKEN, SENDER = "AC00000000000000000000000000000001", "a-token-for-tests", "+15005550006"


@dataclass
class GatewayServer:
    """What it was given, and how it answers."""

    port: int = 0
    refuses: dict[str, str] = field(default_factory=dict)
    """Number → "code message" as the real one words it."""
    is_away: bool = False
    dies_after_taking: bool = False
    """Takes the message and cuts the line before the answer."""
    taken: list[dict[str, str]] = field(default_factory=list)
    asked: int = 0

    @property
    def url(self) -> str:
        """As SMS_URL."""
        return f"twilio+http://{ACCOUNT}:{TOKEN}@127.0.0.1:{self.port}/{SENDER}"

    def answer(self, method: str, path: str, form: dict[str, str], key: str) -> tuple[int, Any]:
        parts = urlsplit(path)
        if key != "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode():
            return 401, {"code": 20003, "message": "Authenticate", "status": 401}
        if parts.path != f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json":
            return 404, {"code": 20404, "message": "The requested resource was not found", "status": 404}
        if self.is_away:
            return 429, {"code": 20429, "message": "Too many requests", "status": 429}
        if method == "GET":
            self.asked += 1
            to = parse_qs(parts.query)["To"][0]
            return 200, {"messages": [message for message in self.taken if message["to"] == to]}
        if form["To"] in self.refuses:
            code, _, words = self.refuses[form["To"]].partition(" ")
            return 400, {"code": int(code), "message": words, "status": 400}
        self.taken.append(
            {
                "sid": f"SM{len(self.taken):032x}",
                "to": form["To"],
                "from": form["From"],
                "body": form["Body"],
                "status": "queued",
                "callback": form.get("StatusCallback", ""),
                "date_created": format_datetime(now(), usegmt=True),
            }
        )
        return 201, self.taken[-1]


@contextmanager
def gateway_server() -> Iterator[GatewayServer]:
    """The server, running."""
    told = GatewayServer()

    class Talk(BaseHTTPRequestHandler):
        def talk(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            form = dict(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True))
            status, said = told.answer(self.command, self.path, form, self.headers["Authorization"])
            if told.dies_after_taking and status == 201:
                self.connection.shutdown(2)
                return
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = talk  # noqa: N815 - http.server's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Says nothing."""

    with serving(Talk) as port:
        told.port = port
        yield told


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """An HTTP server on this machine; gives its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
