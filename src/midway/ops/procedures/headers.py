"""Security headers on every kind of answer, each exactly once."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from midway.ops.http import HttpAnswer, fetch
from midway.ops.look import Look
from midway.ops.procedure import Break, Cadence, Fault, Limit, Manual, Status, procedure
from midway.ops.stage import Stage

# What each answer must say, once. The expression is what the value must hold.
WANTED = {
    "X-Content-Type-Options": r"^nosniff$",
    "X-Frame-Options": r"^(DENY|SAMEORIGIN)$",
    "Referrer-Policy": r"^(same-origin|no-referrer|strict-origin|strict-origin-when-cross-origin)$",
    "Content-Security-Policy": r"default-src|script-src",
    "Cross-Origin-Opener-Policy": r"^same-origin",
    "Permissions-Policy": r".",
}
HSTS = "Strict-Transport-Security"
KINDS = {
    "a page": "/",
    "a page that is not there": "/no-such-page-here/",
    "a redirect": "/office",
    "a refusal of the API": "/api/v1/visits/none",
    "health": "/healthz",
}
YEAR = 365 * 24 * 3600


@contextmanager
def _behind_nginx(stage: Stage) -> Iterator[None]:
    with stage.changed(nginx_url=stage.nginx.url, nginx_config=stage.nginx.config):
        yield


def _nginx_with(inside: str) -> Break:
    @contextmanager
    def configured(stage: Stage) -> Iterator[None]:
        with stage.nginx.configured(stage.nginx.plain_server(inside)):
            yield

    return configured


@contextmanager
def _hides(stage: Stage) -> Iterator[None]:
    inside = (
        f" location = /healthz {{ proxy_pass {stage.nginx.behind}; proxy_set_header Host 127.0.0.1;"
        " proxy_hide_header X-Frame-Options; }"
    )
    with stage.nginx.configured(stage.nginx.plain_server(inside)):
        yield


@procedure(
    id="web.headers",
    title="Every kind of answer carries the security headers, once",
    cadence=Cadence.MONTHLY,
    document_lines=(203, 204, 205),
    severity=Status.CRIT,
    scene=_behind_nginx,
    limits=(
        Limit("hsts", "seconds browsers remember to use TLS", "s", 15_552_000, 3600,
              "Nextcloud and HTTP Observatory: 180 days", low_is_bad=True),
    ),
    faults=(
        Fault("twice", "Nginx adds a header Midway already sends", _nginx_with(
            'add_header X-Frame-Options "SAMEORIGIN" always;'), Status.CRIT, names="twice"),
        Fault("lost", "one location loses a header", _hides, Status.CRIT, names="X-Frame-Options"),
        Fault("inherited", "a location's own header hides those of the level above", _nginx_with(
            'add_header X-Own "a" always; location /quiet/ { add_header Cache-Control "no-store"; return 204; }'),
              Status.CRIT, names="loses"),
    ),
    manual=Manual(
        why="A header that one kind of answer lacks protects nobody: the attack picks that kind.",
        read="Five kinds of answers are asked for, and each header must come exactly once with a sound value.",
        mend="Midway sends them; Nginx should add none. Where it must, include them in every location.",
        not_the_obvious="add_header in a location silently drops all headers of the level above; the document's three"
        " lines lose themselves at the first Cache-Control and double what Midway already sends.",
    ),
)  # fmt: skip
def headers(look: Look) -> None:
    """Asks, then reads the configuration for what asking cannot see."""
    base = look.around.nginx_url or look.around.inside_url
    if not base:
        look.cannot("There is no address to ask.", "Set MIDWAY_NGINX_URL, or start Midway.")
    is_tls = look.around.outside_url.startswith("https://")
    for kind, path in KINDS.items():
        answer = fetch(f"{base}{path}")
        if answer.status == 0:
            look.cannot(f"{base}{path} does not answer: {answer.problem}", "See health.inside.")
        look.count(1)
        _judge(look, kind, path, answer)
        if is_tls:
            _judge_hsts(look, kind, fetch(f"{look.around.outside_url}{path}"))
    for where, lost in lost_headers(look.around.nginx_config):
        look.alarm(Status.CRIT, f"In Nginx, {where} has its own add_header and loses {', '.join(lost)}.", subject=where)
    look.fine(f"{look.examined} kinds of answers carry {len(WANTED)} headers each, once.")


def _judge(look: Look, kind: str, path: str, answer: HttpAnswer) -> None:
    for name, wanted in WANTED.items():
        values = answer.all(name)
        if len(values) > 1:
            says = f"{kind} ({path}) carries {name} twice: {' and '.join(values)[:120]}."
            look.alarm(Status.CRIT, says, subject=name)
        elif not values:
            look.alarm(Status.CRIT, f"{kind} ({path}) has no {name}.", subject=name)
        elif not re.search(wanted, values[0]):
            look.alarm(Status.CRIT, f"{kind} ({path}) says {name}: {values[0][:80]}.", subject=name)


def _judge_hsts(look: Look, kind: str, answer: HttpAnswer) -> None:
    values = answer.all(HSTS)
    age = re.search(r"max-age=(\d+)", values[0]) if values else None
    seconds = int(age[1]) if age else 0
    look.found("hsts", seconds, f"{kind}: browsers remember to use TLS for {seconds} s.", subject=HSTS)


def lost_headers(config: Path | None) -> list[tuple[str, list[str]]]:
    """Blocks whose own add_header hides those of the blocks around them, which Nginx does without a word."""
    if config is None or not config.exists():
        return []
    import crossplane  # type: ignore[import-untyped] # it carries no types

    parsed = crossplane.parse(str(config), catch_errors=True)
    found: list[tuple[str, list[str]]] = []
    for file in parsed["config"]:
        _walk(file["parsed"], "", set(), found)
    return found


def _walk(block: list[dict[str, Any]], where: str, above: set[str], found: list[tuple[str, list[str]]]) -> None:
    own = {line["args"][0].lower() for line in block if line["directive"] == "add_header"}
    lost = sorted(above - own) if own else []
    if lost:
        found.append((where, lost))
    for line in block:
        if "block" in line:
            _walk(line["block"], f"{line['directive']} {' '.join(line['args'])}".strip(), own or above, found)
