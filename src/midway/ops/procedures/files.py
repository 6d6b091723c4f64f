"""Files: log rotation that the writer follows, what pages weigh, pictures, and what may be cleared away."""

import gzip
import io
import json
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

from midway.ops.look import Look
from midway.ops.procedure import Cadence, Fault, Kind, Limit, Manual, Status, procedure
from midway.ops.stage import Stage

MB = 1024**2
KB = 1024
ROTATE_AT = 20 * MB
KEPT_DAYS = 35


@contextmanager
def _nginx_log(stage: Stage) -> Iterator[None]:
    """The scene: Nginx writes its log, and can be asked to open it anew."""
    stage.nginx.access_log.touch()
    with stage.changed(
        nginx_access_log=stage.nginx.access_log, nginx_url=stage.nginx.url,
        reopen_command=("kill", "-USR1", str(stage.nginx.pid)),
    ):  # fmt: skip
        yield


@contextmanager
def _large_log(stage: Stage) -> Iterator[None]:
    line = b'{"at":"2026-01-01T00:00:00+00:00","event":"drill"}\n'
    with stage.nginx.access_log.open("ab") as file:
        file.write(line * (ROTATE_AT // len(line) + 10))
    yield
    for path in stage.nginx.access_log.parent.glob("access.log*"):
        if path != stage.nginx.access_log:
            path.unlink()
    stage.nginx.access_log.write_text("")


@procedure(
    id="logs.rotate",
    title="Move large logs aside, and see that the writer follows",
    cadence=Cadence.DEMAND,
    document_lines=(230,),
    kind=Kind.REPAIR,
    scene=_nginx_log,
    time_limit_seconds=120,
    faults=(Fault("large", "a log has grown beyond 20 MB", _large_log, Status.WARN, names="access.log"),),
    manual=Manual(
        why="A log that fills the disk stops the database; one the writer does not follow is an all-clear for ever.",
        read="A step for each log above 20 MB. Kept for 35 days, so that the monthly review has its month.",
        mend="midway ops run logs.rotate --yes, or logrotate with `postrotate` that sends USR1 to Nginx.",
        not_the_obvious="The document's rules have no postrotate: the app writes on to app.log.1, and a search for"
        " errors in the new, empty app.log finds none. Seven days are less than the month reviewed.",
    ),
)
def rotate(look: Look) -> None:
    """Renames, tells the writer, proves that it followed by a line of its own, then packs the old one."""
    log = look.around.nginx_access_log
    if log is None:
        look.skip("There is no log file to move: set MIDWAY_NGINX_ACCESS_LOG.")
    if not log.exists():
        look.cannot(f"{log} is not there.", "See where Nginx writes its access_log.")
    look.count(1)
    size = log.stat().st_size
    if size > ROTATE_AT:
        look.step(
            f"move {log.name} aside ({size / MB:.0f} MB) and see that Nginx follows", partial(_rotated, look, log)
        )
    cutoff = look.now.timestamp() - timedelta(days=KEPT_DAYS).total_seconds()
    for old in sorted(log.parent.glob(f"{log.name}.*")):
        if old.stat().st_mtime < cutoff:
            look.step(f"remove {old.name}, older than {KEPT_DAYS} days", old.unlink)
    look.fine(f"{log.name} has {size / MB:.1f} MB; nothing to move.")


def _rotated(look: Look, log: Path) -> str:
    import subprocess

    from midway.ops.http import fetch

    aside = log.with_name(f"{log.name}.{look.now:%Y%m%dT%H%M%S}")
    log.rename(aside)
    command = look.around.reopen_command or ("nginx", "-s", "reopen")
    done = subprocess.run(list(command), capture_output=True, text=True, timeout=30, check=False)  # noqa: S603 - declared
    deadline = time.monotonic() + 10
    while not done.returncode and time.monotonic() < deadline:
        fetch(f"{look.around.nginx_url}/healthz")
        if log.exists() and log.stat().st_size > 0:
            with aside.open("rb") as plain, gzip.open(f"{aside}.gz", "wb") as packed:
                shutil.copyfileobj(plain, packed)
            aside.unlink()
            return f"Nginx writes to the new {log.name}; the old one is {aside.name}.gz"
        time.sleep(0.05)
    if not log.exists() or log.stat().st_size == 0:
        aside.rename(log)
        look.refuse(
            f"Nginx did not follow ({done.stderr.strip()[:120]}); the log is where it was", do="nginx -s reopen"
        )
    return "put back"


STATIC = Path(__file__).resolve().parents[2]
BUDGETS_KB = {".css": 120, ".js": 180, ".woff2": 220, ".svg": 60, ".png": 400, ".jpg": 400, ".webp": 300}


def _page_files(look: Look) -> list[Path]:
    roots = [look.around.static] if look.around.static else sorted(STATIC.rglob("static"))
    return [path for root in roots if root for path in root.rglob("*") if path.is_file()]


@contextmanager
def _assets(stage: Stage) -> Iterator[None]:
    stage.file("static/page.css", "body { color: black }\n" * 40)
    with stage.changed(static=stage.folder / "files" / "static"):
        yield
    shutil.rmtree(stage.folder / "files" / "static")


@contextmanager
def _heavy_script(stage: Stage) -> Iterator[None]:
    from random import Random

    path = stage.folder / "files" / "static" / "heavy.js"
    path.write_bytes(Random(1).randbytes(400 * KB))  # noqa: S311 - weight, not secrecy
    yield
    path.unlink()


@procedure(
    id="assets.weight",
    title="What a page loads stays within its budget",
    cadence=Cadence.WEEKLY,
    document_lines=(142,),
    kind=Kind.REPORT,
    scene=_assets,
    limits=(
        Limit("budget", "of the budget of its kind", "%", 100, 200, "web.dev: 170 KB of script for a slow telephone"),
    ),
    faults=(Fault("heavy", "a script of 400 KB is added", _heavy_script, Status.CRIT, names=".js"),),
    manual=Manual(
        why="Customers book on telephones, on the stairs.",
        read="Kilobytes by kind as they travel (compressed), against a budget for each kind.",
        mend="The evidence names the heaviest files. Leave out what is not used; assets.images for pictures.",
        not_the_obvious="There is no npm here and no bundle to analyze: pages load plain files, and those are weighed.",
    ),
)
def weight(look: Look) -> None:
    """Compresses each file as it is sent."""
    by_kind: dict[str, float] = defaultdict(float)
    heaviest: list[tuple[int, str]] = []
    for path in _page_files(look):
        if path.suffix not in BUDGETS_KB:
            continue
        content = path.read_bytes()
        size = len(content) if path.suffix in {".woff2", ".png", ".jpg", ".webp"} else len(gzip.compress(content, 6))
        by_kind[path.suffix] += size / KB
        heaviest.append((size, path.name))
        look.count(1)
    for kind, kilobytes in sorted(by_kind.items()):
        share = 100 * kilobytes / BUDGETS_KB[kind]
        look.found("budget", share, f"{kind}: {kilobytes:.0f} KB of {BUDGETS_KB[kind]} KB.", subject=kind)
        look.keep("assets.weight", kilobytes, subject=kind)
    look.note(heaviest=sorted(heaviest, reverse=True)[:10])
    look.fine(f"{look.examined} files, {sum(by_kind.values()):.0f} KB in all, within their budgets.")


@contextmanager
def _careless_picture(stage: Stage) -> Iterator[None]:
    from PIL import Image

    picture = Image.new("RGB", (1200, 800), "navy")
    path = stage.folder / "files" / "static" / "photo.png"
    picture.save(path, compress_level=0)
    yield
    path.unlink()


@procedure(
    id="assets.images",
    title="Make pictures smaller without changing a pixel",
    cadence=Cadence.DEMAND,
    document_lines=(151,),
    kind=Kind.REPAIR,
    scene=_assets,
    time_limit_seconds=300,
    faults=(Fault("careless", "a picture is stored without compression", _careless_picture, Status.WARN, "photo.png"),),
    manual=Manual(
        why="Pictures are most of what a page weighs.",
        read="A step for each picture that gets at least a tenth smaller while every pixel stays the same.",
        mend="midway ops run assets.images --yes; look at the change before it is committed.",
    ),
)
def images(look: Look) -> None:
    """Only lossless kinds; the new file is compared pixel by pixel before it takes the old one's place."""
    for path in _page_files(look):
        if path.suffix != ".png":
            continue
        look.count(1)
        smaller = _smaller(path)
        if smaller is not None and len(smaller) < 0.9 * path.stat().st_size:
            before = path.stat().st_size / KB
            says = f"make {path.name} smaller, {before:.0f} to {len(smaller) / KB:.0f} KB"
            look.step(says, partial(path.write_bytes, smaller), subject=path.name)
    look.count(1)
    look.fine("Every picture is as small as it can be.")


def _smaller(path: Path) -> bytes | None:
    from PIL import Image, ImageChops

    with Image.open(path) as picture:
        picture.load()
        out = io.BytesIO()
        picture.save(out, "PNG", optimize=True)
        with Image.open(io.BytesIO(out.getvalue())) as again:
            same = again.mode == picture.mode and ImageChops.difference(again.convert("RGBA"), picture.convert("RGBA"))
            return out.getvalue() if same and same.getbbox() is None else None


@contextmanager
def _data_folder(stage: Stage) -> Iterator[None]:
    stage.file("data/static/staticfiles.json", json.dumps({"paths": {"a.css": "a.123.css"}}))
    stage.file("data/static/a.123.css", "a")
    with stage.changed(data=stage.folder / "files" / "data"):
        yield
    shutil.rmtree(stage.folder / "files" / "data")


@contextmanager
def _left_overs(stage: Stage) -> Iterator[None]:
    import os

    old = stage.file("data/static/a.000.css", "old")
    stamp = time.time() - 40 * 86400
    os.utime(old, (stamp, stamp))
    yield
    old.unlink(missing_ok=True)


@procedure(
    id="assets.clean",
    title="Clear away collected files of versions long gone",
    cadence=Cadence.DEMAND,
    document_lines=(157,),
    kind=Kind.REPAIR,
    scene=_data_folder,
    faults=(Fault("old", "a file of an older version lies about", _left_overs, Status.WARN, names="a.000.css"),),
    manual=Manual(
        why="Every version leaves its files; browsers may ask for those of the last month, not of last year.",
        read="Collected files the manifest does not name and nobody wrote in the last month.",
        mend="midway ops run assets.clean --yes.",
    ),
)
def clean(look: Look) -> None:
    """Only below `static` of the data folder, only what the manifest does not name."""
    folder = look.around.data / "static"
    manifest = folder / "staticfiles.json"
    if not manifest.exists():
        look.skip("Nothing was collected here.")
    kept = set(json.loads(manifest.read_text()).get("paths", {}).values())
    cutoff = look.now.timestamp() - 30 * 86400
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        look.count(1)
        name = str(path.relative_to(folder))
        plain = name.removesuffix(".gz").removesuffix(".br")
        if plain in kept or plain == "staticfiles.json" or path.stat().st_mtime > cutoff or "." not in path.stem:
            continue
        look.step(f"remove {name}", _remover(path), subject=name)
    look.fine(f"{look.examined} collected files, none of a version long gone.")


def _remover(path: Path) -> Callable[[], None]:
    return path.unlink
