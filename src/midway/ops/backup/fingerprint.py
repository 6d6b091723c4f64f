"""What a database holds, in one number for each table: how many rows, and a sum over their contents.

The sum does not depend on the order of rows. Each row's text is hashed (md5, of which 60 bits are kept) and the hashes
are added up, so one changed bit anywhere changes the number, and a doubled or missing row does too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

# Sequences run ahead of a snapshot, and what extensions own comes with them.
_TABLES = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND n.nspname NOT LIKE 'pg\\_toast%' AND n.nspname NOT LIKE 'pg\\_temp%' AND c.relpersistence = 'p'
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                      AND d.deptype = 'e')
    ORDER BY pg_relation_size(c.oid) DESC, 1, 2
"""
_ONE = "SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0)::text FROM ONLY {} t"
_SEQUENCES = """
    SELECT sn.nspname, s.relname, tn.nspname, t.relname, a.attname
    FROM pg_class s JOIN pg_namespace sn ON sn.oid = s.relnamespace
    JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
    JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    WHERE s.relkind = 'S' ORDER BY 1, 2
"""
_NEXT = "SELECT (SELECT last_value + is_called::int FROM {}), (SELECT coalesce(max({}), 0) FROM {})"


@dataclass(frozen=True)
class TableFingerprint:
    """How many rows a table has, and the sum over their contents."""

    rows: int
    content: str


Fingerprints = Mapping[str, TableFingerprint]


def fingerprint(
    session: "psycopg.Connection[tuple[Any, ...]]", *, tell: Callable[[str, int, int], None] | None = None
) -> dict[str, TableFingerprint]:
    """Every table by `schema.name`, as this session's transaction sees it; `tell` hears name, how many, of how many."""
    found: dict[str, TableFingerprint] = {}
    tables = session.execute(_TABLES).fetchall()
    for schema, name in tables:
        row = session.execute(sql.SQL(_ONE).format(sql.Identifier(schema, name))).fetchone()
        assert row is not None
        found[f"{schema}.{name}"] = TableFingerprint(int(row[0]), str(row[1]))
        if tell is not None:
            tell(f"{schema}.{name}", len(found), len(tables))
    return found


def mismatches(expected: Fingerprints, found: Fingerprints) -> list[str]:
    """Each table that is not what it was, in words."""
    words = []
    for table in sorted(set(expected) | set(found)):
        before, after = expected.get(table), found.get(table)
        if before == after:
            continue
        if after is None:
            words.append(f"{table} is missing")
        elif before is None:
            words.append(f"{table} was not there when the backup was made")
        elif before.rows != after.rows:
            words.append(f"{table} has {after.rows:,} rows instead of {before.rows:,}")
        else:
            words.append(f"{table} has {after.rows:,} rows, but not the same ones")
    return words


def sequences_behind(session: "psycopg.Connection[tuple[Any, ...]]") -> list[str]:
    """Sequences that would hand out a number a row already has, in words."""
    words = []
    for schema, name, of_schema, table, column in session.execute(_SEQUENCES).fetchall():
        question = sql.SQL(_NEXT).format(
            sql.Identifier(schema, name), sql.Identifier(column), sql.Identifier(of_schema, table)
        )
        row = session.execute(question).fetchone()
        assert row is not None
        if row[1] >= row[0]:
            words.append(f"{schema}.{name} would give {row[0]} and {table} already has {row[1]}")
    return words
