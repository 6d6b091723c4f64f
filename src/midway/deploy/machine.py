"""The machine that is set up: what is asked of it and done to it, each in one place, so that a dry run does nothing."""

import grp
import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from midway.runtime.problem import CannotRun

SECONDS = 900


class Machine:
    """This machine, as root."""

    def has_systemd(self) -> bool:
        """Whether systemd runs it, and not only lies on its disk."""
        return Path("/run/systemd/system").is_dir()

    def has_program(self, name: str) -> bool:
        """Whether a program is installed."""
        return shutil.which(name, path="/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin") is not None

    def run(
        self,
        *words: str,
        account: str = "",
        env: Mapping[str, str] | None = None,
        told: str = "",
        seconds: int = SECONDS,
    ) -> str:
        """Will run a program and give what it said. Raises `CannotRun` with its last words when it fails."""
        command = ["runuser", "-u", account, "--", *words] if account else list(words)
        plain = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
        try:
            done = subprocess.run(  # noqa: S603 - our own commands
                command, env=plain | dict(env or {}), input=told, capture_output=True, text=True, check=False,
                timeout=seconds, cwd="/",
            )  # fmt: skip
        except FileNotFoundError as problem:
            raise CannotRun(f"{command[0]} is not on this machine: install it") from problem
        except subprocess.TimeoutExpired as problem:
            raise CannotRun(f"{' '.join(words)} did not end within {seconds} s") from problem
        if done.returncode != 0:
            last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-3:]
            raise CannotRun(f"{' '.join(words)} failed: {' · '.join(last)}")
        return done.stdout

    def succeeds(self, *words: str, account: str = "") -> bool:
        """Whether a program ends well."""
        try:
            self.run(*words, account=account)
        except CannotRun:
            return False
        return True

    def read(self, path: Path) -> str | None:
        """What is in a file; nothing when it is not there."""
        try:
            return path.read_text(errors="replace")
        except FileNotFoundError:
            return None

    def write(self, path: Path, text: str, *, mode: int, owner: str, group: str) -> None:
        """Will put the whole file in place in one step, with its rights already on it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        own(fresh, mode=mode, owner=owner, group=group)
        fresh.rename(path)


def rights_of(path: Path) -> tuple[int, str, str] | None:
    """Mode, owner and group; nothing when it is not there."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mode & 0o7777, _name_of_user(found.st_uid), _name_of_group(found.st_gid)


def own(path: Path, *, mode: int, owner: str, group: str) -> None:
    """Will set owner and rights. As an ordinary user (in tests) only the rights."""
    if os.geteuid() == 0:
        shutil.chown(path, owner, group)
    path.chmod(mode)


def has_account(name: str) -> bool:
    """Whether the machine knows this account."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _name_of_user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _name_of_group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
