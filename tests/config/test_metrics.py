import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from midway.runtime.metrics import start_afresh

pytestmark = pytest.mark.django_db
WORKER = """
import sys
from pathlib import Path
from midway.runtime import metrics
metrics.share_between_workers(Path(sys.argv[1]), int(sys.argv[2]))
for _ in range(int(sys.argv[3])):
    metrics.observe_request("GET", "x", 200, 0.01)
print([line for line in metrics.exposition().decode().splitlines() if line.startswith("midway_request_seconds_count")])
"""


def test_numbers_of_the_parts_without_an_address_are_there(client: Client) -> None:
    text = client.get("/metrics").content.decode()
    for name in ("midway_outbox_waiting 0.0", "midway_jobs_failed 0.0", "midway_worker_heartbeat_age_seconds +Inf"):
        assert name in text


def test_strangers_may_not_read_them(client: Client) -> None:
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 403
    assert client.get("/metrics", HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 403


def test_token_opens_them_from_anywhere_and_is_then_needed_everywhere(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "a-long-token-for-prometheus"
    good = {"authorization": "Bearer a-long-token-for-prometheus"}
    assert client.get("/metrics", headers=good, REMOTE_ADDR="203.0.113.9").status_code == 200
    assert client.get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 403
    assert client.get("/metrics").status_code == 403


def run_worker(data: Path, workers: int, requests: int) -> list[str]:
    command = [sys.executable, "-c", WORKER, str(data), str(workers), str(requests)]
    output = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONPATH": "src"}).stdout
    return json.loads(output.replace("'", "\x00").replace('"', '\\"').replace("\x00", '"'))  # type: ignore[no-any-return]


def test_several_web_workers_add_up(tmp_path: Path) -> None:
    run_worker(tmp_path, 2, 3)
    (total,) = run_worker(tmp_path, 2, 4)
    assert total.endswith(" 7.0")
    start_afresh(tmp_path)
    (total,) = run_worker(tmp_path, 2, 1)
    assert total.endswith(" 1.0")


def test_one_web_worker_writes_no_files(tmp_path: Path) -> None:
    (total,) = run_worker(tmp_path, 1, 2)
    assert total.endswith(" 2.0")
    assert list(tmp_path.iterdir()) == []
