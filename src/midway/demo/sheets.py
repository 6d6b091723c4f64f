"""Rows on their way into the database by COPY."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models
from psycopg.types.json import Jsonb

Row = tuple[Any, ...]


class Sheet:
    """Rows of one table, kept until they are copied. Columns that are not named get the model's default."""

    def __init__(self, model: type[models.Model], columns: Sequence[str]) -> None:
        options = model._meta  # noqa: SLF001  # Django's documented way to ask a model about itself
        self.table = options.db_table
        self.rows: list[Row] = []
        self._names = tuple(columns)
        fields = {field.column: field for field in options.concrete_fields}
        unknown = set(columns) - fields.keys()
        assert not unknown, f"{self.table} has no column {', '.join(sorted(unknown))}"
        self._defaults = {
            column: _as_stored(field) for column, field in fields.items() if column not in columns and column != "id"
        }
        self.next_id = 1 + _highest_id(self.table)

    def add(self, *values: Any) -> None:
        """Will keep a row, its values in the order of the columns."""
        self.rows.append(values)

    def take_id(self) -> int:
        """Will give the next free id."""
        self.next_id += 1
        return self.next_id - 1

    def copy(self) -> None:
        """Will send the kept rows and forget them."""
        if not self.rows:
            return
        names = ", ".join(f'"{name}"' for name in (*self._names, *self._defaults))
        rest = tuple(self._defaults.values())
        with connection.cursor() as cursor, cursor.copy(f'COPY "{self.table}" ({names}) FROM STDIN') as copy:
            for row in self.rows:
                copy.write_row(row + rest)
        self.rows = []

    def close(self) -> None:
        """Will copy what is left, set the table's sequence behind the last id and let the planner look at it."""
        self.copy()
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)", [self.table, self.next_id])
            cursor.execute(f'ANALYZE "{self.table}"')


def json_value(value: Mapping[str, Any] | Sequence[Any]) -> Jsonb:
    """A value for a JSON column."""
    return Jsonb(value)


def _as_stored(field: "models.Field[Any, Any]") -> Any:
    value = field.get_db_prep_save(field.get_default(), connection)
    assert value is not None or field.null, f"{field} needs a value"
    return value


def _highest_id(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT coalesce(max(id), 0) FROM "{table}"')  # noqa: S608  # a model's table
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])
