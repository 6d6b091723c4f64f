"""The machine's own numbers. One object, so that a stage can put a full disk or a wrong clock in its place."""

import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Share:
    """How much of something there is, and how much of it is used."""

    used: float
    total: float

    @property
    def percent(self) -> float:
        """The used part in percent; 0 where there is none of it at all."""
        return 100.0 * self.used / self.total if self.total else 0.0


class Host:
    """This machine, as Linux tells."""

    def disk(self, path: Path) -> Share:
        """Bytes of the file system that holds this path, as far as we may use it."""
        found = shutil.disk_usage(path)
        return Share(found.used, found.used + found.free)

    def inodes(self, path: Path) -> Share:
        """Files that can still be made there."""
        import os

        found = os.statvfs(path)
        return Share(found.f_files - found.f_favail, found.f_files)

    def memory(self) -> Share:
        """Bytes of memory that are not available, within the limit of our control group if it has one."""
        import psutil  # type: ignore[import-untyped] # it carries no types

        found = psutil.virtual_memory()
        group = self._group_memory()
        whole = Share(found.total - found.available, found.total)
        return group if group and group.percent > whole.percent else whole

    def swap(self) -> Share:
        """Bytes of swap."""
        import psutil

        found = psutil.swap_memory()
        return Share(found.used, found.total)

    def oom_kills(self) -> int | None:
        """How many processes the kernel has killed for memory since it started; nothing where it does not say."""
        for line in _lines(Path("/proc/vmstat")):
            if line.startswith("oom_kill "):
                return int(line.split()[1])
        return None

    def processes(self) -> list[tuple[str, int, int]]:
        """Midway's processes: what each is, its number, and the bytes it holds."""
        import psutil

        found = []
        for process in psutil.process_iter(["cmdline", "memory_info", "pid"]):
            words = process.info["cmdline"] or []
            name = next((part for part in ("web", "worker", "up") if _is_ours(words, part)), "")
            if name and process.info["memory_info"] is not None:
                found.append((name, process.info["pid"], process.info["memory_info"].rss))
        return found

    def listeners(self) -> list[tuple[str, int, str]]:
        """Every TCP port somebody listens on: address, port, and the program where we may know it."""
        import psutil

        found = []
        for listening in psutil.net_connections(kind="tcp"):
            if listening.status == psutil.CONN_LISTEN:
                name = ""
                if listening.pid:
                    try:
                        name = psutil.Process(listening.pid).name()
                    except psutil.Error:
                        name = ""
                found.append((listening.laddr.ip, listening.laddr.port, name))
        return sorted(set(found))

    def open_files(self) -> Share:
        """Open files of the whole machine against the kernel's limit."""
        words = (_lines(Path("/proc/sys/fs/file-nr")) or ["0 0 0"])[0].split()
        return Share(float(words[0]), float(words[2]))

    def pressure(self) -> dict[str, float]:
        """In percent of the last five minutes: how long anybody waited for the processor, and how long everybody stood
        still for memory or for the disk. Empty where the kernel does not say."""
        found = {}
        for part, kind in (("cpu", "some"), ("memory", "full"), ("io", "full")):
            for line in _lines(Path("/proc/pressure") / part):
                if line.startswith(f"{kind} "):
                    found[part] = float(dict(word.split("=") for word in line.split()[1:])["avg300"])
        return found

    def _group_memory(self) -> Share | None:
        try:
            limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
            return None if limit == "max" else Share(int(Path("/sys/fs/cgroup/memory.current").read_text()), int(limit))
        except (OSError, ValueError):
            return None


def _is_ours(words: list[str], part: str) -> bool:
    return f"midway.runtime.{part}" in words or ("midway" in " ".join(words[:3]) and words[-1:] == [part])


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
