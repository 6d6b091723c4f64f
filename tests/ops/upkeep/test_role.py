"""With the role made for it, every procedure that asks PostgreSQL can look; with less, it says what is missing."""

from collections.abc import Iterator

import pytest

from midway.ops.engine import Engine
from midway.ops.procedure import Kind, Status
from midway.ops.procedures.proof import with_backup
from midway.ops.registry import all_procedures, procedure_named
from midway.ops.role import READS, ROLE, role_statements
from midway.ops.stage import Stage


@pytest.fixture
def role(stage: Stage) -> Iterator[str]:
    stage.postgres.do(*role_statements())
    yield ROLE
    stage.postgres.do(f"DROP OWNED BY {ROLE}", f"DROP ROLE {ROLE}")


def test_the_role_is_enough_to_look(stage: Stage, role: str) -> None:
    looks = [p for p in all_procedures() if p.kind is not Kind.REPAIR and "postgres.writes" in p.depends_on]
    assert len(looks) > 15
    with stage.changed(database=stage.postgres.words(user=role)):
        outcomes = Engine(stage.around).run(looks).outcomes
    hindered = {
        one.procedure.id: one.summary
        for one in outcomes
        if one.status is Status.UNKNOWN and ("lacks" in one.summary or "InsufficientPrivilege" in one.summary)
    }
    assert hindered == {}


def test_the_role_changes_nothing_and_is_what_was_declared(stage: Stage, role: str) -> None:
    with stage.changed(database=stage.postgres.words(user=role)):
        outcomes = Engine(stage.around).run([procedure_named("permissions.database")]).outcomes
    assert outcomes[-1].status is Status.OK, outcomes[-1].summary
    with stage.postgres.connect(user=role) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            " AND relname <> 'ops_heartbeat' AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')"
        ).fetchone()
    assert row == (0,)


@pytest.mark.parametrize("grant", ["pg_monitor", "pg_signal_backend"])
def test_with_less_those_concerned_say_which_grant_is_missing(stage: Stage, role: str, grant: str) -> None:
    stage.postgres.do(f"REVOKE {grant} FROM {role}")
    concerned = [p for p in all_procedures() if grant in {need.name for need in p.needs}]
    with stage.changed(database=stage.postgres.words(user=role)):
        outcomes = Engine(stage.around).run(concerned).outcomes
    told = {one.procedure.id: one for one in outcomes if one.procedure in concerned}
    assert told
    assert {one.status for one in told.values()} == {Status.UNKNOWN}
    assert all(f"lacks {grant}" in one.summary for one in told.values() if not one.caused_by)


def test_with_nothing_but_a_way_in_nobody_says_that_all_is_well_who_cannot_know(stage: Stage) -> None:
    """Who declares a grant is unknown and names it; everybody else says what they say with all grants."""
    looks = [p for p in all_procedures() if p.kind is not Kind.REPAIR and "postgres.writes" in p.depends_on]
    stage.forget()
    everything = {one.procedure.id: one for one in Engine(stage.around).run(looks).outcomes}
    stage.postgres.do(
        "CREATE ROLE bare LOGIN", "GRANT USAGE ON SCHEMA public TO bare", "GRANT INSERT, UPDATE, SELECT ON"
        " ops_heartbeat TO bare",
    )  # fmt: skip
    stage.forget()
    try:
        with stage.changed(database=stage.postgres.words(user="bare")):
            bare = {one.procedure.id: one for one in Engine(stage.around).run(looks).outcomes}
    finally:
        stage.postgres.do("DROP OWNED BY bare", "DROP ROLE bare")
    assert bare["postgres.writes"].status is Status.OK
    declared = {p.id for p in looks if {"pg_monitor", "pg_signal_backend"} & {need.name for need in p.needs}}
    assert {name: bare[name].summary for name in declared if bare[name].status is not Status.UNKNOWN} == {}
    assert [name for name in declared if "lacks" not in bare[name].summary] == []
    said = {
        p.id: (everything[p.id].status.value, bare[p.id].status.value, bare[p.id].summary)
        for p in looks
        if p.id not in declared
        and bare[p.id].status is not everything[p.id].status
        and "SELECT ON" not in bare[p.id].next_step
    }
    assert set(said) <= {"permissions.database"}  # which rings for the role itself: nobody declared it


@pytest.mark.parametrize("table", READS)
def test_without_one_table_those_who_ask_it_are_unknown_and_name_the_grant(stage: Stage, role: str, table: str) -> None:
    """No procedure goes on as if a table it may not read were empty."""
    looks = [p for p in all_procedures() if p.kind is not Kind.REPAIR and "postgres.writes" in p.depends_on]
    stage.postgres.do(f"REVOKE SELECT ON {table} FROM {role}")
    with stage.changed(database=stage.postgres.words(user=role)):
        outcomes = Engine(stage.around).run([*looks, procedure_named("postgres.writes")]).outcomes
    hindered = [one for one in outcomes if f"SELECT ON {table} TO" in one.next_step]
    assert {one.status for one in hindered} == {Status.UNKNOWN}
    assert all(table in one.summary for one in hindered)
    assert hindered, f"nobody asks {table}: why is it granted?"


def test_a_sequence_whose_number_may_not_be_seen_is_not_an_unused_one(stage: Stage, role: str) -> None:
    stage.postgres.do(f"REVOKE SELECT ON SEQUENCE booking_visit_id_seq FROM {role}")
    with stage.changed(database=stage.postgres.words(user=role)):
        outcome = Engine(stage.around).run([procedure_named("limits.sequences")]).outcomes[-1]
    assert outcome.status is Status.UNKNOWN
    assert "booking_visit_id_seq" in outcome.summary
    assert outcome.next_step == f'GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO "{role}";'


def test_the_role_sees_sequences_that_are_made_later(stage: Stage, role: str) -> None:
    stage.postgres.do("CREATE TABLE drill_later (id serial PRIMARY KEY)", "INSERT INTO drill_later DEFAULT VALUES")
    try:
        with stage.changed(database=stage.postgres.words(user=role)):
            outcome = Engine(stage.around).run([procedure_named("limits.sequences")]).outcomes[-1]
        assert outcome.status is Status.OK, outcome.summary
    finally:
        stage.postgres.do("DROP TABLE drill_later")


def test_rows_of_people_are_counted_without_a_right_to_read_them(stage: Stage, role: str) -> None:
    assert stage.company
    with with_backup(stage), stage.changed(**{**stage.changes, "database": stage.postgres.words(user=role)}):
        outcome = Engine(stage.around).run([procedure_named("recovery.rows")]).outcomes[-1]
    assert outcome.status is Status.OK, outcome.summary


def test_a_right_to_read_that_the_role_was_not_given_here_rings(stage: Stage, role: str) -> None:
    stage.postgres.do(f"GRANT SELECT ON customers_customer TO {role}")
    outcome = Engine(stage.around).run([procedure_named("permissions.database")]).outcomes[-1]
    assert outcome.status is Status.CRIT
    assert f"{role} may SELECT on customers_customer" in outcome.summary
