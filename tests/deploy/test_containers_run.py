"""The container files for real: built, started on Docker's engine, booked through Nginx and TLS, killed, stopped."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.deploy.engine import Engine, Stack, an_engine, wait_until
from tests.deploy.grounds import HOST, RunningNginx, free_ports, lay_out, nginx_with, site_in

pytestmark = [pytest.mark.containers]
COMPANY = ("--cleaners", "4", "--customers", "10", "--months", "1")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with an_engine(tmp_path_factory.mktemp("engine")) as running:
        yield running


@pytest.fixture(scope="module")
def stack(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    (port,) = free_ports(1)
    stack = Stack(engine, tmp_path_factory.mktemp("stack"), port, HOST)
    stack.lay_out()
    try:
        stack.compose("up", "--build", "--detach")
        stack.wait_until_healthy("db", "cache", "web", "worker")
        yield stack
    finally:
        stack.compose("down", "--volumes")


@pytest.fixture
def nginx(stack: Stack, tmp_path: Path) -> Iterator[RunningNginx]:
    """The configuration that `midway deploy` writes, with the containers' port for its nodes, as the README says."""
    site = site_in(tmp_path)
    lay_out(site)
    file = site.places.nginx / "conf.d" / "midway.conf"
    words = file.read_text()
    nodes = [line for line in words.splitlines() if line.strip().startswith("server unix:")]
    assert nodes
    for line in nodes:
        words = words.replace(f"{line}\n", "", 1)
    file.write_text(
        words.replace("zone midway 64k;", f"zone midway 64k;\n    server 127.0.0.1:{stack.port} max_fails=0;")
    )
    with nginx_with(site) as running:
        yield running


def told(nginx: RunningNginx, path: str, body: object = None, **headers: str) -> dict[str, Any]:
    """What a program is answered over TLS."""
    sent = None if body is None else json.dumps(body).encode()
    said = nginx.ask(
        path, method="GET" if body is None else "POST", body=sent, Content_Type="application/json", **headers
    )
    assert said.status < 300, (said.status, said.body)
    found: dict[str, Any] = json.loads(said.body)
    return found


def book(nginx: RunningNginx, postcode: str, key: str) -> dict[str, Any]:
    """A price, the times, and one of them."""
    home = {
        "service": "regular",
        "bedrooms": 2,
        "bathrooms": 1,
        "extras": [],
        "frequency": "once",
        "postcode": postcode,
    }
    quote = told(nginx, "/api/v1/quotes", home)
    words = {"service": "regular", "days": 28, "duration_minutes": quote["duration_minutes"], "postcode": postcode}
    free = told(nginx, f"/api/v1/availability?{urlencode(words)}")
    order = {
        "quote": quote["code"],
        "start": next(slot["start"] for day in free["days"] for slot in day["slots"]),
        "frequency": "once",
        "customer": {"name": "Dora Example", "email": "dora@example.com", "phone": "+14105550120"},
        "property": {"line1": "1 Main Street", "postcode": postcode, "city": "Baltimore"},
        "notes": "",
    }
    return told(nginx, "/api/v1/bookings", order, Idempotency_Key=key)


def query(stack: Stack, question: str) -> str:
    return stack.compose("exec", "-T", "db", "psql", "-qtAX", "-U", "midway", "-d", "midway", "-c", question).strip()


def test_a_visit_is_booked_through_nginx_and_outlives_a_death(stack: Stack, nginx: RunningNginx) -> None:
    stack.compose("run", "--rm", "-T", "worker", "midway", "demo", "load", *COMPANY)
    postcode = query(stack, "SELECT postcode FROM crew_area ORDER BY id LIMIT 1")
    booked = book(nginx, postcode, "before")
    before = stack.facts("web")
    os.kill(before["State"]["Pid"], signal.SIGKILL)
    wait_until(lambda: stack.facts("web")["RestartCount"] > before["RestartCount"], 60, lambda: "not started again")
    stack.wait_until_healthy("web")
    again = book(nginx, postcode, "after")
    codes = ", ".join(f"'{one['visit']['code']}'" for one in (booked, again))
    assert query(stack, f"SELECT count(*) FROM booking_visit WHERE code IN ({codes}) AND state = 'scheduled'") == "2"


def test_the_containers_may_do_no_more_than_they_must(stack: Stack) -> None:
    for service in ("web", "worker"):
        facts = stack.facts(service)
        assert facts["Config"]["User"] == "10001:10001"
        assert facts["HostConfig"]["ReadonlyRootfs"] is True
        assert facts["HostConfig"]["CapDrop"] == ["ALL"]
        assert facts["HostConfig"]["Memory"] == 768 * 2**20
        assert facts["HostConfig"]["PidsLimit"] > 0
        said = json.dumps(facts)
        for secret in stack.secrets():
            assert secret not in said
    assert stack.compose("exec", "-T", "web", "id", "-u").strip() == "10001"
    tried = stack.compose("exec", "-T", "web", "sh", "-c", "touch /opt/midway/x 2>&1 || true")
    assert "Read-only file system" in tried
    ports = {name: stack.facts(name)["HostConfig"]["PortBindings"] for name in ("db", "cache", "web", "worker")}
    assert [name for name, open_ones in ports.items() if open_ones] == ["web"]
    assert ports["web"] == {"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(stack.port)}]}


def test_they_stop_in_order_when_asked(stack: Stack) -> None:
    began = time.monotonic()
    stack.compose("stop", "web", "worker")
    assert time.monotonic() - began < 90
    assert stack.facts("web")["State"]["ExitCode"] == 0
    stack.compose("start", "web", "worker")
    stack.wait_until_healthy("web", "worker")
