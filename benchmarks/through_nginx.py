"""Two nodes through Nginx and TLS beside one node without Nginx, and what a rolling release costs.

`python -m benchmarks.through_nginx [--rounds N] [--seconds N] [--releases N]`. Load by wrk on the same cores.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from tests.cluster import throw_away_cluster
from tests.deploy.crowd import Crowd
from tests.deploy.fleet import Fleet, fleet_on
from tests.deploy.grounds import HOST, free_ports, nginx_with

from benchmarks.stand import machine

RESULTS = Path(__file__).resolve().parent / "results"
ADDRESS = "/api/v1/services"


def wrk(url: str, seconds: int, hosts: Path) -> dict[str, float]:
    """Requests a second and the 99th percentile of one run of sixteen connections."""
    command = ["wrk", "-t2", "-c16", f"-d{seconds}s", "--latency", "-H", f"Host: {HOST}", url]
    if HOST in url:  # Nginx serves nobody who asks for another name: wrk is given a table of names of its own
        words = 'mount --bind "$1" /etc/hosts && shift && exec "$@"'
        command = ["unshare", "--mount", "sh", "-c", words, "sh", str(hosts), *command]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    late = re.search(r"99%\s+([\d.]+)(us|ms|s)", told)
    assert rate is not None
    assert late is not None
    failed = sum(int(number) for number in re.findall(r"Non-2xx or 3xx responses: (\d+)", told))
    unit = {"us": 0.001, "ms": 1.0, "s": 1000.0}[late[2]]
    assert float(rate[1]) > 0, told
    return {"per_second": float(rate[1]), "p99_ms": float(late[1]) * unit, "failed": failed}


def alone(fleet: Fleet, port: int) -> "subprocess.Popen[bytes]":
    """One node on a port of loopback, as the product serves without Nginx."""
    child = fleet.start_alone(port)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        done = subprocess.run(
            ["curl", "-sf", "-H", f"Host: {HOST}", f"http://127.0.0.1:{port}/healthz"], check=False, capture_output=True
        )
        if done.returncode == 0:
            return child
        time.sleep(0.1)
    raise SystemExit("the node alone does not answer")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.through_nginx", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--releases", type=int, default=3)
    chosen = parser.parse_args()
    result: dict[str, Any] = {"at": datetime.now(tz=UTC).isoformat(timespec="seconds"), "machine": machine()}
    with tempfile.TemporaryDirectory(prefix="midway-fleet-") as folder, throw_away_cluster() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE fleet")
        with (
            fleet_on(Path(folder), url.replace("@/postgres?", "@/fleet?", 1)) as fleet,
            nginx_with(fleet.site) as nginx,
        ):
            (port,) = free_ports(1)
            hosts = Path(folder) / "hosts"
            hosts.write_text(f"127.0.0.1 localhost {HOST}\n")
            child = alone(fleet, port)
            rounds: dict[str, list[dict[str, float]]] = {"one_node": [], "nginx_two_nodes": []}
            try:
                for _ in range(chosen.rounds):
                    rounds["one_node"].append(wrk(f"http://127.0.0.1:{port}{ADDRESS}", chosen.seconds, hosts))
                    through = f"https://{HOST}:{nginx.https_port}{ADDRESS}"
                    rounds["nginx_two_nodes"].append(wrk(through, chosen.seconds, hosts))
            finally:
                child.terminate()
                child.wait(timeout=30)
            result["rounds"] = rounds
            for name in ("per_second", "p99_ms"):
                one, two = (statistics.median(row[name] for row in rounds[kind]) for kind in rounds)
                result[f"{name}_ratio"] = round(two / one, 2)
            result["releases"] = released(fleet, nginx, chosen.releases)
    result["machine"]["load_after"] = machine()["load"]
    file = RESULTS / f"{result['at'][:10]}-through-nginx.json"
    file.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps({name: result[name] for name in ("per_second_ratio", "p99_ms_ratio", "releases")}))
    return 0


def released(fleet: Fleet, nginx: Any, times: int) -> dict[str, Any]:
    """Releases while eight people use pages, fragments, forms and the API in their sessions."""
    crowd = Crowd(nginx, people=8)
    with crowd as tally:
        crowd.wait_for(80)
        for _ in range(times):
            for number in fleet.site.node_numbers:
                fleet.restart(number)
                crowd.wait_for(20)
    return {
        "releases": times,
        "asked": dict(tally.asked),
        "of": sum(tally.asked.values()),
        "failed": len(tally.failed),
        "first": tally.failed[:5],
    }


if __name__ == "__main__":
    sys.exit(main())
