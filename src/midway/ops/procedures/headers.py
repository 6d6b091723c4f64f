"""Security headers on every kind of answer, each exactly once."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

from midway.ops.http import HttpAnswer, fetch
from midway.ops.look import Look
from midway.ops.nginx_config import Directives, read_config
from midway.ops.procedure import Break, Cadence, Fault, Limit, Manual, Status, procedure
from midway.ops.stage import Stage
from midway.ops.stage.certificates import make_authority

# What each answer must say, once. The expression is what the value must hold.
WANTED = {
    "X-Content-Type-Options": r"^nosniff$",
    "X-Frame-Options": r"^(DENY|SAMEORIGIN)$",
    "Referrer-Policy": r"^(same-origin|no-referrer|strict-origin|strict-origin-when-cross-origin)$",
    "Content-Security-Policy": r"default-src|script-src",
    "Cross-Origin-Opener-Policy": r"^same-origin",
    "Permissions-Policy": r".",
}
FILE = re.compile(rb'(?:href|src)="(/static/[^"]+)"')
HSTS = "Strict-Transport-Security"
KINDS = {
    "a page": "/",
    "a page that is not there": "/no-such-page-here/",
    "a redirect": "/office",
    "a refusal of the API": "/api/v1/visits/none",
    "health": "/healthz",
}

REMEMBERED = 'add_header Strict-Transport-Security "max-age=31536000" always;'


@contextmanager
def _behind_nginx(stage: Stage) -> Iterator[None]:
    """The scene: Nginx serves Midway inside, and outside by TLS."""
    authority = make_authority(stage.folder / "tls")
    authority.issue("leaf", age=timedelta(days=10), left=timedelta(days=80))
    with (
        _servers(stage),
        stage.changed(
            nginx_url=stage.nginx.url,
            nginx_config=stage.nginx.config,
            outside_url=f"https://localhost:{stage.nginx.tls_port}",
            certificate_authority=authority.path,
        ),
    ):
        yield


def _servers(stage: Stage, inside: str = "", *, outside: str = REMEMBERED) -> AbstractContextManager[None]:
    plain, tls = stage.nginx.plain_server(inside), stage.nginx.tls_server(stage.folder / "tls", outside)
    return stage.nginx.configured(tls + plain)


def _nginx_with(inside: str = "", *, outside: str = REMEMBERED) -> Break:
    return lambda stage: _servers(stage, inside, outside=outside)


def _hides(where: str, header: str) -> Break:
    def hidden(stage: Stage) -> AbstractContextManager[None]:
        inside = (
            f" location {where} {{ proxy_pass {stage.nginx.behind}; proxy_set_header Host 127.0.0.1;"
            f" proxy_hide_header {header}; }}"
        )
        return _servers(stage, inside)

    return hidden


@contextmanager
def _included(stage: Stage) -> Iterator[None]:
    """The level above and the location that hides it lie in two files, as they do where Nginx is installed."""
    own = stage.file("nginx-own.conf", 'add_header X-Own "a" always;\n')
    part = stage.file("nginx-part.conf", 'location /quiet/ { add_header Cache-Control "no-store"; return 204; }\n')
    with _servers(stage, f"include {own}; include {part};"):
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
        Fault("lost", "one location loses a header", _hides("= /healthz", "X-Frame-Options"), Status.CRIT,
              names="X-Frame-Options"),
        Fault("files", "files lose one, and pages keep it", _hides("/static/", "X-Content-Type-Options"), Status.CRIT,
              names="a file"),
        Fault("inherited", "a location's own header hides those of the level above", _nginx_with(
            'add_header X-Own "a" always; location /quiet/ { add_header Cache-Control "no-store"; return 204; }'),
              Status.CRIT, names="loses"),
        Fault("included", "one in an included file hides those of another file", _included, Status.CRIT,
              names="loses"),
        Fault("forgotten", "browsers are told to remember TLS for five minutes", _nginx_with(
            outside='add_header Strict-Transport-Security "max-age=300" always;'), Status.CRIT, names="remember"),
    ),
    manual=Manual(
        why="A header that one kind of answer lacks protects nobody: the attack picks that kind.",
        read="Six kinds of answers are asked for, a file among them; each header must come once, with a sound value.",
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
    for kind, path in _asked_for(base):
        answer = fetch(f"{base}{path}")
        if answer.status == 0:
            look.cannot(f"{base}{path} does not answer: {answer.problem}", "See health.inside.")
        look.count(1)
        _judge(look, kind, path, answer)
        if is_tls:
            _judge_hsts(look, kind, path)
    directives, unread = read_config(look.around.nginx_config)
    for problem in unread:
        look.alarm(Status.UNKNOWN, f"Nginx's configuration could not be read whole: {problem[:200]}.")
    for where, lost in lost_headers(directives):
        look.alarm(Status.CRIT, f"In Nginx, {where} has its own add_header and loses {', '.join(lost)}.", subject=where)
    look.fine(f"{look.examined} kinds of answers carry {len(WANTED)} headers each, once.")


def _asked_for(base: str) -> Iterator[tuple[str, str]]:
    """Each kind of answer, and a file that the first page asks browsers to fetch."""
    yield from KINDS.items()
    named = FILE.search(fetch(f"{base}/").body)
    if named:
        yield "a file", named[1].decode()


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


def _judge_hsts(look: Look, kind: str, path: str) -> None:
    outside = look.around.outside_url
    answer = fetch(f"{outside}{path}", authority=look.around.certificate_authority)
    if answer.status == 0:
        look.cannot(f"{outside}{path} does not answer: {answer.problem}", "See tls.certificates.")
    values = answer.all(HSTS)
    if len(values) > 1:
        says = f"{kind} ({path}) carries {HSTS} twice: {' and '.join(values)[:120]}."
        look.alarm(Status.CRIT, says, subject=HSTS)
    age = re.search(r"max-age=(\d+)", values[0]) if values else None
    seconds = int(age[1]) if age else 0
    look.found("hsts", seconds, f"{kind}: browsers remember to use TLS for {seconds} s.", subject=HSTS)


def lost_headers(directives: Directives) -> list[tuple[str, list[str]]]:
    """Blocks whose own add_header hides those of the blocks around them, which Nginx does without a word."""
    found: list[tuple[str, list[str]]] = []
    _walk(directives, "", set(), found)
    return found


def _walk(block: Directives, where: str, above: set[str], found: list[tuple[str, list[str]]]) -> None:
    own = {line["args"][0].lower() for line in block if line["directive"] == "add_header"}
    lost = sorted(above - own) if own else []
    if lost:
        found.append((where, lost))
    for line in block:
        if "block" in line:
            _walk(line["block"], f"{line['directive']} {' '.join(line['args'])}".strip(), own or above, found)
