"""The measuring stand: HTTP load by wrk, SQL load by pgbench, CPU time from /proc, all on one running product."""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import psycopg
from tests.product import RunningProduct, database_address, state

LUA = Path(__file__).resolve().parent / "lua"


@dataclass(frozen=True)
class Load:
    """One measurement: answers and how many a second, latencies in milliseconds, CPU milliseconds an answer by part."""

    per_second: float
    p50: float = 0.0
    p99: float = 0.0
    failed: int = 0
    cpu: Mapping[str, float] = field(default_factory=dict)
    done: int = 0


@dataclass(frozen=True)
class Stand:
    """A running product to measure."""

    product: RunningProduct
    database: str
    rounds: int
    seconds: int
    connections: int

    @classmethod
    def of(cls, product: RunningProduct, rounds: int, seconds: int, connections: int) -> "Stand":
        """The stand on a product that is ready."""
        for tool in ("wrk", "pgbench"):
            if shutil.which(tool) is None:
                raise SystemExit(f"The benchmarks need {tool}: apt-get install wrk postgresql-contrib")
        return cls(product, database_address(product), rounds, seconds, connections)

    def connect(self) -> "psycopg.Connection[Any]":
        """A connection of our own to the product's database."""
        return psycopg.connect(self.database, autocommit=True)

    def postgres_version(self) -> str:
        with self.connect() as connection:
            return str(connection.execute("SHOW server_version").fetchone()[0])  # type: ignore[index]

    def http(self, script: str, connections: int = 0, **settings: str) -> Load:
        """Will load the product with a script in `lua/` for a while."""
        before = self._cpu()
        said = _run(
            [
                *("wrk", "-t1", f"-c{connections or self.connections}", f"-d{self.seconds}"),
                *("--latency", "--timeout", "20", "-s", str(LUA / script), self.product.url),
            ],
            **settings,
        )
        after = self._cpu()
        answers = int(_found(r"(\d+) requests in", said))
        refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
        return Load(
            per_second=float(_found(r"Requests/sec:\s+([\d.]+)", said)),
            p50=_milliseconds(_found(r"\n\s+50%\s+(\S+)", said)),
            p99=_milliseconds(_found(r"\n\s+99%\s+(\S+)", said)),
            failed=int(refused.group(1)) if refused else 0,
            cpu={part: (after[part] - before[part]) / max(1, answers) for part in after},
            done=answers,
        )

    def sql(self, script: Path, connections: int = 0, **variables: int) -> Load:
        """Will load the same PostgreSQL with a pgbench script, prepared."""
        clients = connections or self.connections
        before = self._cpu()
        said = _run(
            ["pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(self.seconds)]
            + [f"-D{name}={value}" for name, value in variables.items()]
            + ["-f", str(script), self.database],
        )
        after = self._cpu()
        done = int(_found(r"transactions actually processed: (\d+)", said))
        failed = re.search(r"number of failed transactions: (\d+)", said)
        return Load(
            per_second=float(_found(r"tps = ([\d.]+)", said)),
            p50=float(_found(r"latency average = ([\d.]+)", said)),
            failed=int(failed.group(1)) if failed else 0,
            cpu={"postgres": (after["postgres"] - before["postgres"]) / max(1, done)},
            done=done,
        )

    def _cpu(self) -> dict[str, float]:
        parts = state(self.product)["parts"]
        return {part: cpu_milliseconds(parts[part]["pid"]) for part in ("web", "postgres")}


def cpu_milliseconds(pid: int) -> float:
    """CPU time so far of a process and all below it, finer than the kernel's ticks."""
    total = 0
    root = psutil.Process(pid)
    for process in [root, *root.children(recursive=True)]:
        for task in Path(f"/proc/{process.pid}/task").glob("*/schedstat"):
            try:
                total += int(task.read_text().split()[0])
            except OSError:
                continue
    # Sessions that have ended meanwhile count with whoever has waited for them.
    ended = root.cpu_times()
    return total / 1e6 + (ended.children_user + ended.children_system) * 1000


def middle(loads: list[Load]) -> dict[str, Any]:
    """The median of several rounds with the spread beside it."""
    rates = sorted(load.per_second for load in loads)
    return {
        "per_second": round(median(rates), 1),
        "spread": [round(rates[0], 1), round(rates[-1], 1)],
        "p50_ms": round(median(load.p50 for load in loads), 2),
        "p99_ms": round(median(load.p99 for load in loads), 2),
        "failed": sum(load.failed for load in loads),
        "cpu_ms": {part: round(median(load.cpu[part] for load in loads), 3) for part in loads[0].cpu},
    }


def machine() -> dict[str, Any]:
    """What it ran on."""
    text = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*:\s*(.+)", text)
    return {
        "cpu": model.group(1) if model else platform.processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(),
        "load": [round(n, 1) for n in os.getloadavg()],
    }


def _run(command: list[str], **settings: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **settings}, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise SystemExit(f"No {pattern!r} in:\n{text}")
    return match.group(1)


def _milliseconds(text: str) -> float:
    for unit, factor in (("us", 0.001), ("ms", 1.0), ("s", 1000.0), ("m", 60_000.0)):
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * factor
    return float(text)
