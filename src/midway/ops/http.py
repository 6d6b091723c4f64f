"""Asking an HTTP service, with a time limit, without following it elsewhere."""

import json
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class HttpAnswer:
    """What came back and how long it took. Status 0: nobody answered, and `problem` says why."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]
    seconds: float
    problem: str = ""

    def json(self) -> Any:
        """The body as JSON; nothing when it is not."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def all(self, name: str) -> list[str]:
        """Every value of a header: there may be several, and that is often the mistake."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


_opener = urllib.request.build_opener(_Stay)


def _opener_trusting(authority: Path | None) -> urllib.request.OpenerDirector:
    if authority is None:
        return _opener
    context = ssl.create_default_context(cafile=str(authority))
    return urllib.request.build_opener(_Stay, urllib.request.HTTPSHandler(context=context))


def fetch(
    url: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    seconds: float = 5,
    authority: Path | None = None,
) -> HttpAnswer:
    """Will ask once. Never raises for what the other side does. `authority` is who signs the certificates it trusts."""
    began = time.monotonic()
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})  # noqa: S310 - checked
    try:
        with _opener_trusting(authority).open(request, timeout=seconds) as answer:
            return HttpAnswer(answer.status, answer.read(), tuple(answer.headers.items()), time.monotonic() - began)
    except urllib.error.HTTPError as problem:
        with problem:
            return HttpAnswer(problem.code, problem.read(), tuple(problem.headers.items()), time.monotonic() - began)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "reason", problem)
        return HttpAnswer(0, b"", (), time.monotonic() - began, f"{type(problem).__name__}: {reason}")
