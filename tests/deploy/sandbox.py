"""Runs a program as closed in as its unit says: what it may write, what is left of root's rights, which calls of the
kernel there are. `sandbox.py UNIT word…` as root, in a mount namespace of its own.

What systemd does for a unit, for tests on machines where it is not the first process.
"""

import ctypes
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ALLOW, REFUSE = 0x7FFF0000, 0x00050000  # of seccomp.h; REFUSE takes the errno
EPERM = 1
EQUAL = 4
NO_RIGHTS = ("--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")


class _Condition(ctypes.Structure):
    _fields_ = [("argument", ctypes.c_uint), ("how", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def lines_of(unit: Path, name: str) -> list[str]:
    """What the unit says of a word, line by line."""
    return re.findall(rf"^{name}=(.*)$", unit.read_text(), re.MULTILINE)


def calls_in(group: str) -> Iterator[str]:
    """The calls in a group of systemd's, and in the groups it names."""
    told = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True)
    for word in told.stdout.split("\n")[1:]:
        name = word.strip()
        if name.startswith("@"):
            yield from calls_in(name)
        elif name and not name.startswith("#"):
            yield name


def allowed_calls(unit: Path) -> set[str]:
    """What is left by the unit's filters, the first of which allows and the others take away."""
    allowed: set[str] = set()
    for line in lines_of(unit, "SystemCallFilter"):
        calls = {call for group in line.lstrip("~").split() for call in calls_in(group)}
        allowed = allowed - calls if line.startswith("~") else allowed | calls
    return allowed


def mount(unit: Path) -> None:
    """Will leave nothing to be written but what the unit names."""
    assert lines_of(unit, "ProtectSystem") == ["strict"]
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    for path in " ".join(lines_of(unit, "ReadWritePaths")).split():
        subprocess.run(["mount", "--bind", path, path], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", "/"], check=True)


def shut(unit: Path) -> None:
    """Will give up every call of the kernel that the unit does not leave, and every family of addresses."""
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(library.seccomp_init(REFUSE | EPERM))
    allow = ctypes.c_uint32(ALLOW)
    for name in allowed_calls(unit) - {"socket"}:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # one of this kind of machine
            assert library.seccomp_rule_add_array(rules, allow, number, 0, None) == 0, name
    number = library.seccomp_syscall_resolve_name(b"socket")
    for family in " ".join(lines_of(unit, "RestrictAddressFamilies")).split():
        wanted = _Condition(0, EQUAL, int(getattr(socket, family)), 0)
        assert library.seccomp_rule_add_array(rules, allow, number, 1, ctypes.byref(wanted)) == 0, family
    assert library.seccomp_load(rules) == 0


def main() -> None:
    is_inside = sys.argv[1] == "--inside"
    unit, words = Path(sys.argv[1 + is_inside]), sys.argv[2 + is_inside :]
    if is_inside:
        shut(unit)
        os.execvp(words[0], words)
    mount(unit)
    again = [sys.executable, __file__, "--inside", str(unit), *words]
    os.execvp("setpriv", ["setpriv", *NO_RIGHTS, "--", *again])


def sandboxed(unit: Path, *words: str) -> list[str]:
    """The command that runs these words as closed in as the unit says."""
    return ["unshare", "--mount", sys.executable, __file__, str(unit), *words]


if __name__ == "__main__":
    main()
