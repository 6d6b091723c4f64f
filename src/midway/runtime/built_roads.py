"""Roads built from a map: one file of tiles in the data folder and beside it what it was made from. Plain Python."""

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from midway.runtime.held import held
from midway.runtime.problem import CannotRun

REQUIREMENT = "pyvalhalla-weekly==3.5.1.post1.dev248" if sys.version_info < (3, 12) else "pyvalhalla>=3.9"
"""What the extra `roads` asks for: Python 3.11 has no wheel of a release that can build."""
DISTRIBUTION = "pyvalhalla-weekly" if sys.version_info < (3, 12) else "pyvalhalla"
PACKAGE = "valhalla"
OLD_AFTER_DAYS = 365


class RoadsUnreadable(Exception):
    """The built roads are damaged or gone."""


@dataclass(frozen=True)
class BuiltRoads:
    """What was built: from which map, when, and into which file. `key` is another one for each other build."""

    key: str
    map_name: str
    built_at: datetime
    tiles: Path
    size: int
    checksum: str

    @property
    def words(self) -> str:
        """As a plan names them."""
        return f"roads of {self.map_name}, built {self.built_at.date()}"

    def is_old(self, now: datetime) -> bool:
        """Whether streets will have changed since."""
        return (now - self.built_at).days > OLD_AFTER_DAYS

    def make_sure_it_is_there(self) -> None:
        """Will compare the file's size, which costs nothing: a file cut short gives no error but roads to nowhere."""
        with contextlib.suppress(OSError):
            if self.tiles.stat().st_size == self.size:
                return
        raise RoadsUnreadable(f"{self.tiles.name} is damaged or gone")

    def make_sure_it_is_sound(self) -> None:
        """Will read every byte."""
        self.make_sure_it_is_there()
        if checksum(self.tiles) != self.checksum:
            raise RoadsUnreadable(f"{self.tiles.name} is damaged")


@dataclass(frozen=True)
class RoadsFolder:
    """The folder `roads` of a data folder."""

    path: Path

    @classmethod
    def of(cls, data: Path) -> "RoadsFolder":
        """The one of this data folder, there or not."""
        return cls(data / "roads")

    @property
    def _facts(self) -> Path:
        return self.path / "roads.json"

    def built(self) -> BuiltRoads | None:
        """The roads in force; nothing where none were built. Raises `RoadsUnreadable`."""
        try:
            facts = json.loads(self._facts.read_text())
            return BuiltRoads(
                key=str(facts["key"]), map_name=str(facts["map"]), built_at=datetime.fromisoformat(facts["built_at"]),
                tiles=self.path / Path(facts["tiles"]).name, size=int(facts["size"]), checksum=str(facts["checksum"]),
            )  # fmt: skip
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise RoadsUnreadable(f"{self._facts.name} cannot be read") from problem

    def put_in_force(self, tiles: Path, *, key: str, map_name: str, at: datetime) -> BuiltRoads:
        """Will take over the finished file and name it in one step; what was in force until then goes."""
        there = self.path / f"{key}.tar"
        facts = {
            "key": key, "map": map_name, "built_at": at.astimezone(UTC).isoformat(timespec="seconds"),
            "tiles": there.name, "size": tiles.stat().st_size, "checksum": checksum(tiles),
        }  # fmt: skip
        _keep(tiles)
        tiles.replace(there)
        beside = self.path / "roads.json.new"
        beside.write_text(json.dumps(facts, indent=1) + "\n")
        _keep(beside)
        beside.replace(self._facts)
        for other in self.path.glob("*.tar"):
            if other != there:
                other.unlink()  # a planner that has it open keeps it until it is done
        built = self.built()
        assert built is not None
        return built

    def remove(self) -> bool:
        """Will put no roads in force, and say whether there were any."""
        there = self._facts.exists()
        self._facts.unlink(missing_ok=True)
        for tiles in self.path.glob("*.tar"):
            tiles.unlink()
        return there

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Will keep others from building meanwhile. Raises `CannotRun` where somebody does."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o755)  # streets are no secret, and who plans may be another account than who builds
        busy = CannotRun(f"Roads are being built in {self.path}: wait until that is done")
        with held(self.path / "lock", otherwise=busy):
            yield


def is_installed() -> bool:
    """Whether the package that builds and reads roads is there. It is not loaded."""
    return importlib.util.find_spec(PACKAGE) is not None


def program_version() -> str:
    """Of what builds and reads roads."""
    try:
        return f"{DISTRIBUTION} {importlib.metadata.version(DISTRIBUTION)}"
    except importlib.metadata.PackageNotFoundError:
        return ""


def how_to_install() -> str:
    """The exact command, for this Python."""
    if importlib.util.find_spec("pip") is not None:
        return f"{sys.executable} -m pip install '{REQUIREMENT}'"
    return f"uv pip install --python {sys.executable} '{REQUIREMENT}'"


def checksum(path: Path) -> str:
    """SHA-256 of a file of any size."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _keep(path: Path) -> None:
    """Will have it on the disk, readable by all."""
    path.chmod(0o644)
    with path.open("rb") as file:
        os.fsync(file.fileno())
