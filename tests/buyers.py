"""Buyers over HTTP: they ask for a price and times, book, and remember what they were told."""

import random
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import requests


@dataclass
class Buyer:
    """One customer's program. `acknowledged` holds the visit codes of every booking answered with 201."""

    url: str
    seed: int
    postcode: str
    acknowledged: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.pick = random.Random(self.seed)

    def quote(self, **wishes: Any) -> dict[str, Any]:
        """Will ask for a price."""
        asked = {
            "service": "regular", "bedrooms": 1, "bathrooms": 1, "extras": [], "frequency": "once",
            "postcode": self.postcode, **wishes,
        }  # fmt: skip
        answer = self.session.post(f"{self.url}/api/v1/quotes", json=asked, timeout=30)
        assert answer.status_code in {200, 201}, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def slots(self, *, first: str, days: int, minutes: int) -> list[str]:
        """Will ask for the times that are offered."""
        answer = self.session.get(
            f"{self.url}/api/v1/availability",
            params={
                "service": "regular", "from": first, "days": days, "duration_minutes": minutes,
                "postcode": self.postcode,
            },
            timeout=30,
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        return [slot["start"] for day in answer.json()["days"] for slot in day["slots"]]

    def book(self, quote: str, start: str, *, key: str | None = None, number: int | None = None) -> requests.Response:
        """Will book for somebody new, or for the somebody of that number, and remember what was acknowledged."""
        number = self.pick.randrange(10**9) if number is None else number
        answer = self.session.post(
            f"{self.url}/api/v1/bookings",
            json={
                "quote": quote,
                "start": start,
                "frequency": "once",
                "customer": {"name": f"Buyer {number}", "email": f"b{number}@example.com", "phone": "410-555-0123"},
                "property": {"line1": f"{number} Main Street", "postcode": self.postcode, "city": "Baltimore"},
                "notes": "",
            },
            headers={"Idempotency-Key": key or str(uuid4())},
            timeout=30,
        )
        self.answers.append(answer.status_code)
        if answer.status_code == 201:
            self.acknowledged.append(answer.json()["visit"]["code"])
        return answer
