"""Starting children that cannot outlive us, as another user when we are root."""

import contextlib
import ctypes
import os
import pwd
import signal
import stat
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import IO

from midway.runtime.problem import CannotRun

_PR_SET_PDEATHSIG = 1
_PR_SET_SECUREBITS = 28
_SECBIT_NO_SETUID_FIXUP = 4
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2
_CAPABILITY_VERSION_3 = 0x20080522
_LINUX = sys.platform == "linux"
_libc = ctypes.CDLL(None, use_errno=True) if _LINUX else None


@dataclass(frozen=True)
class Account:
    """The system account a server runs as."""

    name: str
    uid: int
    gid: int


def server_account() -> Account | None:
    """The account for servers that refuse to run as root; nothing when we are an ordinary user already."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as problem:
        raise CannotRun(
            "PostgreSQL does not run as root, and this machine has no account nobody: start as an ordinary user"
        ) from problem
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def own_name() -> str:
    """The name of the account we run as, by which PostgreSQL knows us."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError as problem:
        raise CannotRun(
            f"This machine has no account for user id {os.geteuid()}, and PostgreSQL needs its name: add one to "
            "/etc/passwd, or set DATABASE_URL"
        ) from problem


def can_reach(account: Account, path: Path) -> bool:
    """Whether the account may walk down to this path. Group and owner are looked at, lists of rights are not."""
    for folder in [*path.resolve().parents]:
        found = folder.stat()
        if found.st_uid == account.uid:
            wanted = stat.S_IXUSR
        elif found.st_gid == account.gid:
            wanted = stat.S_IXGRP
        else:
            wanted = stat.S_IXOTH
        if not found.st_mode & wanted:
            return False
    return True


def start(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    output: IO[bytes] | int | None,
    errors: IO[bytes] | int = subprocess.STDOUT,
    account: Account | None = None,
    dies_with_us: signal.Signals = signal.SIGTERM,
    needs: Sequence[Path] = (),
) -> subprocess.Popen[bytes]:
    """Will start a child that receives `dies_with_us` at the moment we die, however we die.

    `needs` are the paths it must reach: where the account may not walk (a private home, a temporary folder of
    root's), the child keeps the one capability to pass through folders, nothing else of root's.
    The child has its own process group, so that Ctrl-C reaches only us and we stop it in order.
    """
    passes = account is not None and not all(can_reach(account, path) for path in needs)

    def begun() -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own commands
            [str(part) for part in command],
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            process_group=0,
            preexec_fn=_before_exec(account, passes_folders=passes, dies_with_us=dies_with_us),  # noqa: PLW1509 - nothing in it waits for another thread
        )

    return _midwife.begin(begun) if _LINUX else begun()


class _Midwife:
    """Whoever starts children for the other threads. The kernel takes the end of the thread that started a child for
    the end of its parent, and this thread ends with the process only."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: SimpleQueue[tuple[Callable[[], subprocess.Popen[bytes]], Future[subprocess.Popen[bytes]]]]
        self._of = 0

    def begin(self, deed: "Callable[[], subprocess.Popen[bytes]]") -> "subprocess.Popen[bytes]":
        """Will start the child: from the first thread at once, for it lives as long as we do."""
        if threading.current_thread() is threading.main_thread():
            return deed()
        done: Future[subprocess.Popen[bytes]] = Future()
        with self._lock:
            if self._of != os.getpid():  # nobody came along into a fork
                self._asked, self._of = SimpleQueue(), os.getpid()
                threading.Thread(target=self._work, name="starts-children", daemon=True).start()
        self._asked.put((deed, done))
        return done.result()

    def _work(self) -> None:
        while True:
            deed, done = self._asked.get()
            try:
                done.set_result(deed())
            except BaseException as problem:  # whoever asked is told
                done.set_exception(problem)
            del deed, done


_midwife = _Midwife()


def give_way(steps: int) -> None:
    """Will let others have the processor first. Where a unit forbids to say so, the unit has said it."""
    with contextlib.suppress(PermissionError):
        os.nice(steps)


def die_with_parent(parent: int, how: signal.Signals) -> None:
    """Will ask the kernel to end this process when its parent ends (Linux; elsewhere nothing happens)."""
    if _libc is None:
        return
    _libc.prctl(_PR_SET_PDEATHSIG, int(how), 0, 0, 0)
    if os.getppid() != parent:  # it died before we could ask
        os.kill(os.getpid(), how)


def _before_exec(account: Account | None, *, passes_folders: bool, dies_with_us: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()

    def prepare() -> None:
        if account is not None:
            _become(account, passes_folders=passes_folders)
        # After the change of user: the kernel forgets the request when credentials change.
        die_with_parent(parent, dies_with_us)

    return prepare


def _become(account: Account, *, passes_folders: bool) -> None:
    keep = passes_folders and _libc is not None
    if keep:
        assert _libc is not None
        # Without this the kernel takes all capabilities away with the user, and access(2), by which initdb looks for
        # its neighbours, would go on ignoring the one we keep. All others are dropped below, and by exec.
        _libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(account.gid)
    os.setuid(account.uid)
    os.umask(0o077)
    if keep:
        # The read-only one suffices; containers often hold only the wider one.
        _keep_capability(_CAP_DAC_READ_SEARCH) or _keep_capability(_CAP_DAC_OVERRIDE)


def _keep_capability(number: int) -> bool:
    assert _libc is not None
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    mask = 1 << number
    data = struct.pack("=IIIIII", mask, mask, mask, 0, 0, 0)
    if _libc.capset(header, data) != 0:
        return False
    return bool(_libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, number, 0, 0) == 0)


def stop(child: "subprocess.Popen[bytes]", *signals: tuple[signal.Signals, float]) -> None:
    """Will send each signal in turn, waiting its seconds for the child to end, and kill it at last with its group."""
    for how, seconds in signals:
        if child.poll() is not None:
            return
        child.send_signal(how)
        try:
            child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            continue
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def is_alive(pid: int) -> bool:
    """Whether a process with this id runs. A zombie does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    if not _LINUX:
        return True
    try:
        status = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def born(pid: int) -> str:
    """When the process with this id began, as only the same one can say again: numbers are given out anew (Linux)."""
    try:
        began = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[19]
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {began}"
    except (OSError, IndexError):
        return ""


def proportional_memory(pid: int) -> int | None:
    """Bytes this process and its descendants take, shared pages divided among their users (Linux)."""
    total = 0
    for one in [pid, *descendants(pid)]:
        try:
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        for line in rollup.splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total or None


def descendants(pid: int) -> list[int]:
    """The ids of all processes below this one (Linux)."""
    found: list[int] = []
    waiting = [pid]
    while waiting:
        current = waiting.pop()
        try:
            threads = list(Path(f"/proc/{current}/task").iterdir())
            children = [int(word) for thread in threads for word in (thread / "children").read_text().split()]
        except OSError:
            continue
        found += children
        waiting += children
    return found
