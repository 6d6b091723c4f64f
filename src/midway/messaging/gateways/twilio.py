"""Text messages by Twilio's protocol (API 2010-04-01), which many gateways speak.

https://www.twilio.com/docs/messaging/api/message-resource and …/docs/usage/security#validating-requests
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from midway.messaging.gateways.sms import Accepted, SmsRefused, SmsUnavailable
from midway.runtime.outgoing import Answer, CallFailed, call

# What a wrong account, a suspended one or too many requests answer: somebody mends it, or it passes.
MENDABLE_CODES = frozenset({20003, 20005, 20404, 20429, 21606, 21212, 30001, 30002, 63038})
SECONDS = 15.0


@dataclass(frozen=True)
class TwilioGateway:
    """One account and the number (or messaging service) it sends from."""

    account: str
    token: str
    sender: str
    base: str = "https://api.twilio.com"

    def send(self, *, to: str, text: str, status_url: str) -> Accepted:
        """Will hand over one text message. Raises `SmsRefused` or `SmsUnavailable`."""
        by = "MessagingServiceSid" if self.sender.startswith("MG") else "From"
        form = {"To": to, by: self.sender, "Body": text}
        if status_url:
            form["StatusCallback"] = status_url
        answer = self._ask("POST", self._messages, urlencode(form).encode())
        if answer.status in {200, 201}:
            return Accepted(str(_json(answer)["sid"]))
        problem = _json(answer)
        words = f"{problem.get('code') or answer.status} {problem.get('message', '')}".strip()
        if answer.status == 400 and problem.get("code") not in MENDABLE_CODES:
            raise SmsRefused(words)
        raise SmsUnavailable(words)

    def find(self, *, to: str, text: str, since: datetime) -> Accepted | None:
        """The text message with these words handed over since then. Raises `SmsUnavailable`."""
        # The list is asked by day; a clock may differ from ours by seconds.
        query = urlencode({"To": to, "DateSent>": f"{since - timedelta(days=1):%Y-%m-%d}", "PageSize": "100"})
        answer = self._ask("GET", f"{self._messages}?{query}", None)
        if answer.status != 200:
            raise SmsUnavailable(f"{answer.status} on asking what was sent")
        for sent in _json(answer).get("messages", []):
            made = parsedate_to_datetime(sent["date_created"])
            if sent["body"] == text and sent["to"] == to and made >= since - timedelta(minutes=1):
                return Accepted(str(sent["sid"]))
        return None

    @property
    def _messages(self) -> str:
        return f"{self.base}/2010-04-01/Accounts/{quote(self.account)}/Messages.json"

    def _ask(self, method: str, url: str, body: bytes | None) -> Answer:
        key = base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        headers = {"Authorization": f"Basic {key}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            return call(method, url, body=body, headers=headers, seconds=SECONDS, may_be_private=True)
        except CallFailed as problem:
            raise SmsUnavailable(str(problem)) from problem


def signature(*, token: str, url: str, form: Mapping[str, str]) -> str:
    """How Twilio signs a request to us: the address and the sorted fields, HMAC-SHA1 with the account's token."""
    text = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _json(answer: Answer) -> dict[str, Any]:
    try:
        found = orjson.loads(answer.body)
    except orjson.JSONDecodeError as problem:
        raise SmsUnavailable(f"{answer.status} without JSON") from problem
    return found if isinstance(found, dict) else {}
