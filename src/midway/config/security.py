"""The promises every answer makes to the browser, and the guard on what is let in."""

from collections.abc import Callable
from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware

from midway.config.problem import problem

# No inline script or style anywhere: what a page needs is a file of ours.
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(self), display-capture=(), geolocation=(self), gyroscope=(), magnetometer=(), "
    "microphone=(), midi=(), payment=(), usb=(), publickey-credentials-get=(self), publickey-credentials-create=(self)"
)


class OnePolicy(CSPMiddleware):
    """django-csp with the policy written once: it is the same for every answer, and building it anew twice for each
    costs 0.06 ms of the 0.2 that all middleware takes. A view that decorates its own policy still gets it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        super().__init__(get_response)
        self._policy = build_policy(config=settings.CONTENT_SECURITY_POLICY["DIRECTIVES"])

    def process_request(self, request: HttpRequest) -> None:
        """Nothing: no page of ours needs a nonce."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Will add the policy."""
        if any(name.startswith("_csp_") for name in vars(response)):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self._policy)
        return response


class PermissionsAndSize:
    """Adds Permissions-Policy and turns away what nobody needs: bodies that are too large, before they are read, and
    words with a NUL in them, which no column can hold: the database says so, and it is the visitor's mistake."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.limit: int = settings.MAX_BODY_BYTES

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > self.limit:
            response = problem(
                request,
                status=413 if length.isdecimal() else 400,
                title="Too large" if length.isdecimal() else "Bad request",
                detail=f"Send at most {self.limit} bytes.",
            )
        else:
            response = self.get_response(request)
        response.headers["Permissions-Policy"] = PERMISSIONS_POLICY
        return response

    def process_exception(self, request: HttpRequest, failure: Exception) -> HttpResponse | None:
        """Will answer 400 where a NUL was the trouble."""
        if isinstance(failure, DataError | ValueError) and "NUL (0x00)" in str(failure):
            return problem(request, status=400, title="Bad request", detail="A word cannot hold a NUL.")
        return None


class CompressPages(GZipMiddleware):
    """Compresses HTML. Django pads each answer by a random length and masks CSRF tokens anew, so that lengths tell
    nothing about secrets in them (BREACH). JSON is left alone: small answers, and the busiest paths."""

    def process_response(self, request: Any, response: Any) -> Any:
        """Will compress a page when the browser accepts it."""
        if response.get("Content-Type", "").startswith("text/html"):
            return super().process_response(request, response)
        return response
