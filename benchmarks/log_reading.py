"""`python -m benchmarks.log_reading`: a gigabyte of access log beside `wc -l` and GoAccess on the same file.

Whole processes are measured, with their start, in turns; the median counts. Memory is the most a process held.
"""

import argparse
import gzip
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import psutil
from tests.ops.logs.goaccess import FORMATS, analyse, as_both_see_it, find_goaccess
from tests.ops.logs.sample import combined, nginx_json

from benchmarks.stand import machine
from midway.ops.access_log import survey
from midway.ops.access_scan.reading import survey_fast

RESULTS = Path(__file__).resolve().parent / "results"
SOURCE = Path(__file__).resolve().parent.parent / "src"
SPAN = {"since": datetime(2000, 1, 1, tzinfo=UTC), "until": datetime(2100, 1, 1, tzinfo=UTC)}
GIGABYTE = 10**9
KEEPS_COMPILED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Python's own compiled modules too, as on any machine that serves."""


def main() -> int:
    """Will measure and keep the result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.log_reading", description=__doc__)
    parser.add_argument("--log", type=Path, help="a real log in the combined format, to compare and to repeat")
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kinds", nargs="+", default=list(FORMATS), choices=list(FORMATS))
    parser.add_argument("--without-goaccess", action="store_true", help="compare its counts, and not its speed")
    chosen = parser.parse_args()
    at = datetime.now(tz=UTC)
    result: dict[str, Any] = {"at": at.isoformat(timespec="seconds"), "machine": machine()}
    with tempfile.TemporaryDirectory(prefix="midway-bench-") as name:
        folder = Path(name)
        real = _plain(chosen.log, folder) if chosen.log else None
        result["agreement"] = [_agreement(log, kind, folder) for kind, log in _logs(folder, real)]
        result["speed"] = []
        for kind, lines in (("combined", combined(20_000)), ("json", nginx_json(20_000))):
            if kind not in chosen.kinds:
                continue
            block = real.read_bytes() if real and kind == "combined" else "".join(lines).encode()
            for share in (0.25, 1.0):
                log = _repeated(folder / "large.log", block, int(share * chosen.gigabytes * GIGABYTE))
                rounds = chosen.rounds if share == 1.0 else 1
                with_goaccess = share < 1.0 and not chosen.without_goaccess  # minutes for a gigabyte, and it is linear
                result["speed"].append(_speed(log, kind, folder, rounds, with_goaccess=with_goaccess))
                print(orjson.dumps(result["speed"][-1]).decode(), flush=True)
                log.unlink()
    result["machine"]["load_after"] = machine()["load"]
    (RESULTS / f"{at:%Y-%m-%d}-log-reading.json").write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")
    print(orjson.dumps(result, option=orjson.OPT_INDENT_2).decode())
    return 0 if all(one["agree"] for one in result["agreement"]) else 1


def _plain(log: Path, folder: Path) -> Path:
    if log.suffix != ".gz":
        return log
    plain = folder / "real.log"
    plain.write_bytes(gzip.decompress(log.read_bytes()))
    return plain


def _logs(folder: Path, real: Path | None) -> Iterable[tuple[str, Path]]:
    if real:
        yield "combined", real
    for kind, lines in (("combined", combined(20_000)), ("json", nginx_json(20_000))):
        log = folder / f"made-up-{kind}.log"
        log.write_text("".join(lines))
        yield kind, log


def _agreement(log: Path, kind: str, folder: Path) -> dict[str, Any]:
    """Both of our readers beside GoAccess: how many keys there are, and how many are counted otherwise."""
    plain, ours = survey(log, **SPAN), survey_fast(log, **SPAN)
    theirs = analyse(log, kind, folder)
    days = Counter({(date(1970, 1, 1) + timedelta(day)).isoformat(): count for day, count in ours.visits.items()})
    compared = {
        "status": (ours.by_status, theirs.by_status),
        "route": (as_both_see_it(ours.by_route), as_both_see_it(theirs.by_route)),
        "visitor": (ours.by_visitor, theirs.by_visitor),
        "visits_by_day": (days, theirs.visits),
    }
    found: dict[str, Any] = {"log": log.name, "format": kind, "requests": ours.requests,
                             "requests_by_goaccess": theirs.requests, "unparsed": ours.unparsed}  # fmt: skip
    for name, (mine, other) in compared.items():
        different = {str(key): [mine.get(key, 0), other.get(key, 0)] for key in {*mine, *other}
                     if mine.get(key, 0) != other.get(key, 0)}  # fmt: skip
        found[name] = {"keys": len(mine), "different": len(different), "examples": dict(list(different.items())[:5])}
    found["readers_agree"] = all(
        getattr(plain, name) == getattr(ours, name) for name in ("requests", "by_status", "by_route", "by_visitor")
    )
    found["agree"] = found["readers_agree"] and not any(found[name]["different"] for name in compared)
    return found


def _repeated(log: Path, block: bytes, size: int) -> Path:
    with log.open("wb") as file:
        for _ in range(size // len(block)):
            file.write(block)
    return log


def _speed(log: Path, kind: str, folder: Path, rounds: int, *, with_goaccess: bool) -> dict[str, Any]:
    span = [moment.isoformat() for moment in SPAN.values()]
    goaccess = [find_goaccess() or "goaccess", str(log), *FORMATS[kind], "-o", str(folder / "speed.json")]
    commands = {
        "wc": ["wc", "-l", str(log)],
        "ours": [sys.executable, "-m", "midway.ops.access_scan", str(log), *span],
    }
    if with_goaccess:
        commands["goaccess"] = [*goaccess, "--no-global-config", "--no-progress", "--no-query-string"]
    for warmed in ("wc", "ours"):  # the file is in memory from here on, and what was compiled is kept
        _measured(commands[warmed])
    took: dict[str, list[tuple[float, float, float]]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            if name != "goaccess" or not took[name]:
                took[name].append(_measured(command))
    figures = {
        name: {
            "seconds": round(statistics.median(one[0] for one in times), 3),
            "cpu_seconds": round(statistics.median(one[1] for one in times), 3),
            "most_memory_mb": round(max(one[2] for one in times), 1),
        }
        for name, times in took.items()
    }
    return {
        "format": kind,
        "bytes": log.stat().st_size,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **figures,
        "times_wc": round(figures["ours"]["seconds"] / figures["wc"]["seconds"], 1),
        "plain_python_seconds_a_gigabyte": round(_plain_python(log), 1),
    }


def _plain_python(log: Path) -> float:
    """Seconds a gigabyte would take line by line, from its first thirty megabytes."""
    part = log.with_name("part.log")
    with log.open("rb") as file:
        part.write_bytes(file.read(30_000_000))
    took = _timed(lambda: survey(part, **SPAN))
    part.unlink()
    return took * GIGABYTE / 30_000_000


def _timed(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def _measured(command: list[str]) -> tuple[float, float, float]:
    """Seconds, CPU seconds and the most megabytes of a process and what it starts."""
    began = time.perf_counter()
    most = 0
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**KEEPS_COMPILED, "PYTHONPATH": str(SOURCE)},
    ) as child:  # fmt: skip
        # Looked at while it runs: what the kernel tells at the end counts our own memory before the program began.
        seen = psutil.Process(child.pid)
        while True:
            pid, status, used = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            with suppress(psutil.Error):
                most = max(most, seen.memory_info().rss)
            time.sleep(0.005)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{command[0]} ended with {child.returncode}")
    return time.perf_counter() - began, used.ru_utime + used.ru_stime, most / 1024**2


if __name__ == "__main__":
    sys.exit(main())
