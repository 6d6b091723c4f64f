"""A collector on loopback that speaks Segment's batch API, and can be told to misbehave."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class StandInCollector:
    """What it was given, and what it answers: one status for each request, the last one for all that follow."""

    def __init__(self) -> None:
        self.statuses = [200]
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = gzip.decompress(self.rfile.read(int(self.headers["Content-Length"])))
                outer.requests.append((self.path, dict(self.headers), json.loads(body)))
                status = outer.statuses.pop(0) if len(outer.statuses) > 1 else outer.statuses[0]
                told = b'{"success": true}' if status == 200 else b'{"code": "no", "message": "no"}'
                self.send_response(status)
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every event it was given, also twice."""
        return [event for _, _, body in self.requests for event in body["batch"]]

    def close(self) -> None:
        """Will be gone."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def collecting() -> Iterator[StandInCollector]:
    """A collector that is gone afterwards."""
    collector = StandInCollector()
    try:
        yield collector
    finally:
        collector.close()
