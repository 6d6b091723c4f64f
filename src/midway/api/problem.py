"""What went wrong, said to programs: RFC 9457 problem documents, and the JSON of every other answer."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.http import HttpResponse

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"
DOCS = "/api/v1/docs"

TITLES: Mapping[int, str] = {
    400: "Not readable",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    415: "Not JSON",
    422: "Not valid",
    429: "Too many requests",
    500: "Our mistake",
    503: "Not ready",
}
# Kinds of problem a program may want to tell apart: their addresses are places on the page of the contract.
KINDS: Mapping[str, str] = {
    "slot-taken": "That time has just been taken",
    "quote-expired": "The price has expired",
    "quote-booked": "The quote has been booked",
    "coupon-refused": "A code of the quote counts no more",
    "key-reused": "The Idempotency-Key belongs to another request",
    "visit-not-changeable": "The visit can no longer be changed",
    "change-too-late": "It is too late to change the visit",
}


class Problem(Exception):
    """An answer that is a refusal. Raised anywhere below a route, it becomes the response."""

    def __init__(
        self,
        status: int,
        detail: str = "",
        *,
        kind: str = "",
        errors: Iterable[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.kind = kind
        self.errors = [{"field": field, "message": message} for field, message in errors]
        self.headers = dict(headers or {})
        self.members = members

    def as_bytes(self) -> bytes:
        """The document."""
        return orjson.dumps(
            {
                "type": f"{DOCS}#{self.kind}" if self.kind else "about:blank",
                "title": KINDS[self.kind] if self.kind else TITLES.get(self.status, "Problem"),
                "status": self.status,
                "detail": self.detail,
                "errors": self.errors,
                **self.members,
            }
        )

    def as_response(self) -> HttpResponse:
        """The whole answer."""
        response = HttpResponse(self.as_bytes(), status=self.status, content_type=PROBLEM_JSON)
        for name, value in self.headers.items():
            response.headers[name] = value
        return response


def invalid(field: str, message: object) -> Problem:
    """One answer that does not fit."""
    return Problem(422, "Some of what you sent does not fit; see errors.", errors=[(field, str(message))])


def invalid_fields(errors: Iterable[Mapping[str, Any]]) -> Problem:
    """What pydantic found, with each field as the sender knows it: `customer.email`, `extras.0`."""
    found = [(_path(error["loc"]), _sentence(error)) for error in errors]
    return Problem(422, "Some of what you sent does not fit; see errors.", errors=found)


def json_answer(body: Any, status: int = 200) -> HttpResponse:
    """JSON as it is: what we wrote ourselves is not validated again."""
    return HttpResponse(orjson.dumps(body), status=status, content_type=JSON)


def _path(location: Iterable[str | int]) -> str:
    parts = [str(part) for part in location]
    if parts and parts[0] in {"body", "query", "path", "header"}:
        parts = parts[2:] if parts[0] == "body" and len(parts) > 1 else parts[1:]
    return ".".join(parts) or "body"


def _sentence(error: Mapping[str, Any]) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    return message[:1].upper() + message[1:]
