"""Indexes: broken, double, missing, unused and bloated ones; and making them anew without stopping anybody."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

import psycopg

from midway.ops.look import Look
from midway.ops.needs import PG_MONITOR, extension
from midway.ops.procedure import Cadence, Fault, Kind, Limit, Manual, Status, procedure
from midway.ops.stage import Stage

if TYPE_CHECKING:
    from django.db.models import Index, Model

MB = 1024**2
OURS = "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"


@contextmanager
def _table(stage: Stage) -> Iterator[None]:
    """The scene: a table with an index."""
    stage.postgres.do(
        "CREATE TABLE drill_shelf AS SELECT n, n % 10 AS shelf, md5(n::text) AS label FROM generate_series(1, 30000) n",
        "CREATE INDEX drill_shelf_label ON drill_shelf (label)",
        "ANALYZE drill_shelf",
    )
    yield
    stage.postgres.do("DROP TABLE drill_shelf")


@contextmanager
def _half_made(stage: Stage) -> Iterator[None]:
    """An index that could not be made concurrently stays behind and is of no use."""
    with suppress(psycopg.Error):
        stage.postgres.do("CREATE UNIQUE INDEX CONCURRENTLY drill_shelf_shelf ON drill_shelf (shelf)")
    yield
    stage.postgres.do("DROP INDEX IF EXISTS drill_shelf_shelf")


@contextmanager
def _twice(stage: Stage) -> Iterator[None]:
    stage.postgres.do("CREATE INDEX drill_shelf_label_again ON drill_shelf (label)")
    yield
    stage.postgres.do("DROP INDEX drill_shelf_label_again")


@contextmanager
def _not_declared(stage: Stage) -> Iterator[None]:
    stage.postgres.do("ALTER INDEX booking_request_age RENAME TO drill_away")
    yield
    stage.postgres.do("ALTER INDEX drill_away RENAME TO booking_request_age")


@contextmanager
def _declared_gone(stage: Stage) -> Iterator[None]:
    with stage.postgres.connect() as connection:
        name, definition = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE indexname = 'outbox_waiting'"
        ).fetchone() or ("", "")
    stage.postgres.do(f"DROP INDEX {name}")
    yield
    stage.postgres.do(f"DROP INDEX IF EXISTS {name}", definition)


@contextmanager
def _foreign_key(stage: Stage) -> Iterator[None]:
    stage.postgres.do(
        "CREATE TABLE drill_room (id int PRIMARY KEY)",
        "INSERT INTO drill_room SELECT generate_series(0, 9)",
        "ALTER TABLE drill_shelf ADD CONSTRAINT drill_fk FOREIGN KEY (shelf) REFERENCES drill_room",
    )
    yield
    stage.postgres.do("ALTER TABLE drill_shelf DROP CONSTRAINT drill_fk", "DROP TABLE drill_room")


@procedure(
    id="indexes.sound",
    title="Every declared index is there, valid, once, and foreign keys have theirs",
    cadence=Cadence.MONTHLY,
    document_lines=(66, 79),
    severity=Status.CRIT,
    needs=(PG_MONITOR,),
    depends_on=("postgres.writes",),
    scene=_table,
    time_limit_seconds=60,
    faults=(
        Fault("invalid", "one could not be made and was left behind", _half_made, Status.CRIT, "drill_shelf_shelf"),
        Fault("twice", "the same index exists twice", _twice, Status.WARN, names="drill_shelf_label_again"),
        Fault("gone", "a declared index is gone", _declared_gone, Status.CRIT, names="outbox_waiting"),
        Fault("no-key", "a foreign key has no index", _foreign_key, Status.WARN, names="drill_shelf"),
    ),
    manual=Manual(
        why="A declared index that is not there is a page that gets slower with every customer.",
        read="What migrations declared against what PostgreSQL has; a valid one is used, an invalid one only costs.",
        mend="indexes.rebuild for what is invalid; midway up migrates what is missing; a double one is dropped by a"
        " migration.",
        not_the_obvious="CREATE INDEX IF NOT EXISTS by hand skips a wrong or invalid index of that name, blocks writes"
        " while it works, and is unknown to the migrations. The document's query names columns of another view.",
    ),
)
def sound(look: Look) -> None:
    """Four questions to the catalogue, and one to Django's models."""
    rows = look.ask(
        "SELECT i.relname, t.relname, x.indisvalid AND x.indisready, pg_relation_size(i.oid)::float"
        " FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid"
        f" JOIN pg_namespace n ON n.oid = i.relnamespace WHERE {OURS}"
    )
    look.count(len(rows))
    there = {name for name, _, _, _ in rows}
    for name, table, is_valid, _ in rows:
        if not is_valid:
            says = f"The index {name} of {table} is invalid: it is written and never read."
            look.alarm(Status.CRIT, says, subject=name, do="midway ops run indexes.rebuild")
    for name in sorted(_declared_indexes() - there):
        look.alarm(Status.CRIT, f"The declared index {name} is not there.", subject=name)
    for table, names in look.ask(
        "SELECT x.indrelid::regclass::text, array_agg(x.indexrelid::regclass::text ORDER BY x.indexrelid)"
        f" FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
        f" WHERE {OURS} AND x.indisvalid GROUP BY x.indrelid, x.indkey::text, x.indclass::text, x.indcollation::text,"
        " x.indoption::text, coalesce(pg_get_expr(x.indexprs, x.indrelid), ''),"
        " coalesce(pg_get_expr(x.indpred, x.indrelid), ''), c.relam HAVING count(*) > 1"
    ):
        look.alarm(Status.WARN, f"{table} has the same index twice: {', '.join(names)}.", subject=table)
    for table, constraint, columns in look.ask(_KEYS_WITHOUT):
        says = f"{table} has no index for the foreign key {constraint} ({columns})."
        look.alarm(Status.WARN, says, subject=table)
    look.fine(f"{len(rows)} indexes, all valid, none twice, none missing.")


