"""Says to everybody that Midway is closed for a moment, before anything asks the database."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from midway.runtime.maintenance import maintenance_file

_RETRY_SECONDS = "30"
_ALWAYS = {"/healthz"}
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Back in a moment</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head><body><main>
<h1>We are back in a moment</h1>
<p>Midway is being looked after. Nothing you have booked is lost. Please try again in a few minutes.</p>
<p lang="es">Volvemos enseguida. Nada de lo que ha reservado se ha perdido. Inténtelo de nuevo en unos minutos.</p>
</main></body></html>
"""
_PROBLEM = (
    '{"type":"about:blank","title":"Closed for maintenance","status":503,'
    '"detail":"Midway is being looked after. Nothing is lost. Try again in a few minutes."}'
)

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Doorkeeper:
    """In front of the application: while the sign hangs, a 503 that says when to come again."""

    def __init__(self, application: Application, data: Path) -> None:
        self._application = application
        self._sign = str(maintenance_file(data))

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path in _ALWAYS or not os.path.exists(self._sign):
            return self._application(environ, start_response)
        is_program = path.startswith(("/api/", "/readyz", "/metrics"))
        body = (_PROBLEM if is_program else _PAGE).encode()
        start_response(
            "503 Service Unavailable",
            [
                ("Content-Type", "application/problem+json" if is_program else "text/html; charset=utf-8"),
                ("Content-Length", str(len(body))),
                ("Retry-After", _RETRY_SECONDS),
                ("Cache-Control", "no-store"),
                ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
                ("X-Content-Type-Options", "nosniff"),
                ("X-Frame-Options", "DENY"),
                ("Referrer-Policy", "same-origin"),
            ],
        )
        return [body]
