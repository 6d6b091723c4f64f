"""Nginx as `midway deploy` sets it up: a real one, before nodes that answer as the test says."""

import gzip
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.deploy.grounds import RunningNginx, Said, StandIn, fine, hangs_up, lay_out, nginx_with, program, site_in

from midway.ops.access_log import requests, survey

PROMISES = (
    "x-content-type-options", "x-frame-options", "referrer-policy", "content-security-policy",
    "cross-origin-opener-policy", "permissions-policy", "strict-transport-security", "x-request-id",
)  # fmt: skip


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNginx]:
    program("openssl")
    site = site_in(tmp_path_factory.mktemp("nginx"))
    lay_out(site)
    static = site.places.data / "static" / "midway"
    static.mkdir(parents=True)
    for name in ("app.0123456789ab.css", "plain.css"):
        (static / name).write_text("body { color: teal }")
        (static / f"{name}.gz").write_bytes(gzip.compress(b"body { color: teal }"))
    with nginx_with(site) as running:
        yield running


@pytest.fixture
def nodes(nginx: RunningNginx) -> Iterator[list[StandIn]]:
    both = [StandIn(nginx.site, number, fine) for number in (1, 2)]
    yield both
    for node in both:
        node.close()


def each_kind_of_answer(nginx: RunningNginx) -> dict[str, Said]:
    return {
        "page": nginx.ask("/"),
        "page not there": nginx.ask("/nowhere"),
        "file": nginx.ask("/static/midway/app.0123456789ab.css"),
        "file not there": nginx.ask("/static/nothing.css"),
        "too large": nginx.ask("/", method="POST", body=b"x", Content_Length=str(13 * 1024 * 1024)),
        "program": nginx.ask("/api/v1/services"),
        "to TLS": nginx.ask_plain("/"),
    }


def test_every_kind_of_answer_makes_every_promise_once(nginx: RunningNginx, nodes: list[StandIn]) -> None:
    for kind, said in each_kind_of_answer(nginx).items():
        assert {name: len(said.all(name)) for name in PROMISES} == dict.fromkeys(PROMISES, 1), kind
        assert not any(re.search(r"\d", value) for value in said.all("server")), kind


def test_closed_doors_are_said_to_people_and_to_programs(nginx: RunningNginx) -> None:
    person, machine = nginx.ask("/"), nginx.ask("/api/v1/bookings", method="POST", body=b"{}")
    assert (person.status, machine.status) == (502, 502)
    assert b"Nothing you have booked is lost" in person.body
    assert b"Nada de lo que ha reservado" in person.body
    assert machine["content-type"].startswith("application/problem+json")
    for said in (person, machine):
        assert said["retry-after"] == "30"
        assert {name: len(said.all(name)) for name in PROMISES} == dict.fromkeys(PROMISES, 1)


def test_a_shut_door_costs_nothing_not_even_a_form(nginx: RunningNginx) -> None:
    node = StandIn(nginx.site, 2, fine)
    try:
        asked = [nginx.ask("/book", method="POST", body=b"a=b").status for _ in range(12)]
    finally:
        node.close()
    assert asked == [200] * 12


def test_a_form_is_never_sent_twice_and_a_page_is_asked_for_again(nginx: RunningNginx) -> None:
    dying, well = StandIn(nginx.site, 1, hangs_up), StandIn(nginx.site, 2, fine)
    try:
        forms = [nginx.ask("/book", method="POST", body=b"a=b").status for _ in range(6)]
        sent = len([1 for node in (dying, well) for method, *_ in node.asked if method == "POST"])
        pages = [nginx.ask("/").status for _ in range(6)]
    finally:
        dying.close()
        well.close()
    assert sent == len(forms) == 6
    assert 502 in forms
    assert pages == [200] * 6


def test_a_node_is_told_who_asks_and_by_which_name(nginx: RunningNginx, nodes: list[StandIn]) -> None:
    said = nginx.ask("/", X_Forwarded_For="203.0.113.9", X_Request_ID="abcd-1234-efgh")
    ((_, _, told),) = [asked for node in nodes for asked in node.asked]
    assert told["x-forwarded-for"] == "127.0.0.1"  # what a stranger says of himself is not passed on
    assert told["x-forwarded-proto"] == "https"
    assert told["host"] == "clean.example.com"
    assert told["x-request-id"] == said["x-request-id"] == "abcd-1234-efgh"


def test_a_foreign_request_id_is_replaced(nginx: RunningNginx, nodes: list[StandIn]) -> None:
    assert re.fullmatch("[0-9a-f]{32}", nginx.ask("/", X_Request_ID="a b<c>")["x-request-id"])


def test_files_are_compressed_beforehand_and_kept_for_good(nginx: RunningNginx) -> None:
    hashed = nginx.ask("/static/midway/app.0123456789ab.css", Accept_Encoding="gzip")
    plain = nginx.ask("/static/midway/plain.css")
    assert hashed["content-encoding"] == "gzip"
    assert gzip.decompress(hashed.body) == plain.body == b"body { color: teal }"
    assert hashed["cache-control"] == "public, max-age=315360000, immutable"
    assert plain["cache-control"] == "public, max-age=3600"
    assert hashed["content-type"] == plain["content-type"] == "text/css"


@pytest.mark.parametrize("path", ["/static/../secrets.env", "/static/%2e%2e/secret.key", "/.midway/closed.html"])
def test_nothing_beside_the_files_is_given_out(nginx: RunningNginx, nodes: list[StandIn], path: str) -> None:
    (nginx.site.places.data / "secret.key").write_text("the signing key")
    said = nginx.ask(path)
    assert b"signing key" not in said.body
    assert b"Back in a moment" not in said.body


