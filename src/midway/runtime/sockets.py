"""Folders for unix sockets: private, and short enough for the kernel."""

import hashlib
import os
import tempfile
from pathlib import Path

from midway.runtime.problem import CannotRun
from midway.runtime.process import Account

# The kernel takes 107 bytes for a socket's path; macOS takes 103.
LONGEST_PATH = 103


def socket_folder(wanted: Path, *, longest_name: str, account: Account | None) -> Path:
    """Will make a folder only the server's account may enter: `wanted`, or one elsewhere if that is too deep."""
    folder = wanted
    if len(os.fsencode(wanted / longest_name)) > LONGEST_PATH:
        key = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"midway-{os.geteuid()}-{key}"
        if len(os.fsencode(folder / longest_name)) > LONGEST_PATH:
            folder = Path("/tmp") / folder.name  # noqa: S108 - private, and checked below
    owner = account.uid if account else os.geteuid()
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid not in {owner, os.geteuid()}:
        raise CannotRun(f"{folder} belongs to somebody else: remove it, or choose a shorter data folder with --data")
    folder.chmod(0o700)
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    return folder
