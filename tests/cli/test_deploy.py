"""`midway deploy` from outside: what it refuses, and that a dry run does nothing."""

import json
import os
from pathlib import Path

import pytest
from tests.runtime.running import run_midway


@pytest.mark.parametrize("host", ["clean", "https://clean.example.com", "clean.example.com;reboot", "-x.example.com"])
def test_what_is_no_name_of_a_host_is_refused(host: str) -> None:
    done = run_midway("deploy", "--mail", "owner@example.com", "--", host)
    assert done.returncode == 2
    assert "is no name of a host" in done.stderr


@pytest.mark.slow
def test_a_dry_run_says_what_it_would_do_and_does_nothing() -> None:
    if os.geteuid() != 0 or not Path("/etc/debian_version").exists():
        pytest.skip("setting up a machine takes root and Debian")
    if Path("/etc/midway").exists():
        pytest.skip("this machine is set up already")
    done = run_midway("deploy", "clean.example.com", "--mail", "owner@example.com", "--json")
    assert done.returncode == 1, done.stderr
    deeds = json.loads(done.stdout)["deeds"]
    says = [deed["says"] for deed in deeds]
    assert "Write /etc/nginx/conf.d/midway.conf" in says
    assert any(deed["diff"].startswith("--- /etc/nginx") for deed in deeds)
    assert not any(word in json.dumps(deeds) for word in ("MIDWAY_SECRET_KEY=", "unix://midway:"))
    assert not Path("/etc/midway").exists()
    assert not Path("/etc/nginx/conf.d/midway.conf").exists()
