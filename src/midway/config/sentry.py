"""Error reports to Sentry or a server that speaks its language: where and what kind, never about whom."""

import re
from typing import TYPE_CHECKING, Any

import structlog

import midway

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
PHONE = re.compile(r"\+?\(?\d[\d\s().-]{7,}\d")
# PostgreSQL quotes the values of a refused row after these words.
QUOTED_ROW = re.compile(r"(DETAIL|CONTEXT|Failing row contains|Key \([^)]*\)=).*", re.DOTALL)
SECRET = re.compile(r"midway_[\w-]{20,}")
KEPT_REQUEST_HEADERS = frozenset({"accept", "content-type", "content-length", "user-agent", "hx-request"})


def scrub_text(text: str) -> str:
    """The text without e-mail addresses, telephone numbers, tokens and quoted rows."""
    text = QUOTED_ROW.sub(r"\1 [left out]", text)
    text = SECRET.sub("[token]", text)
    return PHONE.sub("[number]", EMAIL.sub("[e-mail]", text))


def scrub(event: "Event", hint: "Hint") -> "Event":
    """Will take out of a report everything that says about whom it is."""
    request: dict[str, Any] = event.get("request") or {}
    if request:
        headers = request.get("headers") or {}
        event["request"] = {
            "method": request.get("method", ""),
            "headers": {name: value for name, value in headers.items() if name.lower() in KEPT_REQUEST_HEADERS},
        }
    user = event.get("user") or {}
    event["user"] = {"id": user["id"]} if user.get("id") else {}
    event["extra"] = {}
    event["breadcrumbs"] = {"values": []}
    event.pop("logentry", None) if event.get("exception") else _scrub_entry(event)
    for failure in (event.get("exception") or {}).get("values", []):
        failure["value"] = scrub_text(str(failure.get("value") or ""))
        for frame in (failure.get("stacktrace") or {}).get("frames", []):
            frame.pop("vars", None)
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    if request_id:
        event.setdefault("tags", {})["request_id"] = request_id
    return event


def _scrub_entry(event: "Event") -> None:
    entry = event.get("logentry")
    if entry:
        # The message without its arguments: they are where names and addresses are.
        event["logentry"] = {"message": scrub_text(str(entry.get("message", "")))}
    if event.get("message"):
        event["message"] = scrub_text(str(event["message"]))


def set_up_sentry(dsn: str, *, release: str = "") -> None:
    """Will report errors to this address; without one the library is not even loaded."""
    if not dsn:
        return
    import sentry_sdk
    from sentry_sdk.integrations.django import DjangoIntegration

    sentry_sdk.init(
        dsn=dsn,
        release=release or f"midway@{midway.__version__}",
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        traces_sample_rate=0.0,
        send_client_reports=False,
        auto_session_tracking=False,
        integrations=[DjangoIntegration(middleware_spans=False, signals_spans=False)],
        before_send=scrub,
    )
