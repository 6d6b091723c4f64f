"""Damage to rows that no constraint would allow, and its repair to the letter."""

from collections.abc import Iterator
from contextlib import contextmanager

from midway.ops.stage.stage import Stage


@contextmanager
def damaged(stage: Stage, *tables: str, harm: str) -> Iterator[None]:
    """Will do harm to these tables as if no trigger or foreign key stood guard, and put every row back afterwards."""
    with stage.postgres.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        for table in tables:
            connection.execute(f"CREATE TABLE kept_{table} AS TABLE {table}".encode())
        try:
            connection.execute(harm.encode())
            yield
        finally:
            for table in tables:
                connection.execute(f"DELETE FROM {table}".encode())
                connection.execute(_back(connection, table))
                connection.execute(f"DROP TABLE kept_{table}".encode())


def _back(connection: object, table: str) -> bytes:
    rows = connection.execute(  # type: ignore[attr-defined]
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        [table],
    ).fetchone()
    return f"INSERT INTO {table} ({rows[0]}) OVERRIDING SYSTEM VALUE SELECT {rows[0]} FROM kept_{table}".encode()


@contextmanager
def sold_twice(stage: Stage) -> Iterator[None]:
    """The constraint is gone, and the same hour is sold again."""
    with stage.postgres.connect() as connection:
        (definition,) = connection.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'no_cleaner_in_two_places'"
        ).fetchone() or ("",)
    stage.postgres.do(
        "ALTER TABLE crew_commitment DROP CONSTRAINT no_cleaner_in_two_places",
        "SET session_replication_role = replica",
        "INSERT INTO crew_commitment (cleaner_id, during, kind, active, reference) SELECT cleaner_id, during,"
        " 'training', true, gen_random_uuid() FROM crew_commitment WHERE active AND kind = 'visit' LIMIT 1",
    )
    yield
    stage.postgres.do(
        "SET session_replication_role = replica",
        "DELETE FROM crew_commitment WHERE kind = 'training'",
        f"ALTER TABLE crew_commitment ADD CONSTRAINT no_cleaner_in_two_places {definition}",
    )