_KEYS_WITHOUT = (
    "SELECT c.conrelid::regclass::text, c.conname, string_agg(a.attname, ', ')"
    " FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid"
    " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)"
    " WHERE c.contype = 'f' AND t.reltuples >= 10000 AND NOT EXISTS (SELECT 1 FROM pg_index x"
    " WHERE x.indrelid = c.conrelid AND x.indisvalid"
    " AND (x.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey) GROUP BY 1, 2"
)


def _declared_indexes() -> set[str]:
    return {index.name for _, index in _declared()}


def _declared() -> "list[tuple[type[Model], Index]]":
    from django.apps import apps

    return [
        (model, index)
        for model in apps.get_models()
        if model._meta.managed and model.__module__.startswith("midway.")  # noqa: SLF001 - Django documents it
        for index in model._meta.indexes  # noqa: SLF001 - Django documents it
    ]


def _bloated_table(stage: Stage) -> None:
    stage.postgres.do("DELETE FROM drill_shelf WHERE n % 5 > 0", "VACUUM (ANALYZE, INDEX_CLEANUP ON) drill_shelf")


@contextmanager
def _bloated(stage: Stage) -> Iterator[None]:
    """Four of five rows are deleted; their places in the index stay."""
    _bloated_table(stage)
    yield
    stage.postgres.do("REINDEX INDEX CONCURRENTLY drill_shelf_label")


@contextmanager
def _small_counts(stage: Stage) -> Iterator[None]:
    from midway.ops.models import LimitChange

    with _table(stage):
        LimitChange.objects.create(
            procedure="indexes.bloat", name="wasted", warn=0.8, crit=None, reason="a small table for the drill",
            owner="drill", created_at=stage.clock(),
        )  # fmt: skip
        yield


@procedure(
    id="indexes.bloat",
    title="No index is mostly empty",
    cadence=Cadence.MONTHLY,
    document_lines=(66, 75),
    kind=Kind.REPORT,
    needs=(PG_MONITOR, extension("pgstattuple")),
    depends_on=("postgres.writes",),
    scene=_small_counts,
    time_limit_seconds=120,
    limits=(
        Limit(
            "wasted", "wasted by one index", "MB", 100, None, "PgHero 100 MB; awesome-prometheus-alerts 80 % and 100 MB"
        ),
    ),
    faults=(Fault("deleted", "four fifths of the rows are deleted", _bloated, Status.WARN, "drill_shelf_label"),),
    manual=Manual(
        why="An index that is mostly empty is read from disk all the same.",
        read="Measured by pgstattuple, not estimated: estimates are off by a factor of twenty on small or wide tables.",
        mend="midway ops run indexes.rebuild --yes makes it anew without stopping anybody.",
        not_the_obvious="The usual bloat query guesses from statistics, which a role without rights sees in part.",
    ),
)
def bloat(look: Look) -> None:
    """The largest B-trees, by their leaf density; also those nobody has read for a month."""
    rows = look.ask(
        "SELECT i.oid::regclass::text, pg_relation_size(i.oid)::float, s.idx_scan, x.indisunique"
        " FROM pg_class i JOIN pg_index x ON x.indexrelid = i.oid JOIN pg_am a ON a.oid = i.relam"
        f" JOIN pg_namespace n ON n.oid = i.relnamespace LEFT JOIN pg_stat_user_indexes s ON s.indexrelid = i.oid"
        f" WHERE {OURS} AND a.amname = 'btree' AND x.indisvalid ORDER BY 2 DESC LIMIT 60"
    )
    look.count(len(rows))
    days = look.number(
        "SELECT extract(epoch FROM %(now)s - greatest(coalesce(stats_reset, pg_postmaster_start_time()),"
        " pg_postmaster_start_time()))::float / 86400 FROM pg_stat_database WHERE datname = current_database()"
    )
    unused = []
    for name, size, scans, is_unique in rows:
        if size < 0.5 * MB:
            continue
        density = look.number("SELECT avg_leaf_density FROM pgstatindex(%(name)s)", name=name)
        wasted = size * max(0.0, 0.9 - density / 100) / 0.9
        look.found("wasted", wasted / MB, f"{name}: {density:.0f} % full, {wasted / MB:.1f} MB wasted.", subject=name)
        if days >= 30 and scans == 0 and not is_unique and size >= 10 * MB:
            unused.append(name)
    look.note(days_of_statistics=round(days, 1), unused=unused)
    told = f"{len(unused)} unused for a month" if days >= 30 else "too early to say which are unused"
    look.fine(f"{len(rows)} indexes, none mostly empty; {told}.")


