"""From a root file system with nothing in it to a booking through Nginx and TLS, by the documented steps, with a clock.

`python -m benchmarks.clean_root [--root FOLDER]` as root, with debootstrap. The server has a network of its own, and
nothing of this machine is touched. systemd cannot be its first process there: the units' own lines are started.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.stand import machine

REPOSITORY = Path(__file__).resolve().parent.parent
HOST = "clean.example.com"
DEPLOY = f"/opt/midway/1/bin/midway deploy {HOST} --mail owner@example.com --own-certificate"
BOOK = """
import http.client, json, ssl, socket, sys, time
from urllib.parse import urlencode
context = ssl.create_default_context(cafile="/etc/midway/tls/fullchain.pem")
def ask(method, path, body=None, **headers):
    raw = socket.create_connection(("127.0.0.1", 443), timeout=30)
    connection = http.client.HTTPConnection("clean.example.com")
    connection.sock = context.wrap_socket(raw, server_hostname="clean.example.com")
    headers = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    connection.request(method, path, body=json.dumps(body) if body is not None else None, headers=headers)
    answer = connection.getresponse()
    told = json.loads(answer.read())
    assert answer.status < 300, (answer.status, told)
    return told, answer
services, answer = ask("GET", "/api/v1/services")
assert answer.getheader("Strict-Transport-Security")
service = services["services"][0]["code"]
home = {"service": service, "bedrooms": 2, "bathrooms": 1, "square_feet": 900, "extras": [], "frequency": "once",
        "postcode": sys.argv[1]}
quote, _ = ask("POST", "/api/v1/quotes", home)
words = {"service": service, "days": 28, "duration_minutes": quote["duration_minutes"], "postcode": sys.argv[1]}
free, _ = ask("GET", "/api/v1/availability?" + urlencode(words))
start = next(slot["start"] for day in free["days"] for slot in day["slots"])
booked, _ = ask("POST", "/api/v1/bookings", {
    "quote": quote["code"], "start": start, "frequency": "once",
    "customer": {"name": "Dora Example", "email": "dora@example.com", "phone": "+14105550120"},
    "property": {"line1": "1 Main Street", "postcode": sys.argv[1], "city": "Baltimore"}, "notes": "",
}, Idempotency_Key="the-first-booking")
print(json.dumps(booked))
"""


class Server:
    """The new machine: its root file system and its network."""

    def __init__(self, root: Path, network: str) -> None:
        self.root, self.network = root, network
        self.steps: list[dict[str, Any]] = []
        self._parts: list[subprocess.Popen[bytes]] = []

    def say(self, line: str, *, inside: bool = True, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """What root types there."""
        words = ["chroot", str(self.root), "/bin/sh", "-c", line]
        if inside:
            words = ["ip", "netns", "exec", self.network, *words]
        env = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive",
        }  # fmt: skip
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
        if check and done.returncode != 0:
            raise SystemExit(f"{line}\nended with {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done

    def step(self, title: str, line: str, *, inside: bool = True) -> str:
        """One documented step, with the time it took."""
        began = time.monotonic()
        told = self.say(line, inside=inside).stdout
        self.steps.append({"step": title, "seconds": round(time.monotonic() - began, 1)})
        print(f"{self.steps[-1]['seconds']:7.1f} s  {title}", flush=True)
        return told

    def start_units(self) -> None:
        """What systemd would do: each unit's line, as its account, with its environment."""
        began = time.monotonic()
        (self.root / "run/midway-redis").mkdir(exist_ok=True)
        self.say("chown midway-redis:midway /run/midway-redis && chmod 750 /run/midway-redis")
        for unit, number in (("midway-redis", ""), ("midway-web@", "1"), ("midway-web@", "2"), ("midway-worker", "")):
            self._start(unit, number)
        deadline = time.monotonic() + 120
        while not all((self.root / f"run/midway/{number}.sock").exists() for number in (1, 2)):
            if time.monotonic() > deadline:
                raise SystemExit((self.root / "var/log/midway/web.log").read_text()[-3000:])
            time.sleep(0.1)
        self.steps.append(
            {"step": "the units' lines, until both doors are open", "seconds": round(time.monotonic() - began, 1)}
        )

    def _start(self, unit: str, number: str) -> None:
        text = (self.root / f"etc/systemd/system/{unit}.service").read_text()
        said = dict(re.findall(r"^(User|Group|ExecStart|StandardOutput)=(.*)$", text, re.MULTILINE))
        files = re.findall(r"^EnvironmentFile=(.*)$", text, re.MULTILINE)
        words = shlex.split(said["ExecStart"].replace("%i", number))
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        for file in files:
            for line in (self.root / file.lstrip("/")).read_text().splitlines():
                name, equals, value = line.partition("=")
                if equals and not name.startswith("#"):
                    env[name] = value.strip('"')
        log = self.root / said.get("StandardOutput", "append:/var/log/midway/cache.log").partition(":")[2].lstrip("/")
        user = ["setpriv", "--reuid", said["User"], "--regid", said["Group"], "--clear-groups"]
        command = ["ip", "netns", "exec", self.network, "chroot", str(self.root), *user, "--", *words]
        with log.open("ab") as output:
            self._parts.append(subprocess.Popen(command, env=env, stdout=output, stderr=output))

    def stop(self) -> None:
        """Nothing of it will run on."""
        for part in reversed(self._parts):
            part.terminate()
        for part in self._parts:
            try:
                part.wait(timeout=20)
            except subprocess.TimeoutExpired:  # a worker finishes the day's look at everything first
                part.kill()
                part.wait(timeout=10)
        self.say("nginx -s stop; pg_ctlcluster 15 main stop -m fast", check=False)


