"""A made-up log of requests, the same every time, in the combined format or as Nginx writes it for Midway."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
PATHS = (
    ("/", 30), ("/book/home/", 20), ("/book/when/?postcode=21201&days=14", 20), ("/api/v1/availability?days=14", 25),
    ("/v/{code}/", 6), ("/my/visits/{number}/", 8), ("/office/board/", 10), ("/office/customers/{number}/", 9),
    ("/static/app.{number}.css", 12), ("/accounts/login/", 5), ("/wp-login.php", 2), ("/.env", 1), ("/favicon.ico", 4),
)  # fmt: skip
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1",
    "curl/7.88.1",
    "-",
)
STATUSES = {"/wp-login.php": 404, "/.env": 404, "/favicon.ico": 404}


def combined(count: int, *, seed: int = 1) -> Iterator[str]:
    """Lines of the combined format."""
    for at, visitor, method, path, status, _, agent in _requests(count, seed):
        stamp = at.strftime("%d/%b/%Y:%H:%M:%S +0000")
        yield f'{visitor} - - [{stamp}] "{method} {path} HTTP/1.1" {status} {len(path) * 40} "-" "{agent}"\n'


def nginx_json(count: int, *, seed: int = 1) -> Iterator[str]:
    """Lines of the format in `ops/stage/nginx.py`, which `docs/how-it-works/observability.md` asks for."""
    for at, visitor, method, path, status, seconds, agent in _requests(count, seed):
        said = {
            "at": at.isoformat(), "visitor": visitor, "method": method, "uri": path.partition("?")[0], "status": status,
            "bytes": len(path) * 40, "seconds": seconds, "upstream_seconds": f"{seconds:.3f}", "agent": agent,
            "request_id": f"{at.timestamp():.0f}",
        }  # fmt: skip
        yield json.dumps(said, separators=(",", ":")) + "\n"


def _requests(count: int, seed: int) -> Iterator[tuple[datetime, str, str, str, int, float, str]]:
    dice = random.Random(seed)
    visitors = [f"{net}.{dice.randrange(1, 255)}" for net in ("203.0.113", "198.51.100", "192.0.2") for _ in range(120)]
    visitors += [f"2001:db8::{n:x}" for n in range(40)]
    paths, weights = zip(*PATHS, strict=True)
    at = BEGIN
    for _ in range(count):
        at += timedelta(seconds=dice.randrange(1, 60))
        path = dice.choices(paths, weights)[0]
        status = STATUSES.get(path) or dice.choices((200, 302, 403, 429, 500), (90, 5, 2, 2, 1))[0]
        path = path.format(code=f"{dice.getrandbits(128):032x}", number=dice.randrange(1, 90_000))
        method = "POST" if path == "/accounts/login/" else "GET"
        seconds = round(dice.lognormvariate(-3.2, 0.9), 3)
        yield at, dice.choice(visitors), method, path, status, seconds, dice.choice(AGENTS)
