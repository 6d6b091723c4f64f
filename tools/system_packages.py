"""Installs what the tests need besides Python packages, when we are root on a Debian-like machine and it is missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# What has to be there, and the package that brings it.
NEEDED = {
    "chromium": "chromium",
    "goaccess": "goaccess",
    "nginx": "nginx-light",
    "redis-server": "redis-server",
    "/usr/sbin/logrotate": "logrotate",
    "/usr/sbin/nft": "nftables",
    "/usr/bin/etcd": "etcd-server",
    "/usr/sbin/pgbouncer": "pgbouncer",
    "/usr/bin/openssl": "openssl",
    "/usr/bin/certbot": "certbot",
    "/usr/bin/pebble": "pebble",
    "/usr/sbin/ip|/sbin/ip": "iproute2",
    "/usr/lib/postgresql/15/bin/postgres|/usr/lib/postgresql/16/bin/postgres|/usr/lib/postgresql/17/bin/postgres"
    "|/usr/lib/postgresql/18/bin/postgres": "postgresql",
}


def main() -> None:
    """Will install what is missing, or say what would be."""
    missing = [package for wanted, package in NEEDED.items() if not _is_there(wanted)]
    if not missing:
        return
    required = os.environ.get("MIDWAY_REQUIRE_ALL") == "1"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        print(f"Not on this machine: {', '.join(missing)}. Tests that need them are skipped; install them to run all.")
        sys.exit(1 if required else 0)
    print(f"Installing {', '.join(missing)}", flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    quiet = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    for command in ([*quiet, "update"], [*quiet, "install", "-y", "--no-install-recommends", *missing]):
        done = subprocess.run(
            command, env=env, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if done.returncode != 0:
            print(done.stdout[-2000:])
            print(f"{' '.join(command)} failed; going on without" if not required else f"{' '.join(command)} failed")
            sys.exit(1 if required else 0)


def _is_there(wanted: str) -> bool:
    return any(Path(one).exists() if one.startswith("/") else shutil.which(one) for one in wanted.split("|"))


if __name__ == "__main__":
    main()
