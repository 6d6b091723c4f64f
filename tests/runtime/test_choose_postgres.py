"""Which PostgreSQL is run."""

import os
from pathlib import Path

import pytest

from midway.runtime.postgres_binaries import PostgresBinaries, available_postgres, choose_postgres
from midway.runtime.problem import CannotRun


def test_the_systems_comes_before_the_packaged_one() -> None:
    origins = [found.origin for found in available_postgres()]
    assert origins == sorted(origins, key=["system", "embedded"].index)
    assert origins


def test_a_forced_one_is_the_only_one(binaries: PostgresBinaries) -> None:
    found = choose_postgres(environ={**os.environ, "MIDWAY_POSTGRES_BIN": str(binaries.folder)})
    assert (found.folder, found.version) == (binaries.folder, binaries.version)


def test_an_existing_cluster_gets_the_major_that_made_it(binaries: PostgresBinaries) -> None:
    assert choose_postgres(data_major=binaries.major).major == binaries.major


def test_a_cluster_of_a_major_we_lack_is_refused_with_what_to_install() -> None:
    with pytest.raises(
        CannotRun, match=r"written by PostgreSQL 99 .*: install PostgreSQL 99, or choose another folder"
    ):
        choose_postgres(data_major=99)


def test_a_forced_folder_without_postgres_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="MIDWAY_POSTGRES_BIN names"):
        choose_postgres(environ={"MIDWAY_POSTGRES_BIN": str(tmp_path)})


def test_one_without_btree_gist_is_passed_over(binaries: PostgresBinaries, tmp_path: Path) -> None:
    place = tmp_path / "bin"
    place.mkdir()
    for name in ("initdb", "postgres"):
        (place / name).write_text('#!/bin/sh\necho "postgres (PostgreSQL) 99.1"\n')
        (place / name).chmod(0o755)
    found = list(available_postgres({"PATH": f"{place}{os.pathsep}{os.environ['PATH']}"}))
    assert 99 not in {one.major for one in found}
