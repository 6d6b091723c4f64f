"""Builds the wheel, installs it in an empty environment from the lock, and lets it serve from an empty folder."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 240


def main() -> None:
    """Will exit 0 if the wheel works on its own."""
    began = time.monotonic()
    place = Path(tempfile.mkdtemp(prefix="midway-wheel-"))
    try:
        wheel = _build(place)
        python = _install(place / "venv", wheel)
        print(f"Installed {wheel.name} ({wheel.stat().st_size // 1024} kB)", flush=True)
        empty = place / "empty"
        empty.mkdir()
        _serve(python, empty)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    print(f"The wheel serves from an empty folder ({time.monotonic() - began:.0f} s)", flush=True)


def _build(place: Path) -> Path:
    _run([sys.executable, ROOT / "tools" / "docs.py", "--all"])
    _run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", place / "dist", ROOT])
    return next((place / "dist").glob("*.whl"))


def _install(venv: Path, wheel: Path) -> Path:
    _run([sys.executable, "-m", "venv", "--without-pip", venv])
    python = venv / "bin" / "python"
    uv = [sys.executable, "-m", "uv", "pip", "install", "-q", "--python", python, "--no-deps"]
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps"]
    lock = ["--require-hashes", "-r", ROOT / "requirements" / "runtime.txt"]
    installer = uv if subprocess.run([*uv, *lock], check=False, capture_output=True).returncode == 0 else pip
    if installer is pip:
        _run([*pip, *lock])
    _run([*installer, "--no-index", wheel])
    return python


def _serve(python: Path, folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    outside = {
        name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "DATABASE_URL", "REDIS_URL"}
    }
    with subprocess.Popen(
        [python.parent / "midway", "up", "--port", str(port)],
        cwd=folder, env=outside, stdout=subprocess.PIPE, text=True,
    ) as served:  # fmt: skip
        try:
            _wait_until_ready(served)
            for path in ("/healthz", "/", "/docs/"):
                print(f"GET {path} → {_status(address + path)}", flush=True)
            _quote(address)
        finally:
            served.send_signal(signal.SIGINT)
            left = served.stdout.read() if served.stdout else ""
            code = served.wait(timeout=90)
    if code != 0 or "Stopped" not in left:
        sys.exit(f"midway up ended with exit code {code}:\n{left}")


def _wait_until_ready(served: "subprocess.Popen[str]") -> None:
    assert served.stdout is not None
    deadline = time.monotonic() + READY_SECONDS
    for line in served.stdout:
        print(line, end="", flush=True)
        if line.startswith("Ready in"):
            return
        if time.monotonic() > deadline:
            break
    sys.exit("midway up did not get ready")


def _status(url: str) -> int:
    with urllib.request.urlopen(url, timeout=30) as answer:
        if answer.status != 200:
            sys.exit(f"{url} answered {answer.status}")
        return int(answer.status)


def _quote(address: str) -> None:
    with urllib.request.urlopen(f"{address}/api/v1/services", timeout=30) as answer:
        services = json.load(answer)["services"]
    asked = {"service": services[0]["code"], "bedrooms": 2, "bathrooms": 1, "square_feet": 1000, "extras": [],
             "frequency": "once", "postcode": "21201"}  # fmt: skip
    request = urllib.request.Request(
        f"{address}/api/v1/quotes", data=json.dumps(asked).encode(), headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        quote = json.load(answer)
    print(f"POST /api/v1/quotes → {quote['total_cents']} {quote['currency']}", flush=True)


def _run(command: list[object]) -> None:
    done = subprocess.run([str(part) for part in command], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(str(part) for part in command)} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


if __name__ == "__main__":
    main()
