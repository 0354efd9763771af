"""Statements of the hot path, compiled once and sent on the driver's own cursor.

SQLAlchemy writes their text, and says how values and columns are converted. What it does besides at
each execution took more CPU than the database's own work (docs/decisions/core-statements.md).
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Dialect,
    Float,
    Insert,
    Select,
    literal_column,
)
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.sql import visitors
from sqlalchemy.sql.dml import UpdateBase

from app.database import driver_cursor
from app.database.driver_cursor import Parameters

Statement = Select[*tuple[Any, ...]] | UpdateBase
Process = Callable[[Any], Any]
Row = Any
"""A tuple, whose members have the names of the statement's columns."""


class Prepared:
    """A statement that is compiled once for each kind of database.

    All its values are given by name, also those that a table has a default for. What never changes
    in one that reads is written into its text.
    """

    def __init__(self, statement: Statement) -> None:
        is_read = isinstance(statement, Select)
        self._statement = _with_constants_written_out(statement) if is_read else statement
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, connection: Connection, values: Mapping[str, object]) -> list[Row]:
        """Execute the statement with values by name, and return its rows, if it has any.

        Raises KeyError for a value that is missing.
        """
        compiled = self._in(connection.dialect)
        parameters = compiled.parameters(values)
        # Asked whether it has rows, psycopg describes their columns: 4 % of the CPU of a change.
        take = _all_rows if compiled.has_rows else _nothing
        found = driver_cursor.send(connection, compiled.sql, parameters, take)
        return [compiled.converted(row) for row in found]

    def row(self, connection: Connection, values: Mapping[str, object]) -> Row | None:
        """Execute the statement as `rows` does, and return the first; None if there is none."""
        rows = self.rows(connection, values)
        return rows[0] if rows else None

    def _in(self, dialect: Dialect) -> "_Compiled":
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Compiled.of(self._statement, dialect)
        return compiled


class PreparedInsert(Prepared):
    """A statement that adds a row to a table which numbers its rows."""

    def __init__(self, statement: Insert) -> None:
        # Its id is asked for by name, or not at all.
        super().__init__(statement.inline())
        self._numbered = Prepared(statement.returning(*statement.table.primary_key))

    def new_id(self, connection: Connection, values: Mapping[str, object]) -> int:
        """Add a row, and return its id.

        SQLite's driver knows it: asked for with RETURNING it is kept in a table until it is read.
        """
        if connection.dialect.name != "sqlite":
            return self._numbered.rows(connection, values)[0][0]
        compiled = self._in(connection.dialect)
        parameters = compiled.parameters(values)
        return driver_cursor.send(connection, compiled.sql, parameters, _last_id)


def _all_rows(cursor: DBAPICursor) -> Sequence[tuple[Any, ...]]:
    return cursor.fetchall()


def _nothing(_: DBAPICursor) -> Sequence[tuple[Any, ...]]:
    return ()


def _last_id(cursor: DBAPICursor) -> int:
    return cursor.lastrowid


class _Varying(NamedTuple):
    """A parameter that varies: its number or its name, which value it is, and how to convert it."""

    place: Any
    key: str
    process: Process | None


@dataclass(frozen=True)
class _Compiled:
    """The text of a statement in a dialect, how its parameters come of values, and its rows.

    `constant` are its parameters, but for those that vary. `called` give the values that are asked
    for at each execution. `converting` says which columns are converted, and how; `row` makes a row
    of what they are then.
    """

    sql: str
    constant: list[object] | dict[str, object]
    varying: tuple[_Varying, ...]
    called: Mapping[str, Callable[[], object]]
    has_rows: bool
    converting: tuple[tuple[int, Process], ...]
    row: Callable[[list[Any]], Row]

    @classmethod
    def of(cls, statement: Statement, dialect: Dialect) -> "_Compiled":
        """Compile a statement. Raises TypeError where more than its values would be needed."""
        compiled = statement.compile(dialect=dialect)
        if compiled.insert_prefetch or compiled.update_prefetch:
            raise TypeError("Say the values that the table has a default for.")
        if compiled.post_compile_params:
            raise TypeError("The list of an IN is written out at each execution.")
        constant: dict[str, object] = {}
        varying: list[_Varying] = []
        for bound, name in compiled.bind_names.items():
            process = bound.type.dialect_impl(dialect).bind_processor(dialect)
            if bound.required or bound.callable:
                varying.append(_Varying(name, bound.key, process))
            else:
                constant[name] = process(bound.value) if process else bound.value
        called = {bound.key: bound.callable for bound in compiled.bind_names if bound.callable}
        columns = _columns(statement)
        names = compiled.positiontup if compiled.positional else None
        return cls(
            compiled.string,
            constant if names is None else [constant.get(name) for name in names],
            tuple(varying if names is None else _numbered(varying, names)),
            called,
            bool(columns),
            tuple(_converting([column for _, column in columns], dialect)),
            namedtuple("Row", [name for name, _ in columns], rename=True)._make,
        )

    def parameters(self, values: Mapping[str, object]) -> Parameters:
        """Return the parameters as the driver takes them."""
        sent: Any = self.constant.copy()
        if self.called:
            values = {**values, **{key: call() for key, call in self.called.items()}}
        for place, key, process in self.varying:
            value = values[key]
            sent[place] = process(value) if process else value
        return sent

    def converted(self, found: tuple[Any, ...]) -> Row:
        """Return a row of what the driver has found."""
        row = [*found]
        for place, process in self.converting:
            row[place] = process(row[place])
        return self.row(row)


def _with_constants_written_out(statement: Select[*tuple[Any, ...]]) -> Statement:
    """Return a statement with fewer parameters: to read an experiment, 12 of 40 vary."""
    return cast("Statement", visitors.replacement_traverse(statement, {}, _written_out))


def _written_out(element: Any, **_: object) -> Any:  # noqa: ANN401
    """Return the text of a constant, and None for anything else, which stays as it is."""
    if not isinstance(element, BindParameter) or element.required or element.callable:
        return None
    text = element.compile(compile_kwargs={"literal_binds": True})
    return literal_column(str(text), element.type)


def _numbered(varying: Iterable[_Varying], names: Sequence[str]) -> Iterator[_Varying]:
    """Yield parameters by the numbers of their places; a name may stand in several."""
    by_name = {each.place: each for each in varying}
    for number, name in enumerate(names):
        if name in by_name:
            yield by_name[name]._replace(place=number)


def _columns(statement: Statement) -> list[tuple[str, ColumnElement[Any]]]:
    """Return the columns of the rows that a statement gives, with their names; "" for none."""
    is_read = isinstance(statement, Select)
    columns = statement.selected_columns if is_read else statement.exported_columns
    return [(name or "", column) for name, column in columns.items()]


def _converting(
    columns: Iterable[ColumnElement[Any]], dialect: Dialect
) -> Iterator[tuple[int, Process]]:
    """Yield which columns are converted, and how."""
    for place, column in enumerate(columns):
        if isinstance(column.type, Float):
            # Both drivers give a float; what converts others would ask psycopg for their types.
            continue
        process = column.type.dialect_impl(dialect).result_processor(dialect, None)
        if process:
            yield place, process
