"""People who use the product without a pause while something is done to it, and every answer they got."""

import http.client
import re
import socket
import ssl
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.deploy.grounds import HOST, RunningNginx

from midway.demo.sign_ins import DEMO_PASSWORD

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class Tally:
    """What was asked and what came of it."""

    asked: "Counter[str]" = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


class Visitor(threading.Thread):
    """One person: one session, kept over all of it, who looks, asks for fragments, and sends forms."""

    def __init__(self, nginx: RunningNginx, tally: Tally, stopping: threading.Event) -> None:
        super().__init__(daemon=True)
        self._nginx, self._tally, self._stopping = nginx, tally, stopping
        self._context = ssl.create_default_context(cafile=str(nginx.site.places.etc / "tls" / "fullchain.pem"))
        self._cookies: dict[str, str] = {}
        self._token = ""

    def run(self) -> None:
        """Will sign in to the office, then go on until told to stop."""
        self._sign_in()
        turns = (self._look, self._ask_for_a_part, self._send_a_form, self._ask_as_a_program)
        number = 0
        while not self._stopping.is_set():
            turns[number % len(turns)]()
            number += 1

    def _sign_in(self) -> None:
        self._look_for_token("/accounts/login/")
        body = f"csrfmiddlewaretoken={self._token}&login=owner%40example.com&password={DEMO_PASSWORD}"
        self._ask("sign-in", "POST", "/accounts/login/", wanted={302}, body=body)
        self._look_for_token("/office/")

    def _look_for_token(self, path: str) -> None:
        found = TOKEN.search(self._ask("page", "GET", path, wanted={200}))
        if found:
            self._token = found[1].decode()

    def _look(self) -> None:
        self._ask("page", "GET", "/office/", wanted={200})

    def _ask_for_a_part(self) -> None:
        self._ask("fragment", "GET", "/office/search?q=da", wanted={200}, headers={"HX-Request": "true"})

    def _send_a_form(self) -> None:
        # A form needs the session and its token to be good at whichever node it arrives.
        body = f"csrfmiddlewaretoken={self._token}&language=es&next=/"
        self._ask("form", "POST", "/i18n/setlang/", wanted={302}, body=body)

    def _ask_as_a_program(self) -> None:
        self._ask("program", "GET", "/api/v1/services", wanted={200})

    def _ask(
        self,
        kind: str,
        method: str,
        path: str,
        *,
        wanted: set[int],
        body: str = "",
        headers: dict[str, str] | None = None,
    ) -> bytes:
        began = time.perf_counter()
        self._tally.asked[kind] += 1
        try:
            status, told = self._exchange(method, path, body, headers or {})
        except OSError as problem:
            self._tally.failed.append(f"{kind}: {type(problem).__name__} {problem}")
            return b""
        self._tally.seconds.append(time.perf_counter() - began)
        if status not in wanted:
            self._tally.failed.append(f"{kind}: {status}")
        return told

    def _exchange(self, method: str, path: str, body: str, headers: dict[str, str]) -> tuple[int, bytes]:
        raw = socket.create_connection(("127.0.0.1", self._nginx.https_port), timeout=30)
        with self._context.wrap_socket(raw, server_hostname=HOST) as secured:
            connection = http.client.HTTPConnection(HOST)
            connection.sock = secured
            host = f"{HOST}:{self._nginx.https_port}"
            sent = {"Host": host, "Referer": f"https://{host}/", **headers}
            if self._cookies:
                sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
            if body:
                sent["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request(method, path, body=body or None, headers=sent)
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie", []):
                name, _, value = line.partition(";")[0].partition("=")
                self._cookies[name] = value
            return answer.status, answer.read()


class Crowd:
    """Several visitors at once, while the block runs."""

    def __init__(self, nginx: RunningNginx, people: int) -> None:
        self.tally = Tally()
        self._stopping = threading.Event()
        self._visitors = [Visitor(nginx, self.tally, self._stopping) for _ in range(people)]

    def __enter__(self) -> Tally:
        for visitor in self._visitors:
            visitor.start()
        return self.tally

    def __exit__(self, *problem: object) -> None:
        self._stopping.set()
        for visitor in self._visitors:
            visitor.join(timeout=60)

    def wait_for(self, requests: int) -> None:
        """Will return when so many more were asked."""
        goal = sum(self.tally.asked.values()) + requests
        deadline = time.monotonic() + 60
        while sum(self.tally.asked.values()) < goal:
            assert time.monotonic() < deadline
            time.sleep(0.01)
