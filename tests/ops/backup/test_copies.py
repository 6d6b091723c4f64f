"""What every place for copies must be able to do: a folder and a bucket pass the same."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer
from tests.ops.installation import Proved

from midway.ops.backup.copies import CopyFailed, CopyPlace, copy_place, fetch
from midway.ops.backup.create import copy_off_host
from midway.ops.backup.verify import verify_backup

pytestmark = pytest.mark.xdist_group("backup")
OLD, NEW = "20260307T080000Z-aaaaaa", "20260308T080000Z-bbbbbb"


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A service that speaks S3, on loopback, with one bucket."""
    import boto3

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        boto3.client("s3", endpoint_url=f"http://{host}:{port}").create_bucket(Bucket="backups")
        yield f"s3://backups/midway?endpoint=http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CopyPlace]:
    """A place for copies, empty."""
    address = str(tmp_path / "place")
    if request.param == "folder":
        (tmp_path / "place").mkdir()
    else:
        address = request.getfixturevalue("bucket")
    found = copy_place(address)
    assert found is not None
    yield found
    for code in found.codes():
        found.remove(code)


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_what_was_put_is_read_again(place: CopyPlace, tmp_path: Path) -> None:
    content = os.urandom(3 * 1024 * 1024 + 1)
    place.put(OLD, "database.dump.age", written(tmp_path / "dump", content))
    assert b"".join(place.read(OLD, "database.dump.age")) == content
    assert place.names(OLD) == ["database.dump.age"]


def test_putting_again_replaces(place: CopyPlace, tmp_path: Path) -> None:
    for content in (b"first and longer", b"second"):
        place.put(OLD, "manifest.json", written(tmp_path / "manifest", content))
    assert b"".join(place.read(OLD, "manifest.json")) == b"second"


def test_backups_are_listed_oldest_first_and_removed_alone(place: CopyPlace, tmp_path: Path) -> None:
    for code in (NEW, OLD):
        place.put(code, "manifest.json", written(tmp_path / "manifest", code.encode()))
    assert place.codes() == [OLD, NEW]
    place.remove(OLD)
    assert place.codes() == [NEW]
    assert place.names(OLD) == []


def test_what_is_not_there_is_said(place: CopyPlace, tmp_path: Path) -> None:
    with pytest.raises(CopyFailed):
        list(place.read(OLD, "manifest.json"))
    with pytest.raises(CopyFailed, match="no backup"):
        fetch(place, OLD, tmp_path)


@pytest.mark.parametrize("code", ["", "..", "midway", f"{OLD}/.."])
def test_only_backups_are_removed(place: CopyPlace, code: str) -> None:
    with pytest.raises(CopyFailed, match="no backup's code"):
        place.remove(code)


def test_a_backup_goes_there_and_is_sound_there(place: CopyPlace, proved: Proved) -> None:
    setting, backup = proved
    setting = replace(setting, place=place)
    with setting.store.held():
        copy_off_host(setting, place, backup.path, backup.manifest, tell=lambda line: None)
    verdict = verify_backup(setting, backup.manifest.code, off_host=True)
    assert verdict.is_sound, verdict.wrong
    assert verdict.opened


@pytest.mark.parametrize("address", ["/nowhere/at/all", "s3://backups/x?endpoint=http://127.0.0.1:1"])
def test_a_place_that_is_away_is_said(address: str, bucket: str) -> None:
    place = copy_place(address)
    assert place is not None
    with pytest.raises(CopyFailed, match="MIDWAY_BACKUP_URL"):
        place.codes()
