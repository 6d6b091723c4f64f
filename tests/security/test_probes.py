"""What scanners try, bounded and without a network: forgotten files, other products' doors, broken words, sessions."""

import io
from collections.abc import Iterator

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from tests.cast import NOW, PASSWORD, Cast, make_cast

from midway.accounts.actions import create_user
from midway.accounts.models import Role
from midway.core.actor import SYSTEM

FORGOTTEN = (
    "/.env",
    "/.git/config",
    "/.git/HEAD",
    "/.svn/entries",
    "/.DS_Store",
    "/.htpasswd",
    "/.aws/credentials",
    "/.ssh/id_rsa",
    "/backup.sql",
    "/dump.sql",
    "/db.sqlite3",
    "/midway.dump",
    "/secret.key",
    "/settings.py",
    "/config.json",
    "/web.config",
    "/server-status",
    "/nginx_status",
    "/phpinfo.php",
    "/wp-login.php",
    "/wp-admin/",
    "/xmlrpc.php",
    "/phpmyadmin/",
    "/admin/",
    "/administrator/",
    "/manager/html",
    "/actuator/env",
    "/actuator/health",
    "/solr/",
    "/jenkins/",
    "/console/",
    "/debug/",
    "/__debug__/",
    "/silk/",
    "/graphql",
    "/api/v2/",
    "/swagger.json",
    "/cgi-bin/test.cgi",
    "/.well-known/security",
    "/static/../secret.key",
    "/static/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
    "/etc/passwd",
    "/%00",
    "/%ff%fe",
    "/index.php?page=../../../../etc/passwd",
    "/var/log/midway/web.log",
    "/media/../secret.key",
    "/dev/mail/..%2f..%2fsecret.key",
)
BROKEN = (
    "' OR '1'='1",
    "1; DROP TABLE booking_visit;--",
    "' UNION SELECT password FROM accounts_user--",
    "{{7*7}}",
    "${7*7}",
    "<script>alert(1)</script>",
    "%00",
    "\x00",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "A" * 5000,
    "-1",
    "9" * 40,
    "NaN",
    "2026-13-45",
    "../../etc/passwd",
    "|id",
    "$(id)",
)


@pytest.fixture
def cast(db: None) -> Iterator[Cast]:
    with time_machine.travel(NOW, tick=False):
        yield make_cast()


@pytest.fixture
def mail(cast: Cast) -> str:
    """The address of a dispatcher who can sign in."""
    create_user(email="mia@example.com", name="Mia", role=Role.DISPATCHER, password=PASSWORD, by=SYSTEM, now=NOW)
    return "mia@example.com"


@pytest.fixture
def prober() -> Client:
    return Client(raise_request_exception=False)


def test_nothing_forgotten_lies_about(cast: Cast, prober: Client) -> None:
    for path in FORGOTTEN:
        answer = prober.get(path)
        assert answer.status_code in {301, 302, 400, 404}, (path, answer.status_code)
        if answer.status_code in {301, 302}:
            assert answer["Location"].startswith("/"), path
        told = answer.content.decode(errors="replace")
        for inside in ("root:x:", "Traceback", "SECRET_KEY", "site-packages", "[core]"):
            assert inside not in told, path


def test_unusual_verbs_do_nothing(cast: Cast, prober: Client) -> None:
    for method in ("TRACE", "TRACK", "PUT", "DELETE", "PATCH", "CONNECT", "PROPFIND"):
        answer = prober.generic(method, "/", HTTP_COOKIE="midway=the-session-cookie")
        assert answer.status_code in {400, 403, 404, 405, 501}, method
        assert b"the-session-cookie" not in answer.content, method


@pytest.mark.slow
@pytest.mark.parametrize("words", BROKEN)
def test_broken_words_are_words(cast: Cast, prober: Client, words: str) -> None:
    """In every public question: no failure, and nothing of it comes back as a program."""
    for path in ("/", "/api/v1/availability", "/my/sign-in", "/accounts/login/"):
        names = ("service", "from", "days", "postcode", "bedrooms", "next", "q")
        answer = prober.get(path, dict.fromkeys(names, words))
        assert answer.status_code < 500, (path, words)
        if words.startswith("<script>"):
            assert words not in answer.content.decode()
    for path in ("/", "/my/sign-in", "/accounts/login/", "/api/v1/quotes"):
        assert (
            prober.post(path, dict.fromkeys(("login", "password", "email", "service", "postcode"), words)).status_code
            < 500
        )


@pytest.mark.parametrize(
    "host", ["evil.example.com", "localhost:80@evil.example.com", "127.0.0.1.evil.example.com", ""]
)
def test_a_strange_host_is_not_served(cast: Cast, prober: Client, host: str) -> None:
    answer = prober.get("/accounts/password/reset/", HTTP_HOST=host) if host else prober.get("/", HTTP_HOST=" ")
    assert answer.status_code == 400
    assert "evil" not in answer.content.decode()


def test_signing_in_gives_a_new_session(mail: str) -> None:
    """A session somebody planted beforehand is worth nothing after the sign-in."""
    victim, attacker = Client(), Client()
    with time_machine.travel(NOW, tick=False):
        victim.get("/accounts/login/")
        session = victim.session
        session["planted"] = "yes"
        session.save()
        planted = session.session_key
        victim.cookies["midway"] = planted
        victim.post("/accounts/login/", {"login": mail, "password": PASSWORD})
        assert victim.get("/office/").status_code == 200
        assert victim.session.session_key != planted
        attacker.cookies["midway"] = planted
        assert attacker.get("/office/").status_code == 302
    assert not Session.objects.filter(session_key=planted).exists()


def test_signing_out_ends_the_session_everywhere(mail: str) -> None:
    with time_machine.travel(NOW, tick=False):
        person, thief = Client(), Client()
        person.post("/accounts/login/", {"login": mail, "password": PASSWORD})
        thief.cookies["midway"] = person.session.session_key
        assert thief.get("/office/").status_code == 200
        person.post("/accounts/logout/")
        assert thief.get("/office/").status_code == 302


def test_guessing_is_slowed_and_the_right_password_waits_too(mail: str) -> None:
    with time_machine.travel(NOW, tick=False):
        client = Client(raise_request_exception=False)
        statuses = [
            client.post("/accounts/login/", {"login": mail, "password": f"wrong {n}"}).status_code for n in range(25)
        ]
        assert 429 in statuses
        right = client.post("/accounts/login/", {"login": mail, "password": PASSWORD})
        assert right.status_code != 302


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("../../etc/passwd", b"name,email\n"),
        ("page.html", b"<script>alert(1)</script>"),
        ("sheet.csv.exe", b"MZ" + bytes(200)),
        ("zip.csv", b"PK\x03\x04" + bytes(500)),
        ("nothing.csv", b""),
        ("wide.csv", b"," * 200_000),
        ("deep.csv", b'"' + b"a\n" * 50_000),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_in_words(cast: Cast, name: str, content: bytes) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(cast.dan)
    file = io.BytesIO(content)
    file.name = name
    with time_machine.travel(NOW, tick=False):
        answer = client.post("/office/customers/sheets/", {"file": file, "branch": cast.branch.code})
    assert answer.status_code < 500
    assert b"<script>alert" not in answer.content
