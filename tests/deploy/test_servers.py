"""PostgreSQL and Redis with the settings that `midway deploy` writes: real ones, and what each role may do there."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from tests.cluster import chosen_binaries
from tests.deploy.grounds import lay_out, program, site_in

from midway.config.rate_limits import LIMITS, Counter
from midway.deploy.roles import MADE_BY_THE_SERVER, MADE_IN_THE_DATABASE, upkeep_role, web_grants
from midway.deploy.site import Site
from midway.runtime.postgres import PostgresServer


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = site_in(tmp_path_factory.mktemp("redis"))
    lay_out(site)
    site.places.redis_run.mkdir()
    child = subprocess.Popen(
        [program("redis-server"), str(site.places.etc / "redis.conf")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    deadline = time.monotonic() + 10
    while not (site.places.redis_run / "redis.sock").exists():
        assert child.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    yield site
    child.terminate()
    child.wait(timeout=10)


def url_of(site: Site, file: str) -> str:
    text = (site.places.etc / file).read_text()
    return text.partition('REDIS_URL="')[2].partition('"')[0]


def test_nobody_comes_in_without_a_name(cache: Site) -> None:
    client = redis.Redis(unix_socket_path=str(cache.places.redis_run / "redis.sock"))
    with pytest.raises(redis.AuthenticationError):
        client.get("midway:1:anything")


def test_the_web_nodes_may_use_the_cache_and_nothing_else(cache: Site) -> None:
    url = url_of(cache, "web.env")
    client = redis.Redis.from_url(url)
    client.set("word", "1", ex=10)
    assert client.get("word") == b"1"
    assert Counter(url).hit(LIMITS[0], "203.0.113.4")
    for refused in (["FLUSHALL"], ["CONFIG", "GET", "maxmemory"], ["KEYS", "*"], ["SHUTDOWN"], ["ACL", "LIST"]):
        with pytest.raises(redis.ResponseError, match=r"(?i)no permissions|noperm"):
            client.execute_command(*refused)


def test_upkeep_may_look_and_change_no_setting(cache: Site) -> None:
    client = redis.Redis.from_url(url_of(cache, "worker.env"))
    assert dict(client.info("memory"))["maxmemory"] > 0
    assert dict(client.config_get("maxmemory-policy")) == {"maxmemory-policy": "allkeys-lru"}
    assert list(client.scan_iter(count=10)) is not None
    client.slowlog_get()
    for refused in (["FLUSHALL"], ["CONFIG", "SET", "maxmemory", "1"], ["ACL", "SETUSER", "x"]):
        with pytest.raises(redis.ResponseError, match=r"(?i)no permissions|noperm"):
            client.execute_command(*refused)


def test_the_cache_listens_to_no_network(cache: Site) -> None:
    client = redis.Redis.from_url(url_of(cache, "worker.env"))
    assert dict(client.config_get("port")) == {"port": "0"}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A server of ours that reads the site's settings after its own."""
    folder = tmp_path_factory.mktemp("pg")
    folder.chmod(0o711)
    site = site_in(folder, memory_mb=1024)
    lay_out(site)
    settings = (site.places.postgres / "conf.d" / "midway.conf").read_text()
    with (folder / "pg.log").open("ab", buffering=0) as log:
        server = PostgresServer(chosen_binaries(), folder / "server", sockets=folder / "s", output=log)
        with server:
            pass
        with (server.data / "postgresql.conf").open("a") as file:
            file.write(f"\n{settings}")
        with server:
            yield server


@pytest.mark.slow
def test_postgresql_takes_up_every_setting(database: PostgresServer) -> None:
    with psycopg.connect(database.url("postgres")) as connection:
        wrong = connection.execute("SELECT name, error FROM pg_file_settings WHERE error IS NOT NULL").fetchall()
        assert wrong == []
        found = dict(connection.execute("SELECT name, setting FROM pg_settings").fetchall())
    assert (found["fsync"], found["synchronous_commit"], found["data_checksums"]) == ("on", "on", "on")
    assert (found["statement_timeout"], found["idle_in_transaction_session_timeout"]) == ("60000", "60000")
    assert found["log_parameter_max_length"] == "0"
    assert int(found["max_connections"]) >= 100


