"""The units' restrictions, put on by the kernel: nodes and worker work inside, and can do nothing else."""

import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.deploy.crowd import Crowd
from tests.deploy.fleet import Fleet, fleet_on
from tests.deploy.grounds import RunningNginx, lay_out, nginx_with, site_in
from tests.deploy.sandbox import allowed_calls, sandboxed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("fleet"),
    pytest.mark.skipif(os.geteuid() != 0, reason="mounts of its own take root"),
]
TRIES = """
import os, socket, sys
def refused(deed):
    try:
        deed()
    except OSError as problem:
        return problem.errno
    return 0
print(refused(lambda: open(sys.argv[1] + "/mine", "w").close()),
      refused(lambda: open(sys.argv[2] + "/mine", "w").close()),
      refused(lambda: os.nice(1)), refused(lambda: os.chroot("/")), refused(lambda: os.chown(sys.argv[2], 12, 12)),
      refused(lambda: socket.socket(socket.AF_PACKET)), refused(lambda: socket.socket(socket.AF_UNIX).close()))
"""


@pytest.fixture(scope="module")
def served(empty_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Fleet, RunningNginx]]:
    folder = tmp_path_factory.mktemp("closed")
    sockets = Path(parse_qs(urlsplit(empty_database).query)["host"][0])  # open to all, as on a server
    sockets.chmod(0o711)
    next(sockets.glob(".s.PGSQL.*[0-9]")).chmod(0o777)
    with fleet_on(folder, empty_database, is_closed_in=True) as fleet, nginx_with(fleet.site) as nginx:
        yield fleet, nginx


@pytest.mark.parametrize("name", ["midway-web@.service", "midway-worker.service"])
def test_only_what_the_unit_names_can_be_done(tmp_path: Path, name: str) -> None:
    site = site_in(tmp_path)
    lay_out(site)
    unit = site.places.systemd / name
    words = [sys.executable, "-c", TRIES, str(site.places.etc), str(site.places.log)]
    done = subprocess.run(sandboxed(unit, *words), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    nothing, refused = 0, errno.EPERM
    wanted = [errno.EROFS, nothing, refused, refused, refused, refused, nothing]
    assert [int(word) for word in done.stdout.split()] == wanted
    assert not {"setpriority", "mount", "ptrace", "reboot", "bpf"} & allowed_calls(unit)
    assert {"read", "execve", "mmap", "connect"} <= allowed_calls(unit)


def test_people_use_nodes_that_are_closed_in(served: tuple[Fleet, RunningNginx]) -> None:
    fleet, nginx = served
    crowd = Crowd(nginx, people=2)
    with crowd as tally:
        crowd.wait_for(30)
    assert tally.failed == []
    rights = Path(f"/proc/{fleet.processes()[0]}/status").read_text()
    assert "CapEff:\t0000000000000000" in rights
    assert "NoNewPrivs:\t1" in rights
    assert "Seccomp:\t2" in rights


def test_a_worker_that_is_closed_in_works(served: tuple[Fleet, RunningNginx]) -> None:
    fleet, nginx = served
    worker = fleet.start_worker()
    try:
        deadline = time.monotonic() + 60
        while True:
            checks = json_of(nginx)["checks"]
            if {checks["worker"], checks["scheduler"]} == {"ok"}:
                break
            assert worker.poll() is None, fleet.said[-3000:]
            assert time.monotonic() < deadline, (checks, fleet.said[-3000:])
            time.sleep(0.2)
    finally:
        worker.terminate()
        assert worker.wait(timeout=60) == 0
    assert "scheduler.run.failed" not in fleet.said
    assert "PermissionError" not in fleet.said


def json_of(nginx: RunningNginx) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(nginx.ask("/readyz").body)
    return found
