from pathlib import Path

import pytest

from midway.accounts.models import Role
from midway.config.environment import (
    ROLES,
    SettingError,
    database_options,
    database_parameters,
    pool_options,
    read_environment,
)
from midway.config.mail import mail_settings
from midway.ops.surroundings import connection_words


def test_nothing_set_is_a_working_machine_of_its_own() -> None:
    found = read_environment({})
    assert found.web_workers == 1
    assert found.log_level == "INFO"
    assert found.two_factor_roles == ()
    assert [str(network) for network in found.trusted_proxies] == ["127.0.0.1/32", "::1/128"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MIDWAY_TWO_FACTOR_ROLES", "owner,boss"),
        ("MIDWAY_TRUSTED_PROXIES", "10.0.0.0/99"),
        ("MIDWAY_MAIL_FROM", "nobody"),
        ("MIDWAY_WEB_WORKERS", "0"),
        ("MIDWAY_WEB_WORKERS", "many"),
        ("MIDWAY_LOG_LEVEL", "loud"),
        ("MIDWAY_SECRET_KEY", "short"),
        ("MIDWAY_RATE_LIMITS", "maybe"),
        ("EMAIL_URL", "http://mail"),
        ("DATABASE_URL", "postgresql://host:port/x"),
    ],
)
def test_malformed_value_is_named_with_what_would_be_right(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name) as caught:
        read_environment({name: value})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "port", "ssl", "tls"),
    [
        ("smtp://mail.example.com", 25, False, False),
        ("smtp://mail.example.com:1025", 1025, False, False),
        ("smtp+tls://me:p%40ss@mail.example.com", 587, False, True),
        ("smtps://me:p%40ss@mail.example.com", 465, True, False),
    ],
)
def test_mail_server_is_read_from_its_address(url: str, port: int, ssl: bool, tls: bool) -> None:
    mail = mail_settings(url, "", "https://clean.example.com", Path("/data"))
    assert mail.drawer is None
    assert mail.settings["EMAIL_HOST"] == "mail.example.com"
    found = [mail.settings[name] for name in ("EMAIL_PORT", "EMAIL_USE_SSL", "EMAIL_USE_TLS")]
    assert found == [port, ssl, tls]
    assert mail.settings["EMAIL_HOST_PASSWORD"] == ("p@ss" if "@mail" in url else "")
    assert mail.settings["DEFAULT_FROM_EMAIL"] == "Midway <no-reply@clean.example.com>"


def test_without_a_mail_server_messages_go_into_the_drawer() -> None:
    assert mail_settings("", "", "http://127.0.0.1:8000", Path("/data")).drawer == Path("/data/mail")
    assert mail_settings("file:/tmp/post", "", "", Path("/data")).drawer == Path("/tmp/post")


def test_roles_in_settings_are_the_roles_there_are() -> None:
    assert set(ROLES) == set(Role.values)


def test_of_several_database_hosts_the_one_that_takes_writes_is_looked_for() -> None:
    url = "postgresql://midway:word@/midway?host=db1,db2,db3&port=5432,5432,5432"
    assert database_parameters(url)["HOST"] == "db1,db2,db3"
    assert database_options(url)["target_session_attrs"] == "read-write"
    assert database_options("postgresql://midway@/midway?host=/run/postgresql") == {}
    upkeep = connection_words(database_parameters(url))
    assert upkeep["target_session_attrs"] == "read-write"
    assert "target_session_attrs" not in connection_words({"HOST": "db1"})


def test_a_pool_of_several_hosts_gives_up_soon_on_one_that_is_gone() -> None:
    several = pool_options("postgresql://midway:word@/midway?host=db1,db2")
    assert several["reconnect_timeout"] < several["timeout"] < 10
    assert "reconnect_timeout" not in pool_options("postgresql://midway@/midway?host=/run/postgresql")