@contextmanager
def new_server(root: Path) -> Iterator[Server]:
    """A machine with its folders and its network, which are let go afterwards."""
    network = f"mw-clean-{os.getpid()}"
    mounts = [
        ("proc", "proc", "proc"),
        ("devtmpfs", "devtmpfs", "dev"),
        ("tmpfs", "tmpfs", "dev/shm"),
        ("tmpfs", "tmpfs", "run"),
    ]
    subprocess.run(["ip", "netns", "add", network], check=True)
    subprocess.run(["ip", "-n", network, "link", "set", "lo", "up"], check=True)
    server = Server(root, network)
    done: list[str] = []
    try:
        for kind, what, where in mounts:
            (root / where).mkdir(parents=True, exist_ok=True)
            subprocess.run(["mount", "-t", kind, what, str(root / where)], check=True)
            done.append(where)
        (root / "run/lock").mkdir(exist_ok=True)
        (root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")  # there is no init to start anything
        (root / "usr/sbin/policy-rc.d").chmod(0o755)
        yield server
    finally:
        server.stop()
        for where in reversed(done):
            subprocess.run(["umount", "-l", str(root / where)], check=False)
        subprocess.run(["ip", "netns", "delete", network], check=False)


def wheelhouse(folder: Path) -> None:
    """Will bring together what pip installs: our wheel and its dependencies, as the lock names them."""
    folder.mkdir(parents=True, exist_ok=True)
    for wheel in folder.glob("midway-*.whl"):
        wheel.unlink()
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, REPOSITORY]
    lock = REPOSITORY / "requirements" / "runtime.txt"
    download = [sys.executable, "-m", "pip", "-qq", "download", "-d", folder]
    # Debian's Python is 3.11.2, which needs one package more than ours here may.
    older = next(line.split()[0] for line in lock.read_text().splitlines() if line.startswith("async-timeout=="))
    for command in (build, [*download, "--require-hashes", "-r", lock], [*download, "--no-deps", older]):
        subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)


def run(root: Path, packages: Path) -> dict[str, Any]:
    """Will do every step and give what it took."""
    from midway.deploy.ground import PACKAGES

    if not (root / "usr/bin/apt-get").exists():
        subprocess.run(
            ["debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", root, "http://deb.debian.org/debian"],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    wheelhouse(packages)
    shutil.copytree(packages, root / "wheels", dirs_exist_ok=True)
    began = time.monotonic()
    with new_server(root) as server:
        server.step(
            "1. apt-get update && apt-get install -y python3-venv",
            "apt-get -qq update && apt-get -qq install -y --no-install-recommends python3-venv",
            inside=False,
        )
        server.step(
            "2. python3 -m venv /opt/midway/1 && pip install midway-*.whl",
            "python3 -m venv /opt/midway/1 && "
            "/opt/midway/1/bin/pip install -q --no-index --find-links /wheels /wheels/midway-*.whl",
        )
        # The network of its own has no way out: Debian's packages are what the first stage of the set-up installs.
        server.step(
            "3a. midway deploy: packages",
            f"apt-get -qq install -y --no-install-recommends {' '.join(PACKAGES)}",
            inside=False,
        )
        server.step("3b. midway deploy … --yes: everything else", f"{DEPLOY} --yes")
        server.step("4. midway-firewall keep", "midway-firewall keep")
        server.start_units()
        settings = "set -a; . /etc/midway/secrets.env; . /etc/midway/worker.env; set +a;"
        server.step(
            "5. a company to book with (a small made-up one)",
            f"{settings} exec runuser -u midway -- /opt/midway/1/bin/midway demo load"
            " --cleaners 4 --customers 10 --months 1",
        )
        postcode = server.say(
            'runuser -u postgres -- psql -qtA -d midway -c "SELECT postcode FROM crew_area LIMIT 1"'
        ).stdout.strip()
        (root / "book.py").write_text(BOOK)
        booked = server.step("6. a booking through Nginx and TLS", f"/opt/midway/1/bin/python /book.py {postcode}")
        again = server.say(f"{DEPLOY}", check=False)
        return {
            "steps": server.steps,
            "seconds": round(time.monotonic() - began, 1),
            "booked": json.loads(booked),
            "second_run": again.stdout.strip().splitlines()[-1],
            "second_run_exit": again.returncode,
        }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clean_root", description=__doc__)
    parser.add_argument("--root", type=Path, help="a bootstrapped root to go on with; a new one is made otherwise")
    parser.add_argument("--wheels", type=Path, help="where to keep the wheels")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="midway-clean-", dir="/var/tmp") as folder:
        root, wheels = chosen.root or Path(folder) / "root", chosen.wheels or Path(folder) / "wheels"
        result = {"at": datetime.now(tz=UTC).isoformat(timespec="seconds"), "machine": machine(), **run(root, wheels)}
    file = REPOSITORY / "benchmarks" / "results" / f"{result['at'][:10]}-clean-root.json"
    file.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps({name: result[name] for name in ("seconds", "second_run", "second_run_exit")}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
