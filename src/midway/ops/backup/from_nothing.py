"""Prove that the recovery kit and the copy off-host are enough: nothing else of this machine is used.

The kit is what the owner keeps elsewhere: the secret key, the place of the copies, and a key that opens them. A process
of its own gets these in an empty data folder, with no database and no catalogue, as on a machine bought this morning.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from midway.ops.backup.catalogue import Note, Record, State
from midway.ops.backup.child import child_environment
from midway.ops.backup.copies import CopyFailed, copy_place
from midway.ops.backup.drill import Proof
from midway.ops.backup.manifest import NAME as MANIFEST
from midway.ops.backup.setting import Setting
from midway.ops.backup.work import work_folder
from midway.runtime.folder import write_whole
from midway.runtime.problem import CannotRun

EVERY = timedelta(days=29, hours=12)
_LONGEST_SECONDS = 8 * 3600
# A machine's own, and what a place for copies asks for; everything else begins empty.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "MIDWAY_POSTGRES_BIN")


@dataclass(frozen=True)
class Kit:
    """What the owner keeps elsewhere. `identity` opens the backups; the owner's own, or the drill's of this server."""

    place: str
    secret: str
    identity: str = ""

    @classmethod
    def read(cls, path: Path) -> "Kit":
        """The kit in a file. Raises `CannotRun`."""
        try:
            facts = json.loads(path.read_text())
            return cls(str(facts["place"]), str(facts["secret"]), str(facts.get("identity", "")))
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise CannotRun(f"{path} is no recovery kit ({problem}): midway backup kit makes one") from problem

    def words(self) -> str:
        """The kit as it is kept."""
        return json.dumps(asdict(self), indent=1) + "\n"


def kit_of(setting: Setting, environ: Mapping[str, str], *, opens: bool) -> Kit:
    """The kit of this installation; with the drill's identity only when it has to open something by itself."""
    address = environ.get("MIDWAY_BACKUP_URL", "")
    if not address and setting.place is not None:
        address = setting.place.words
    identity = str(setting.keys.drill_identity()) if opens else ""
    return Kit(address, setting.keys.secret, identity)


def from_nothing_is_due(records: list[Record], *, at: datetime) -> bool:
    """Whether a month has passed since the kit and a copy were last enough."""
    moments = [
        note.at
        for record in records
        for note in record.notes
        if note.state is State.PROVED and note.facts.get("from_nothing")
    ]
    return not moments or at - max(moments) >= EVERY


def drill_from_nothing(
    setting: Setting,
    code: str | None = None,
    *,
    kit: Kit | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Proof:
    """Will prove a copy, the newest off-host if none is named, with the kit alone, and note the outcome.

    Raises `CopyFailed` without a place for copies, or `CannotRun` when it could not be tried.
    """
    is_ours = kit is None
    kit = kit or kit_of(setting, os.environ, opens=True)
    place = copy_place(kit.place)
    if place is None:
        raise CopyFailed("No place for copies is set: name a folder or an s3:// bucket in MIDWAY_BACKUP_URL")
    # What was cut off on the way lacks the manifest, which goes last, and is no copy.
    code = code or next((one for one in reversed(place.codes()) if MANIFEST in place.names(one)), None)
    if code is None:
        raise CopyFailed(f"There is no copy in {place.words} yet: midway backup create makes one")
    tell(f"From nothing but the kit and {place.words}: {code}")
    with work_folder(setting, "nothing") as work:
        facts = _drilled(kit, code, work, tell)
    source = f"the kit and {place.words} alone"
    proof = Proof(**{**facts, "source": source, "at": datetime.fromisoformat(facts["at"])})
    if proof.passed or is_ours:  # a kit that does not open it says nothing about the backup
        with setting.store.held():
            state = State.PROVED if proof.passed else State.DAMAGED
            noted = {**proof.as_json(), "from_nothing": True, "wrong": proof.mismatches[:5]}
            setting.catalogue.note(Note(code, state, proof.at, noted))
    return proof


def _drilled(kit: Kit, code: str, work: Path, tell: Callable[[str], None]) -> dict[str, Any]:
    """The drill of a machine that has only the kit."""
    data = work / "machine"
    data.mkdir(mode=0o711)
    (data / "keys").mkdir(mode=0o700)
    write_whole(data / "keys" / "drill.key", kit.identity + "\n")
    environment = {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith("AWS_")}
    environment |= {
        "MIDWAY_DATA": str(data), "MIDWAY_SECRET_KEY": kit.secret, "MIDWAY_BACKUP_URL": kit.place,
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    }  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-m", "midway", "backup", "drill", code, "--off-host", "--json"],
            env=child_environment(environment), capture_output=True, text=True, check=False, timeout=_LONGEST_SECONDS,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired as problem:
        raise CannotRun(f"The drill from nothing was not done after {_LONGEST_SECONDS} s") from problem
    for line in done.stderr.splitlines():
        tell(line)
    try:
        facts = json.loads(done.stdout)
    except ValueError as problem:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CannotRun(f"The drill from nothing could not be tried: {last}") from problem
    wanted = ("backup", "source", "tables", "rows", "mismatches", "tried", "rpo_seconds", "rto_seconds", "at")
    return {name: facts[name] for name in wanted}
