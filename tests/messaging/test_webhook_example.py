"""The example of the documentation, executed against what is really sent."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from tests.cast import NOW
from tests.messaging.test_webhooks import Listener, deliver, happen, listener, register

pytestmark = pytest.mark.django_db
PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-it-works" / "webhooks.md"
__all__ = ["listener"]  # a fixture, shared

Check = Callable[[str, dict[str, str], bytes], bool]


@pytest.fixture
def is_from_midway() -> Check:
    """The one block of Python on the page."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    known: dict[str, Any] = {}
    exec(code, known)
    check: Check = known["is_from_midway"]
    return check


@pytest.fixture
def sent(listener: Listener) -> tuple[str, dict[str, str], bytes]:
    _endpoint, secret = register(listener.url)
    happen()
    assert deliver() == 1
    ((headers, body),) = listener.heard
    return secret, headers, body


@pytest.mark.parametrize(
    ("minutes", "is_believed"), [(0, True), (4, True), (6, False), (-6, False)], ids=["now", "soon", "late", "early"]
)
def test_it_believes_what_we_send_now(
    is_from_midway: Check, sent: tuple[str, dict[str, str], bytes], minutes: int, is_believed: bool
) -> None:
    with time_machine.travel(NOW.timestamp() + minutes * 60, tick=False):
        assert is_from_midway(*sent) is is_believed


@pytest.mark.parametrize("what", ["body", "secret", "id", "signature"])
def test_it_believes_nothing_else(is_from_midway: Check, sent: tuple[str, dict[str, str], bytes], what: str) -> None:
    secret, headers, body = sent
    if what == "body":
        body = body.replace(b"9900", b"1")
    elif what == "secret":
        secret = "whsec_" + "A" * 43 + "="
    else:
        headers = {**headers, f"webhook-{what}": "v1,AAAA"}
    with time_machine.travel(NOW, tick=False):
        assert not is_from_midway(secret, headers, body)
