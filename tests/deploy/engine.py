"""Docker's own engine in a network and folders of its own, and our compose file on it.

No registry of images is asked: those that the files begin with are made of Debian's packages, under their names.
"""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
STAND_INS = Path(__file__).with_name("images")
PACKAGES = ("ca-certificates", "python3", "python3-venv", "postgresql-15", "redis-server")
CONTEXT = ("requirements", "src", "tools", "deploy", "pyproject.toml", "README.md", ".dockerignore")
PATIENCE_SECONDS = 120
CLONE_NEWNET = 0x40000000
DOCKER = "/usr/bin/docker"
IMAGES = {"python": "python:3.11-slim-bookworm", "postgres": "postgres:15-bookworm", "redis": "redis:7-bookworm"}


def why_not_here() -> str:
    """What keeps this machine from having an engine of its own; nothing when it can."""
    if os.geteuid() != 0:
        return "an engine takes root"
    missing = [
        name for name in ("dockerd", DOCKER, "docker-compose", "debootstrap", "nginx", "ip") if not shutil.which(name)
    ]
    return f"not here: {', '.join(missing)}" if missing else ""


def do(*words: object, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    """Will run a command and give what it printed; its last words are in the failure."""
    command = [str(word) for word in words]
    done = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@contextmanager
def own_network() -> Iterator[None]:
    """This thread, and what it starts, sees a network of its own, with nothing in it but loopback."""
    name = f"mw-box-{uuid4().hex[:6]}"
    do("ip", "netns", "add", name)
    do("ip", "-n", name, "link", "set", "lo", "up")
    library = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as home:
        try:
            # Not by `ip netns exec`, which hides the control groups that containers need.
            with open(f"/run/netns/{name}") as away:
                assert library.setns(away.fileno(), CLONE_NEWNET) == 0
            yield
        finally:
            assert library.setns(home.fileno(), CLONE_NEWNET) == 0
            do("ip", "netns", "delete", name)


class Engine:
    """A Docker engine whose images, containers and networks are gone with its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = Path("/run") / f"mw-{uuid4().hex[:8]}"  # the path of a socket must be short
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "DOCKER_HOST": f"unix://{self._socket}/docker.sock",
        }
        self.env |= {"DOCKER_BUILDKIT": "0", "COMPOSE_DOCKER_CLI_BUILD": "0", "COMPOSE_HTTP_TIMEOUT": "120"}
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Will return when it answers."""
        self._socket.mkdir(mode=0o700)
        words = [
            "dockerd", "--host", self.env["DOCKER_HOST"], "--data-root", str(self._folder / "data"),
            "--exec-root", str(self._socket / "exec"), "--pidfile", str(self._socket / "docker.pid"),
            "--config-file", str(self._folder / "none.json"), "--bip", "172.30.0.1/24",
        ]  # fmt: skip
        (self._folder / "none.json").write_text("{}")
        with (self._folder / "engine.log").open("ab") as log:
            self._child = subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True)
        wait_until(self._answers, PATIENCE_SECONDS, self._last_words)

    def _answers(self) -> bool:
        assert self._child is not None
        assert self._child.poll() is None, self._last_words()
        return subprocess.run([DOCKER, "version"], env=self.env, capture_output=True, check=False).returncode == 0

    def _last_words(self) -> str:
        return (self._folder / "engine.log").read_text(errors="replace")[-3000:]

    def stop(self) -> None:
        """Will stop it, with whatever still runs on it."""
        if self._child is not None:
            self._child.send_signal(signal.SIGTERM)
            try:
                self._child.wait(timeout=60)
            except subprocess.TimeoutExpired:
                os.killpg(self._child.pid, signal.SIGKILL)
                self._child.wait(timeout=20)
        for mount in reversed(Path("/proc/self/mountinfo").read_text().splitlines()):
            place = mount.split()[4]
            if place.startswith((str(self._socket), str(self._folder / "data"))):
                subprocess.run(["umount", "-l", place], check=False, capture_output=True)
        shutil.rmtree(self._socket, ignore_errors=True)

    def docker(self, *words: object) -> str:
        """What the command prints."""
        return do(DOCKER, *words, env=self.env)