@pytest.mark.slow
def test_the_kernels_word_decides_who_is_which_role(tmp_path: Path, database: PostgresServer) -> None:
    site = site_in(tmp_path)
    lay_out(site)
    with psycopg.connect(database.url("postgres"), autocommit=True) as connection:
        for name in ("pg_hba", "pg_ident"):
            (tmp_path / name).write_text((site.places.postgres / f"{name}.conf").read_text())
            (database.data / f"{name}.conf.kept").write_text((database.data / f"{name}.conf").read_text())
        for name in ("pg_hba", "pg_ident"):
            (database.data / f"{name}.conf").write_text((tmp_path / name).read_text())
        problems = "SELECT error FROM pg_hba_file_rules WHERE error IS NOT NULL"
        assert connection.execute(problems).fetchall() == []
        rules = connection.execute("SELECT type, auth_method FROM pg_hba_file_rules").fetchall()
        for name in ("pg_hba", "pg_ident"):
            (database.data / f"{name}.conf").write_text((database.data / f"{name}.conf.kept").read_text())
    assert {kind for kind, _ in rules} == {"local"}
    assert {how for _, how in rules} == {"peer", "reject"}


@pytest.mark.django_db
def test_a_web_node_can_write_rows_and_change_no_table(postgres_url: str) -> None:
    """The rights are given to the tables of this version, in the tests' own database, and taken back with it."""
    from django.db import connection as ours

    words = ours.get_connection_params()
    sql = _for_this_database(MADE_BY_THE_SERVER + MADE_IN_THE_DATABASE + upkeep_role() + web_grants(), words)
    with ours.cursor() as cursor:
        cursor.execute(sql)
        cursor.execute("SET LOCAL ROLE midway_web")
        cursor.execute("SELECT count(*) FROM booking_visit")
        cursor.execute("INSERT INTO django_session VALUES ('a', 'b', now())")
        refused = (
            "DROP TABLE booking_visit",
            "TRUNCATE journal_entry",
            "ALTER TABLE journal_entry DISABLE TRIGGER ALL",
            "CREATE TABLE mine ()",
            "DELETE FROM django_migrations",
            "SET LOCAL session_replication_role = replica",
            "CREATE ROLE other",
            "COPY booking_visit TO PROGRAM 'cat'",
        )
        for number, statement in enumerate(refused):
            cursor.execute(f"SAVEPOINT s{number}")
            with pytest.raises(Exception, match=r"(?i)permission denied|must be owner|must be superuser"):
                cursor.execute(statement)
            cursor.execute(f"ROLLBACK TO s{number}")
        cursor.execute("RESET ROLE")


def _for_this_database(sql: str, words: dict[str, object]) -> str:
    """The tests' database belongs to the tests' role, which is the server's superuser."""
    name, owner = str(words["dbname"]), str(words.get("user") or os.environ.get("USER", ""))
    lines = []
    for statement in (
        sql.replace("DATABASE midway ", f'DATABASE "{name}" ').replace('"midway"', f'"{name}"').split("\n")
    ):
        if statement.startswith("ALTER ROLE midway SET"):  # a role of the same name may be the tests' own
            continue
        lines.append(statement.replace("FOR ROLE midway ", f'FOR ROLE "{owner}" '))
    return "\n".join(lines)


def test_an_owner_who_is_no_superuser_may_prepare(postgres_url: str) -> None:
    """They may not even ask what the server preloads."""
    from midway.runtime.prepare import _count_statements

    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE ROLE plain_owner")
        connection.execute("SET LOCAL ROLE plain_owner")
        _count_statements(connection)
        connection.rollback()
