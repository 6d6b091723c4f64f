"""The schema says who made it and who can run on it; a folder says the same, and whose code serves it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

import midway
from midway.runtime.code import choose_code, code_for, forget_choice, own_code
from midway.runtime.folder import DataFolder
from midway.runtime.migrate import bring_up_to_date
from midway.runtime.problem import CannotRun
from midway.runtime.schema import SchemaSign, digest_of, read_sign, sign_after, write_sign

NAMES = st.lists(st.sampled_from(["a.1", "a.2", "b.1", "c.9"]), unique=True)
RELEASES = st.sampled_from(["0.1.0", "0.2.0", "0.3.0", "0.4.0"])
SIGNS = st.none() | st.builds(SchemaSign, RELEASES, st.lists(RELEASES, unique=True).map(tuple), st.just("x"))


@given(before=SIGNS, release=RELEASES, is_narrowed=st.booleans(), applied=NAMES)
def test_who_could_run_still_can_unless_something_was_taken(
    before: SchemaSign | None, release: str, is_narrowed: bool, applied: list[str]
) -> None:
    sign = sign_after(before, release=release, narrowed={"a.2": ["takes"]} if is_narrowed else {}, applied=applied)
    carried = {one for one in ("0.1.0", "0.2.0", "0.3.0", "0.4.0") if sign.carries(one, applied)}
    could = {before.release, *before.fits} if before and not is_narrowed else set()
    assert carried == {release} | could
    assert not sign.carries(release, [*applied, "by.hand"])  # what came since nobody has judged


@pytest.mark.django_db
def test_the_sign_is_read_as_it_was_written() -> None:
    sign = SchemaSign("0.2.0", ("0.1.0", "it's 100 %"), digest_of(["a.1"]))
    with connection.cursor() as cursor:
        write_sign(cursor, sign)
        assert read_sign(cursor) == sign
        cursor.execute("COMMENT ON TABLE django_migrations IS 'somebody wrote something'")
        assert read_sign(cursor) is None


def note_as_applied(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (id, app, name, applied)"
            " SELECT max(id) + 1, 'booking', %s, now() FROM django_migrations",
            [name],
        )


@pytest.fixture
def newer(db: None) -> str:
    """A migration of a release after this one was applied."""
    note_as_applied("9999_newer")
    return "booking.9999_newer"


def sign(*fits: str) -> None:
    from django.db.migrations.recorder import MigrationRecorder

    applied = [".".join(key) for key in MigrationRecorder(connection).applied_migrations()]
    with connection.cursor() as cursor:
        write_sign(cursor, SchemaSign("9.0", fits, digest_of(applied)))


def test_older_code_runs_where_the_schema_says_so(newer: str) -> None:
    sign(midway.__version__)
    done = bring_up_to_date()
    assert done.is_newer
    assert "of Midway 9.0, which only widened it" in done.words()


def test_older_code_is_refused_where_it_does_not(newer: str) -> None:
    for fits in ((), ("0.0.1",)):
        sign(*fits)
        with pytest.raises(CannotRun, match=newer):
            bring_up_to_date()
    with connection.cursor() as cursor:
        cursor.execute("COMMENT ON TABLE django_migrations IS NULL")
    with pytest.raises(CannotRun, match=newer):
        bring_up_to_date()


def test_older_code_is_refused_after_a_migration_by_hand(newer: str) -> None:
    sign(midway.__version__)
    note_as_applied("9999_z")
    with pytest.raises(CannotRun, match=newer):
        bring_up_to_date()


def test_code_that_lacks_and_is_lacked_is_refused(newer: str) -> None:
    """Two releases that did not come one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'ops' AND name <> '0001_initial'")
    sign(midway.__version__)
    with pytest.raises(CannotRun, match=newer):
        bring_up_to_date()


@pytest.mark.django_db
def test_a_release_without_migrations_carries_the_one_before() -> None:
    bring_up_to_date(version="0.1.7")
    done = bring_up_to_date(version="0.1.8")
    assert done.sign.release == "0.1.8"
    assert "0.1.7" in done.sign.fits


def stamped(path: Path, **facts: object) -> DataFolder:
    folder = DataFolder(path)
    (path / "midway.json").write_text(json.dumps({"format": 1, "midway": "9.0", **facts}))
    return folder


def test_a_folder_of_a_newer_release_is_taken_where_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"belongs to Midway 9\.0"):
        stamped(tmp_path).refuse_newer()
    stamped(tmp_path, fits=[midway.__version__]).refuse_newer()
    with pytest.raises(CannotRun):
        stamped(tmp_path, fits=[midway.__version__], format=2).refuse_newer()


def test_the_chosen_release_serves_while_it_is_there_and_none_newer_comes(tmp_path: Path) -> None:
    folder, own = DataFolder(tmp_path), own_code()
    assert code_for(folder) == own
    beside = tmp_path / "beside"
    (beside / "midway").mkdir(parents=True)
    (beside / "midway" / "__init__.py").write_text('__version__ = "0.0.9"\n')
    chosen = replace(own, version="0.0.9", source=str(beside))
    choose_code(folder, chosen, instead_of=own.version)
    assert code_for(folder) == chosen
    choose_code(folder, chosen, instead_of="0.0.8")  # we are newer than both
    assert code_for(folder) == own
    choose_code(folder, chosen, instead_of=own.version)
    (beside / "midway" / "__init__.py").write_text('__version__ = "0.0.10"\n')  # replaced in place
    assert code_for(folder) == own
    forget_choice(folder)
    (tmp_path / "code.json").write_text("{")
    assert code_for(folder) == own
