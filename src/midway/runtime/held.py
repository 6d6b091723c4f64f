"""The right to work on something alone, by a lock on a file; the kernel takes it back when we die."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(lock: Path, *, otherwise: Exception) -> Iterator[None]:
    """Will hold the lock, or raise `otherwise` where somebody else does."""
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as problem:
            raise otherwise from problem
        yield