def test_upkeep_can_read_the_log_and_no_link_opens_by_it(nginx: RunningNginx, nodes: list[StandIn]) -> None:
    code = "0b6f8a5e-6c1f-4d53-9a53-0a4a3a1c2b10"
    since = datetime.now(tz=UTC) - timedelta(seconds=2)
    said = nginx.ask(f"/visits/{code}/rating?from=mail")
    also = nginx.ask("/calendar/abcdefghijklmnopqrstuvwxyz012345.ics")
    log = nginx.log_with(said, also)
    assert code not in log
    assert "abcdefghijklmnopqrstuvwxyz" not in log
    found = survey(nginx.access_log, since=since, until=datetime.now(tz=UTC) + timedelta(seconds=2))
    assert found.unparsed == 0
    assert found.by_route.keys() >= {"/visits/*/rating", "/calendar/*.ics"}
    assert all(one is not None and one.seconds is not None for one in requests(nginx.access_log, since=since))


@pytest.fixture
def told(nginx: RunningNginx) -> Iterator[Path]:
    """The status page as the worker wrote it."""
    folder = nginx.site.places.data / "status"
    folder.mkdir(exist_ok=True)
    said = {"index.html": "<p>We are looking into it", "index.es.html": "<p>Lo estamos mirando", "status.css": "p {}"}
    for name, text in said.items():
        (folder / name).write_text(text)
    yield folder
    for name in said:
        (folder / name).unlink()


def test_the_status_page_is_there_when_no_node_is(nginx: RunningNginx, told: Path) -> None:
    assert nginx.ask("/").status == 502
    english, spanish = nginx.ask("/status/"), nginx.ask("/status/", Accept_Language="es-MX,es;q=0.9,en;q=0.5")
    chosen, style = nginx.ask("/status/index.es.html"), nginx.ask("/status/status.css")
    assert [one.status for one in (english, spanish, chosen, style)] == [200] * 4
    assert english.body == b"<p>We are looking into it"
    assert spanish.body == chosen.body == b"<p>Lo estamos mirando"
    assert english["content-type"] == "text/html; charset=utf-8"
    assert style["content-type"].startswith("text/css")
    assert "style-src 'self'" in english["content-security-policy"]
    for said in (english, spanish, chosen, style):
        assert {name: len(said.all(name)) for name in PROMISES} == dict.fromkeys(PROMISES, 1)
        assert said["cache-control"] == "no-cache"


def test_the_status_page_is_not_asked_of_a_node_while_it_is_there(
    nginx: RunningNginx, nodes: list[StandIn], told: Path
) -> None:
    assert b"looking into it" in nginx.ask("/status/").body
    assert not any(node.asked for node in nodes)
    (told / "index.html").rename(told / "aside")
    nginx.ask("/status/")
    assert any(path == "/status/" for node in nodes for _, path, _ in node.asked), "until it is written a node answers"
    (told / "aside").rename(told / "index.html")
    nginx.ask("/status/secret.key")
    assert any(path == "/status/secret.key" for node in nodes for _, path, _ in node.asked), "no other file is served"


def test_who_asks_for_another_name_gets_nothing(nginx: RunningNginx) -> None:
    with pytest.raises(OSError, match=r"(?i)unrecognized name|alert"):
        nginx.ask("/", host="other.example.com")
    with pytest.raises(ConnectionError):
        nginx.ask_plain("/", host="203.0.113.1")


def test_plain_http_leads_to_tls_and_serves_only_the_authority(nginx: RunningNginx) -> None:
    challenge = nginx.site.places.acme / ".well-known" / "acme-challenge" / "word"
    challenge.parent.mkdir(parents=True, exist_ok=True)
    challenge.write_text("word.thumbprint")
    assert nginx.ask_plain("/.well-known/acme-challenge/word").body == b"word.thumbprint"
    moved = nginx.ask_plain("/book?x=1")
    assert (moved.status, moved["location"]) == (301, f"https://clean.example.com:{nginx.https_port}/book?x=1")


def test_upkeep_asks_from_inside(nginx: RunningNginx, nodes: list[StandIn]) -> None:
    said = nginx.ask_plain("/healthz", port=nginx.site.inside_port, host="127.0.0.1")
    assert said.status == 200
    told = next(asked[2] for node in nodes for asked in node.asked)
    assert (told["host"], told["x-forwarded-proto"]) == ("clean.example.com", "https")
    assert b"Active connections" in nginx.ask_plain("/nginx", port=nginx.site.inside_port, host="127.0.0.1").body


def test_who_tries_passwords_in_a_hurry_waits(tmp_path: Path) -> None:
    site = site_in(tmp_path)
    lay_out(site)
    node = StandIn(site, 1, fine)
    try:
        with nginx_with(site) as nginx:
            tries = [nginx.ask("/accounts/login/", method="POST", body=b"p=x") for _ in range(40)]
            looks = [nginx.ask("/accounts/login/").status for _ in range(5)]
            refused = nginx.ask("/my/sign-in", method="POST", body=b"")
    finally:
        node.close()
    assert [said.status for said in tries[:20]] == [200] * 20
    assert 429 in {said.status for said in tries[20:]}
    assert looks == [200] * 5  # who only looks is not stopped
    assert refused.status == 429
    assert b"Espere un momento" in refused.body
    assert refused["retry-after"] == "5"


def test_old_protocols_are_refused(nginx: RunningNginx) -> None:
    import socket
    import ssl
    import warnings

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with (
        socket.create_connection(("127.0.0.1", nginx.https_port), timeout=5) as raw,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        context.wrap_socket(raw, server_hostname="clean.example.com")
