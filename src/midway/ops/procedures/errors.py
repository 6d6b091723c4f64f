"""The error collector: new and returned problems, and whether a report arrives at all. Any server that speaks
Sentry's API."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from midway.ops.http import fetch
from midway.ops.look import Look
from midway.ops.needs import setting
from midway.ops.procedure import Break, Cadence, Fault, Limit, Manual, Status, procedure
from midway.ops.stage import Stage
from midway.ops.stage.peers import Answer

API = setting("sentry_api", "SENTRY_API_URL", "there is no error collector to review")
TOKEN = setting("sentry_token", "SENTRY_API_TOKEN", "its issues may not be read")
DSN = setting("sentry_dsn", "SENTRY_DSN", "errors are reported to nobody")


class Collector:
    """A server that keeps events and lists issues, and can be made to misbehave."""

    def __init__(self) -> None:
        self.issues: list[dict[str, Any]] = [_issue("1", "Known one", days=40, count=6)]
        self.events: set[str] = set()
        self.drops, self.status = False, 200

    def __call__(self, method: str, path: str, body: bytes) -> Answer:
        if self.status != 200:
            return Answer(self.status, b"{}")
        if method == "POST":
            if not self.drops:
                self.events.add(json.loads(body.splitlines()[0])["event_id"])
            return Answer(200, b"{}")
        event = path.rstrip("/").rpartition("/events/")[2]
        if "/events/" in path:
            return Answer(200 if event in self.events else 404, b"{}")
        return Answer(200, json.dumps(self.issues).encode())


def _issue(code: str, title: str, *, days: float, count: int, **facts: Any) -> dict[str, Any]:
    """As the API tells of one: `count` is of all its life, and the hours of the last day stand in `stats`."""
    now = datetime.now(tz=UTC)
    told = {"id": code, "title": title, "firstSeen": (now - timedelta(days=days)).isoformat(), "isUnhandled": True}
    hours = [[int(now.timestamp()) - 7200, 1], [int(now.timestamp()) - 3600, count - 1]]
    return {**told, "count": str(count + (5000 if days > 1 else 0)), "stats": {"24h": hours}, **facts}


@contextmanager
def _collector(stage: Stage) -> Iterator[None]:
    collector = Collector()
    with stage.peer(collector) as peer:
        stage.parts["collector"] = collector
        dsn = peer.url.replace("http://", "http://key@") + "/1"
        with stage.changed(sentry_api=f"{peer.url}/api/0/projects/a/b", sentry_token="drill", sentry_dsn=dsn):  # noqa: S106
            yield


def _has(**changes: Any) -> Break:
    @contextmanager
    def misbehaves(stage: Stage) -> Iterator[None]:
        collector = stage.parts["collector"]
        before = {name: getattr(collector, name) for name in changes}
        for name, value in changes.items():
            setattr(collector, name, [*collector.issues, value] if name == "issues" else value)
        yield
        for name, value in before.items():
            setattr(collector, name, value)

    return misbehaves


@procedure(
    id="errors.issues",
    title="No new or returned problem in the error collector",
    cadence=Cadence.DAILY,
    document_lines=(33,),
    needs=(API, TOKEN),
    scene=_collector,
    retries=1,
    limits=(Limit("more", "times the usual events of a problem", "×", 3, 10, "Sentry's spike alerts; from 20 on"),),
    faults=(
        Fault("new", "a problem nobody has seen before", _has(issues=_issue("2", "KeyError in quote", days=0, count=3)),
              Status.WARN, names="KeyError in quote"),
        Fault("returned", "a problem that was mended is back", _has(issues=_issue("3", "Slot gone", days=90, count=2,
              substatus="regressed")), Status.WARN, names="is back"),
        Fault("spike", "a known one comes two hundred times", _has(issues=_issue("1", "Known one", days=40, count=200)),
              Status.CRIT, names="Known one"),
        Fault("refused", "the token is refused", _has(status=401), Status.UNKNOWN, names="401"),
        Fault("quota", "the quota is used up", _has(status=429), Status.UNKNOWN, names="429"),
    ),
    manual=Manual(
        why="An unhandled error is somebody who did not get what they came for.",
        read="Unresolved problems of the last day: new ones, returned ones, and those that come much more often than"
        " on the days before.",
        mend="Open the problem; give it to somebody; resolve it in the release that mends it.",
        not_the_obvious="The number beside a problem counts all its life: an old one may come a hundred times as often"
        " today and the number hardly moves.",
    ),
)  # fmt: skip
def issues(look: Look) -> None:
    """Asks for the unresolved ones of the last day."""
    address = f"{look.around.sentry_api}/issues/?query=is:unresolved&statsPeriod=24h"
    answer = fetch(address, headers={"Authorization": f"Bearer {look.around.sentry_token}"})
    found = answer.json()
    if answer.status != 200 or not isinstance(found, list):
        told = answer.problem or f"status {answer.status}"
        look.cannot(
            f"The error collector does not let us read ({told}).", "Check SENTRY_API_URL and the token's rights."
        )
    look.count(len(found) + 1)
    look.note(issues=[one.get("title", "") for one in found])
    day_ago = look.now - timedelta(days=1)
    totals, first_days = look.known.memory.get("totals", {}), look.known.memory.get("days", {})
    days = {}
    for one in found:
        code, title = str(one.get("id")), str(one.get("title"))[:120]
        is_new = datetime.fromisoformat(one["firstSeen"]) > day_ago
        count = _of_a_day(one, 0.0 if is_new else totals.get(code))
        if one.get("substatus") == "regressed":
            look.alarm(Status.WARN, f"{title} is back, {count or 0:.0f} times.", subject=code)
        elif is_new:
            look.alarm(Status.WARN, f"New problem, {count or 0:.0f} times: {title}.", subject=code)
        if count is None:
            continue
        usual = look.usual("errors.issue", days=7, subject=code) or first_days.get(code)
        look.keep("errors.issue", count, subject=code)
        days[code] = first_days.get(code, count)
        if usual and count >= 20:
            says = f"{title}: {count:.0f} times instead of {usual:.0f}."
            look.found("more", count / max(usual, 1), says, subject=code)
    look.remember({"totals": {str(one.get("id")): _total(one) for one in found}, "days": days})
    look.fine(f"{len(found)} unresolved problems, none new, none back.")


def _total(issue: dict[str, Any]) -> float:
    return float(issue.get("count") or 0)


def _of_a_day(issue: dict[str, Any], total_before: float | None) -> float | None:
    """Its events of the last day; where the API tells no hours, those since the last look, if there was one."""
    hours = (issue.get("stats") or {}).get("24h") or []
    if hours:
        return float(sum(count for _, count in hours))
    return None if total_before is None else max(_total(issue) - total_before, 0.0)


@procedure(
    id="errors.marker",
    title="An error report arrives",
    cadence=Cadence.DAILY,
    document_lines=(33,),
    needs=(DSN, API, TOKEN),
    scene=_collector,
    time_limit_seconds=60,
    faults=(
        Fault("dropped", "reports are taken and thrown away", _has(drops=True), Status.UNKNOWN, names="did not arrive"),
        Fault("quota", "reports are refused", _has(status=429), Status.UNKNOWN, names="429"),
    ),
    manual=Manual(
        why="No errors for weeks is either very good or a broken line.",
        read="A marker is sent the way the product sends errors, and asked for again.",
        mend="Check SENTRY_DSN, the quota, and whether the collector's own workers run.",
    ),
)
def marker(look: Look) -> None:
    """Sends one event of level info and waits until it can be read."""
    parts = re.fullmatch(r"(https?)://([^@:]+)(?::[^@]*)?@([^/]+)/(?:(.*)/)?(\d+)", look.around.sentry_dsn)
    if parts is None:
        look.cannot("SENTRY_DSN is not an address of the kind https://key@host/number.")
    scheme, key, host, prefix, project = parts.groups()
    event = uuid4().hex
    payload = {"event_id": event, "message": "Midway looks whether reports arrive", "level": "info",
               "logger": "midway.upkeep", "platform": "python", "timestamp": look.now.isoformat()}  # fmt: skip
    body = b"\n".join(json.dumps(part).encode() for part in ({"event_id": event}, {"type": "event"}, payload))
    base = f"{scheme}://{host}/{f'{prefix}/' if prefix else ''}api/{project}/envelope/"
    sent = fetch(
        base, method="POST", body=body, headers={"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={key}"}
    )
    if sent.status not in {200, 201, 202}:
        look.cannot(f"The report was refused ({sent.problem or f'status {sent.status}'}).")
    deadline = time.monotonic() + look.around.patience_seconds
    headers = {"Authorization": f"Bearer {look.around.sentry_token}"}
    while time.monotonic() < deadline:
        if fetch(f"{look.around.sentry_api}/events/{event}/", headers=headers).status == 200:
            look.count(1)
            look.fine("A report was sent and arrived.")
            return
        time.sleep(min(1.0, look.around.patience_seconds / 5))
    look.cannot(f"The report {event[:8]} was taken and did not arrive.", "Look at the collector's queue and quota.")


SEGMENT = setting("segment_write_key", "SEGMENT_WRITE_KEY", "no product events are sent")


_SENT, _TAKEN = "midway_product_events_sent_total", "midway_product_events_taken_total"


class Tracker:
    """A server that takes product events, or does not."""

    def __init__(self) -> None:
        self.share, self.status = 1.0, 200
        self.sent = self.taken = 0.0

    def __call__(self, method: str, path: str, body: bytes) -> Answer:
        if path == "/metrics":
            self.sent, self.taken = self.sent + 50, self.taken + 50 * self.share
            return Answer(200, f"{_SENT} {self.sent}\n{_TAKEN} {self.taken}\n".encode())
        return Answer(self.status, b'{"success": true}' if self.status == 200 else b"{}")


@contextmanager
def _tracker(stage: Stage) -> Iterator[None]:
    tracker = Tracker()
    with stage.peer(tracker) as peer:
        stage.parts["collector"] = tracker
        with stage.changed(segment_host=peer.url, segment_write_key="drill", inside_url=peer.url):
            yield


@procedure(
    id="analytics.delivery",
    title="Product events are taken",
    cadence=Cadence.MONTHLY,
    document_lines=(65,),
    needs=(SEGMENT,),
    scene=_tracker,
    limits=(
        Limit(
            "taken",
            "of the events are taken",
            "%",
            98,
            90,
            "Segment's delivery overview",
            low_is_bad=True,
            least_sample=20,
        ),
    ),
    faults=(
        Fault("refused", "the key is refused", _has(status=401), Status.CRIT, names="%"),
        Fault("lost", "one in five of the product's own events was not taken", _has(share=0.8), Status.CRIT, "since"),
        Fault("broken", "the service answers 503", _has(status=503), Status.CRIT, names="%"),
    ),
    manual=Manual(
        why="Decisions are made on numbers that may have stopped arriving.",
        read="Ten test events without any person in them, and how many the service takes; and of the product's own"
        " events since the last look, from /metrics, how many were.",
        mend="Check SEGMENT_WRITE_KEY and SEGMENT_HOST.",
        not_the_obvious="The library sends in the background and says nothing when nobody takes it.",
    ),
)
def delivery(look: Look) -> None:
    """Sends events of nobody's, as the product sends them."""
    from base64 import b64encode

    key = b64encode(f"{look.around.segment_write_key}:".encode()).decode()
    taken = 0
    for number in range(10):
        event = {"anonymousId": "midway-upkeep", "event": "Upkeep looked", "properties": {"number": number},
                 "messageId": uuid4().hex, "timestamp": look.now.isoformat()}  # fmt: skip
        host = look.around.segment_host or "https://api.segment.io"
        answer = fetch(
            f"{host}/v1/track", method="POST", body=json.dumps(event).encode(),
            headers={"Authorization": f"Basic {key}", "Content-Type": "application/json"},
        )  # fmt: skip
        taken += answer.status == 200
    look.count(10)
    look.found("taken", 10.0 * taken, f"{taken * 10} % of ten test events were taken.")
    _own_events(look)


def _own_events(look: Look) -> None:
    """The product's counters, against those of the last look."""
    told = fetch(f"{look.around.inside_url}/metrics").body.decode(errors="replace") if look.around.inside_url else ""
    counters = dict(line.rsplit(" ", 1) for line in told.splitlines() if line.startswith((_SENT, _TAKEN)))
    if len(counters) < 2:
        look.note(own_events="not counted here")
        return
    sent, taken = float(counters[_SENT]), float(counters[_TAKEN])
    before = look.known.memory
    look.remember({"sent": sent, "taken": taken})
    new = sent - float(before.get("sent", sent))
    if new < look.limit("taken").least_sample:
        return
    look.count(int(new))
    share = 100 * (taken - float(before["taken"])) / new
    look.found("taken", share, f"{share:.0f} % of {new:.0f} events of the product since the last look were taken.",
               subject="own")  # fmt: skip
