"""Makes .venv from the locked requirements, with nothing but Python: `python tools/setup.py runtime|dev`.

Uses uv when it is on PATH and pip otherwise; a Debian Python without ensurepip gets pip from the registry as a wheel.
What is installed is stamped with the lock's hash, so that a second run is instant.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("VENV", ROOT / ".venv")).absolute()
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)


def main(level: str) -> None:
    """Will bring .venv to the lock of this level."""
    if sys.version_info < OLDEST:
        sys.exit(
            f"Midway needs Python {OLDEST[0]}.{OLDEST[1]} or newer and this is {sys.version.split()[0]}: "
            "install one, or name it with make PYTHON=/path/to/python3"
        )
    began = time.monotonic()
    wanted = _fingerprint(level)
    stamp = VENV / f".midway-{level}"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    _make_venv()
    lock = ROOT / "requirements" / f"{level}.txt"
    print(f"Installing {lock.relative_to(ROOT)} into {VENV}", flush=True)
    _install(lock)
    _link_package()
    stamp.write_text(wanted)
    if level == "dev":  # it contains everything runtime does
        (VENV / ".midway-runtime").write_text(_fingerprint("runtime"))
    print(f"Set up in {time.monotonic() - began:.0f} s", flush=True)


def _fingerprint(level: str) -> str:
    lock = (ROOT / "requirements" / f"{level}.txt").read_bytes()
    return hashlib.sha256(lock + str(ROOT).encode() + str(VENV).encode()).hexdigest()


def _make_venv() -> None:
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", ""], check=False).returncode == 0:
        return
    uv = shutil.which("uv")
    if (
        uv
        and subprocess.run([uv, "venv", "-q", "--clear", "--python", sys.executable, VENV], check=False).returncode == 0
    ):
        return
    subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", VENV], check=True)


def _install(lock: Path) -> None:
    uv = shutil.which("uv")
    if uv:
        done = subprocess.run(
            [uv, "pip", "install", "-q", "--python", PYTHON, "--require-hashes", "-r", lock], check=False
        )
        if done.returncode == 0:
            return
        print("uv could not install it; trying pip", flush=True)
    _make_sure_of_pip()
    # What is used is compiled when it is first loaded; of all that is installed that is a third.
    quiet = ["-qq", "--disable-pip-version-check", "--no-input", "--progress-bar=off", "--no-compile"]
    # Everything is locked, dependencies included: nothing to resolve.
    subprocess.run([PYTHON, "-m", "pip", "install", *quiet, "--no-deps", "--require-hashes", "-r", lock], check=True)


def _make_sure_of_pip() -> None:
    if subprocess.run([PYTHON, "-c", "import pip"], check=False, stderr=subprocess.DEVNULL).returncode == 0:
        return
    if subprocess.run([PYTHON, "-m", "ensurepip", "-q"], check=False, stderr=subprocess.DEVNULL).returncode == 0:
        return
    wheels = sorted(Path("/usr/share/python-wheels").glob("pip-*.whl"))
    if wheels:
        subprocess.run([PYTHON, wheels[-1] / "pip", "install", "-q", "--no-index", wheels[-1]], check=True)
        return
    # A pip of the system, even of another Python, can install into ours.
    if (
        subprocess.run(
            [sys.executable, "-m", "pip", "--python", PYTHON, "install", "-q", "pip"], check=False
        ).returncode
        == 0
    ):
        return
    sys.exit("This Python has neither pip nor ensurepip: install python3-venv or uv, then run make again")


def _link_package() -> None:
    """The package is used from src, so that an edit needs no reinstall."""
    site = subprocess.run(
        [PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    (Path(site) / "midway-checkout.pth").write_text(f"{ROOT / 'src'}\n")
    command = VENV / "bin" / "midway"
    command.write_text(f"#!{PYTHON}\nfrom midway.cli import main\n\nmain()\n")
    command.chmod(0o755)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "runtime")
