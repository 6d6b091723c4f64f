"""Which release's code serves a data folder: our own, or another one that was chosen here and lies beside it.

A release is its interpreter and the folder its package lies in. `midway upgrade` chooses the new one, `midway recover
app --back` the one before; the supervisor asks each time it starts a part.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import midway
from midway.runtime.folder import DataFolder, version_key, write_whole

_ASKED_SECONDS = 60
_ASK = "import midway; print(midway.__version__)"


@dataclass(frozen=True)
class Code:
    """One release as it is installed on this machine."""

    version: str
    python: str
    source: str

    @property
    def is_installed(self) -> bool:
        """Whether it still lies there and is still that version: asked of it, in a process of its own."""
        try:
            done = subprocess.run(  # noqa: S603 - a release of ours
                [self.python, "-c", _ASK],
                env=self.environment(os.environ), capture_output=True, text=True, check=False, timeout=_ASKED_SECONDS,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0 and done.stdout.strip() == self.version

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment in which its interpreter finds this package and not another release's."""
        own = own_code().source
        others = [part for part in environ.get("PYTHONPATH", "").split(os.pathsep) if part and part != own]
        return {**environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys([self.source, *others]))}


def own_code() -> Code:
    """The release we are."""
    return Code(midway.__version__, sys.executable, str(Path(midway.__file__).resolve().parent.parent))


def code_for(folder: DataFolder) -> Code:
    """The release whose code serves this folder: the one chosen here, or else our own.

    A choice says nothing to a release newer than both it was between, nor when the chosen one is gone.
    """
    own = own_code()
    try:
        facts = json.loads(_file(folder).read_text())
        chosen, instead_of = Code(**facts["code"]), str(facts["instead_of"])
    except (OSError, ValueError, KeyError, TypeError):
        return own
    newest = max(version_key(chosen.version), version_key(instead_of))
    if chosen == own or version_key(own.version) > newest or not chosen.is_installed:
        return own
    return chosen


def choose_code(folder: DataFolder, code: Code, *, instead_of: str) -> None:
    """Will have this release serve the folder from the next start of each part on."""
    write_whole(_file(folder), json.dumps({"code": asdict(code), "instead_of": instead_of}) + "\n")


def forget_choice(folder: DataFolder) -> None:
    """Will let whoever starts the parts use its own code again."""
    _file(folder).unlink(missing_ok=True)


def _file(folder: DataFolder) -> Path:
    return folder.path / "code.json"
