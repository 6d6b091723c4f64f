import gzip
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.config.failing_pages")]
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# One of each class of answer: page, file, JSON, redirect, forbidden, missing, refused method, failure, stream, health.
ADDRESSES = {
    "/accounts/login/": 200,
    "/static/midway/midway.css": 200,
    "/api/v1/some": 200,
    "/accounts/2fa/": 302,
    "/forbidden/": 403,
    "/nowhere/": 404,
    "/api/v1/nowhere": 404,
    "/fails/x": 500,
    "/stream/": 200,
    "/healthz": 200,
}


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def all_headers(response: HttpResponse) -> list[str]:
    return [name.lower() for name, _ in response.items()]


@pytest.mark.parametrize(("address", "status"), ADDRESSES.items())
def test_every_answer_has_each_promise_once(client: Client, address: str, status: int) -> None:
    response = client.get(address)
    response.close()
    assert response.status_code == status
    directives = set(response["Content-Security-Policy"].split("; "))
    assert directives == set(POLICY.split("; "))
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Permissions-Policy"].startswith("accelerometer=()")
    assert response["X-Request-ID"]
    names = all_headers(response)
    assert len(names) == len(set(names))


def test_a_view_may_still_loosen_its_own_policy(client: Client) -> None:
    policy = client.get("/own-policy/")["Content-Security-Policy"]
    assert "img-src 'self' data: https://tiles.example.com" in policy
    assert "script-src 'self'" in policy


def test_no_page_has_inline_script_or_style(client: Client) -> None:
    for address in ("/accounts/login/", "/accounts/password/reset/", "/nowhere/", "/fails/x", "/dev/mail/"):
        page = client.get(address).content.decode()
        assert "<style" not in page, address
        assert " style=" not in page, address
        assert " onclick=" not in page, address
        assert all("src=" in tag or "application/json" in tag for tag in page.split("<script")[1:]), address


def test_https_address_brings_hsts_and_guarded_cookies(settings: Settings, client: Client) -> None:
    settings.SECURE_HSTS_SECONDS = 31536000
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    response = client.get("/accounts/login/", headers={"x-forwarded-proto": "https"})
    assert response["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in client.get("/accounts/login/")


def test_unknown_host_is_turned_away(client: Client) -> None:
    assert client.get("/accounts/login/", headers={"host": "evil.example.com"}).status_code == 400


def test_form_without_its_token_is_refused() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/accounts/login/", {"login": "a@example.com", "password": "x"}).status_code == 403


def test_body_that_is_too_large_is_refused_unread(client: Client, settings: Settings) -> None:
    response = client.post("/api/v1/some", b"x", content_type="application/json", CONTENT_LENGTH=str(2**30))
    assert response.status_code == 413
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == 413
    assert client.post("/fails/x", b"x", content_type="text/plain", CONTENT_LENGTH="-5").status_code == 400


def test_pages_are_compressed_and_answers_to_programs_are_not(client: Client) -> None:
    page = client.get("/accounts/login/", headers={"accept-encoding": "gzip"})
    assert page["Content-Encoding"] == "gzip"
    assert b"<html" in gzip.decompress(page.content)
    assert "Content-Encoding" not in client.get("/api/v1/some", headers={"accept-encoding": "gzip"})


def test_compressed_pages_differ_in_length_so_that_length_tells_nothing(client: Client) -> None:
    lengths = {len(client.get("/accounts/login/", headers={"accept-encoding": "gzip"}).content) for _ in range(20)}
    assert len(lengths) > 3


def test_collected_files_are_kept_for_good_and_compressed(settings: Settings, tmp_path: Path) -> None:
    from django.core.files.storage import storages
    from django.core.management import call_command
    from django.templatetags.static import static

    settings.STATIC_ROOT = tmp_path / "static"
    settings.WHITENOISE_USE_FINDERS = False
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "midway.config.static.StaticFiles"}}
    call_command("collectstatic", verbosity=0, interactive=False)
    storages._storages.clear()
    address = static("midway/midway.css")
    assert address != "/static/midway/midway.css"
    response = Client().get(address, headers={"accept-encoding": "gzip"})
    assert response["Cache-Control"] == "max-age=315360000, public, immutable"
    assert response["Content-Encoding"] == "gzip"
    response.close()
    with pytest.raises(ValueError, match="nothing"):
        static("midway/nothing.css")


def test_names_are_plain_before_anything_was_collected(settings: Settings, tmp_path: Path) -> None:
    from midway.config.static import StaticFiles

    assert (
        StaticFiles(location=str(tmp_path), base_url="/static/").url("midway/midway.css") == "/static/midway/midway.css"
    )
