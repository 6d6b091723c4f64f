"""PgBouncer before the database: by session it may stand there, by transaction it is refused in one line."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.buyers import Buyer
from tests.topology.app_hosts import app_hosts
from tests.topology.one_server import one_server, pooler_before

from midway.config.environment import database_parameters
from midway.ops.stage.postgres import StagePostgres
from midway.ops.surroundings import Surroundings, connection_words
from midway.runtime.clock import now
from midway.runtime.doctor import examine
from midway.runtime.prepare import check_database
from midway.runtime.problem import CannotRun

pytestmark = [pytest.mark.slow, pytest.mark.drills]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StagePostgres]:
    with one_server(tmp_path_factory.mktemp("pooled")) as running:
        yield running


@pytest.mark.parametrize(
    ("mode", "in_turns"), [("transaction", False), ("transaction", True), ("statement", False), ("statement", True)]
)
def test_a_pooler_that_shares_sessions_is_refused(
    server: StagePostgres, tmp_path: Path, mode: str, in_turns: bool
) -> None:
    tmp_path.chmod(0o755)
    with pooler_before(server, tmp_path, mode=mode, in_turns=in_turns) as url:
        with pytest.raises(CannotRun, match="set its pool_mode to session, or name the server itself"):
            check_database(url)
        settings = {"DATABASE_URL": url, "MIDWAY_DATA": str(tmp_path / "data")}
        findings = examine(data=None, host="127.0.0.1", port=8000, environ=settings)
        (found,) = [one for one in findings if one.id == "postgres"]
        assert found.status == "crit"
        assert found.summary.startswith("DATABASE_URL leads through a pooler that gives each transaction another")
        assert found.next_step == "Set its pool_mode to session, or name the server itself."


def test_somebody_books_through_a_pooler_that_keeps_sessions(server: StagePostgres, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with pooler_before(server, tmp_path, mode="session") as url, app_hosts(tmp_path, url, count=1) as hosts:
        buyer = Buyer(hosts.urls[0], seed=1, postcode=hosts.postcode)
        first = (datetime.now(tz=UTC) + timedelta(days=3)).date().isoformat()
        for number in range(6):  # often enough for statements to be prepared
            quote = buyer.quote()
            slots = buyer.slots(first=first, days=7, minutes=quote["duration_minutes"])
            answer = buyer.book(quote["code"], slots[number], key=f"key-{number}")
            assert answer.status_code == 201, answer.text
        assert hosts.sign_in().get(f"{hosts.urls[0]}/office/", timeout=30).status_code == 200
        assert "Traceback" not in hosts.said
        around = Surroundings(clock=now, data=tmp_path, database=connection_words(database_parameters(url)))
        with around.connect() as connection:
            assert connection.execute("SHOW statement_timeout").fetchone() == ("15s",)