class Stack:
    """Our compose file on an engine, in a copy of what a release has."""

    def __init__(self, engine: Engine, folder: Path, port: int, host: str) -> None:
        self._engine = engine
        self.port, self._folder = port, folder / "midway"
        self._env = {**engine.env, "MIDWAY_PORT": str(port), "MIDWAY_HOST": host, "MIDWAY_VERSION": "tested"}

    def lay_out(self) -> None:
        """Will copy the files and make the secrets, by the documented script."""
        self._folder.mkdir()
        ignored = shutil.ignore_patterns("__pycache__", "site", "secrets")
        for name in CONTEXT:
            source, target = ROOT / name, self._folder / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=ignored)
            else:
                shutil.copy(source, target)
        do("./make-secrets.sh", cwd=self._folder / "deploy")
        file = self._folder / "deploy" / "compose.yaml"
        file.write_text(yaml.safe_dump(_in_the_words_of_the_first(yaml.safe_load(file.read_text()))))

    def compose(self, *words: object) -> str:
        """What compose prints."""
        return do("docker-compose", "-p", "midway", *words, env=self._env, cwd=self._folder / "deploy")

    def secrets(self) -> list[str]:
        """What nobody needs to know."""
        return [file.read_text().strip() for file in (self._folder / "deploy" / "secrets").iterdir() if not file.suffix]

    def facts(self, service: str) -> dict[str, Any]:
        """What the engine says of a service's container."""
        name = self.compose("ps", "-q", service).strip()
        found: dict[str, Any] = json.loads(self._engine.docker("inspect", name))[0]
        return found

    def wait_until_healthy(self, *services: str) -> None:
        """Will return when each says of itself that it is."""
        for service in services:
            wait_until(lambda service=service: self._is_healthy(service), PATIENCE_SECONDS, self._last_words)

    def _is_healthy(self, service: str) -> bool:
        state = self.facts(service)["State"]
        return bool(state["Running"]) and state.get("Health", {}).get("Status", "healthy") == "healthy"

    def _last_words(self) -> str:
        return self.compose("logs", "--no-color", "--tail", "40")


def _in_the_words_of_the_first(words: dict[str, Any]) -> dict[str, Any]:
    """Debian's compose is the first one: it has the project's name on its command line, and other words for limits."""
    services = {}
    for name, service in words["services"].items():
        limits = service["deploy"]["resources"]["limits"]
        kept = {key: value for key, value in service.items() if key != "deploy"}
        services[name] = {**kept, "mem_limit": limits["memory"], "pids_limit": limits["pids"]}
    parts = {key: value for key, value in words.items() if key != "name" and not key.startswith("x-")}
    return {**parts, "services": services}


def wait_until(holds: Callable[[], bool], seconds: float, told: Callable[[], str]) -> None:
    """Will return when something is so."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, told()
        time.sleep(0.2)


def first_root(root: Path) -> None:
    """Debian's packages in a folder, by the machine's ordinary client."""
    packages = f"--include={','.join(PACKAGES)}"
    do("debootstrap", "--variant=minbase", packages, "bookworm", root, "http://deb.debian.org/debian")
    for path in (root / "etc/apt/sources.list", *(root / "var/cache/apt/archives").glob("*.deb")):
        path.unlink(missing_ok=True)  # a build asks nobody for packages


def wheels(folder: Path) -> None:
    """What the lock names, and what building takes."""
    pip = (sys.executable, "-m", "pip", "download", "-qq", "--only-binary", ":all:", "--require-hashes", "-d", folder)
    for lock in ("runtime", "build"):
        do(*pip, "-r", ROOT / "requirements" / f"{lock}.txt", env=dict(os.environ))
    # Debian's Python is 3.11.2, which needs one package more than ours here may; the build compares its hash too.
    locked = (ROOT / "requirements" / "runtime.txt").read_text().split()
    older = next(word for word in locked if word.startswith("async-timeout=="))
    do(sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "-d", folder, older, env=dict(os.environ))


@contextmanager
def in_memory(folder: Path) -> Iterator[Path]:
    """A folder in memory: what is unpacked is gone in a minute, and need not wait for the disk."""
    folder.mkdir()
    do("mount", "-t", "tmpfs", "-o", "size=3g,mode=0755", "midway-test", folder)
    try:
        yield folder
    finally:
        do("umount", "-l", folder)


def bring(root: Path, images: Path) -> None:
    """Will fetch all that the images are made of; what follows has no network but its own."""
    shutil.copytree(STAND_INS, images)
    with ThreadPoolExecutor(1) as beside:
        brought = beside.submit(wheels, images / "wheels")
        first_root(root)
        brought.result()


def make_images(engine: Engine, root: Path, images: Path) -> None:
    """Will make what the files begin with, under the official images' names."""
    with subprocess.Popen(["tar", "-C", root, "-c", "."], stdout=subprocess.PIPE) as tar:
        command = [DOCKER, "import", "-", "midway-test-root"]
        subprocess.run(command, env=engine.env, stdin=tar.stdout, stdout=subprocess.DEVNULL, check=True)
    for file, name in IMAGES.items():
        engine.docker("build", "-q", "-t", name, "-f", images / f"{file}.Dockerfile", images)


@contextmanager
def an_engine(folder: Path) -> Iterator[Engine]:
    """One with the images to begin with; gone afterwards whatever happens."""
    reason = why_not_here()
    if reason:
        pytest.skip(reason)
    with in_memory(folder / "root") as root:
        bring(root, folder / "images")
        with own_network():
            engine = Engine(folder)
            try:
                engine.start()
                make_images(engine, root, folder / "images")
                yield engine
            finally:
                engine.stop()