@procedure(
    id="indexes.rebuild",
    title="Make broken and bloated indexes anew, without stopping anybody",
    cadence=Cadence.DEMAND,
    document_lines=(66, 79),
    kind=Kind.REPAIR,
    needs=(PG_MONITOR, extension("pgstattuple")),
    depends_on=("postgres.writes",),
    scene=_table,
    time_limit_seconds=3600,
    faults=(
        Fault("invalid", "one could not be made and was left behind", _half_made, Status.WARN, "drill_shelf_shelf"),
    ),
    manual=Manual(
        why="REINDEX CONCURRENTLY makes a new one beside the old and swaps them; nobody waits.",
        read="Each step is one index. What a failed rebuild left behind (…_ccnew) is dropped first.",
        mend="midway ops run indexes.rebuild --yes. It needs room on the disk for the largest index once more.",
        not_the_obvious="REINDEX without CONCURRENTLY locks the table against writes for as long as it takes.",
    ),
)
def rebuild(look: Look) -> None:
    """Invalid ones that were never whole are dropped; others are built anew."""
    rows = look.ask(
        "SELECT i.oid::regclass::text, x.indisvalid, i.relname ~ '_cc(new|old)[0-9]*$' FROM pg_index x JOIN pg_class i"
        " ON i.oid = x.indexrelid JOIN pg_am a ON a.oid = i.relam JOIN pg_namespace n ON n.oid = i.relnamespace"
        f" WHERE {OURS} AND (NOT x.indisvalid OR (a.amname = 'btree' AND pg_relation_size(i.oid) > 100 * 1024 * 1024))"
    )
    look.count(1)
    declared = _declared_indexes()
    for name, is_valid, is_left_over in rows:
        if is_valid:
            density = look.number("SELECT avg_leaf_density FROM pgstatindex(%(name)s)", name=name)
            if density < 40:
                _build(look, name, f"build {name} anew, {density:.0f} % full")
        elif is_left_over or name not in declared:
            look.step(f"drop the invalid index {name}", partial(_drop, look, name), subject=name)
        else:
            _build(look, name, f"build the invalid index {name} anew")
    look.fine("No index needs to be made anew.")


@procedure(
    id="indexes.create",
    title="Make declared indexes that are not there, without stopping anybody",
    cadence=Cadence.DEMAND,
    document_lines=(66, 79),
    kind=Kind.REPAIR,
    depends_on=("postgres.writes",),
    time_limit_seconds=3600,
    faults=(Fault("gone", "a declared index is gone", _declared_gone, Status.WARN, names="outbox_waiting"),),
    manual=Manual(
        why="An index that was dropped by hand, or lost in a restore of single tables, is missed only by its slowness.",
        read="Each step is one index that Midway's models declare, in the words PostgreSQL is given.",
        mend="midway ops run indexes.create --yes. An invalid one of that name is first dropped by indexes.rebuild.",
        not_the_obvious="CREATE INDEX IF NOT EXISTS skips another index of that name and holds up every write.",
    ),
)
def create(look: Look) -> None:
    """In the models' own words, as a migration would write them."""
    there = {name for (name,) in look.ask("SELECT relname FROM pg_class WHERE relkind IN ('i', 'I')")}
    declared = _declared_statements()
    look.count(len(declared))
    for name in sorted(set(declared) - there):
        look.step(f"make the index {name}", partial(_alone, look, declared[name]), subject=name)
    look.fine(f"{len(declared)} declared indexes, all there.")


def _declared_statements() -> dict[str, str]:
    """Name to CREATE INDEX CONCURRENTLY of every index the models declare."""
    from django.db import connection

    editor = connection.schema_editor(atomic=False)
    return {index.name: str(index.create_sql(model, editor, concurrently=True)) for model, index in _declared()}


def _build(look: Look, name: str, says: str) -> None:
    look.step(says, partial(_alone, look, f"REINDEX INDEX CONCURRENTLY {name}"), subject=name)


def _drop(look: Look, name: str) -> str:
    return _alone(look, f"DROP INDEX CONCURRENTLY {name}")


def _alone(look: Look, statement: str) -> str:
    """Outside any transaction, with all the time it needs, but without waiting for locks."""
    look.connection.execute("SET statement_timeout = 0")
    look.connection.execute(statement.encode())
    return statement
