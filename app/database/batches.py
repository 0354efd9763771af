"""Many rows in one statement: they travel as one JSON parameter, and the database unpacks them.

A placeholder for each value would cost more, in the driver, than everything else a batch does.
Statements are built once for each kind of database, and compiled once.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Executable,
    FromClause,
    Insert,
    Table,
    Text,
    and_,
    bindparam,
    cast,
    column,
    func,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.database.prepared import Prepared, Row

Rows = Sequence[Mapping[str, Any]]

INSERTS = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_ROWS = bindparam("rows", type_=Text())


def let_in(session: Session, table: Table, rows: Rows) -> Sequence[Row]:
    """Insert the rows whose primary keys are new, in their order, and give those."""
    return _run(session, _let_in, table, rows)


def let_in_or_lock(session: Session, table: Table, rows: Rows) -> Sequence[Row]:
    """Insert the rows whose primary keys are new, lock those that are there, and give all.

    Each in its turn, in the order of `rows`; who is there is given as it is once it is locked.
    """
    return _run(session, _let_in_or_lock, table, rows)


def put(session: Session, table: Table, rows: Rows) -> None:
    """Give the rows of the same primary keys, which there are, the other values of these rows."""
    _run(session, _put, table, rows)


def hold(session: Session, table: Table, rows: Rows) -> None:
    """Have no row be deleted whose primary key is among those of `rows`, in the keys' order.

    In SQLite whoever writes is alone.
    """
    if _kind(session) != "sqlite":
        _run(session, _hold, table, rows)


def present(session: Session, table: Table, rows: Rows) -> Sequence[Row]:
    """Return the rows of the table whose primary keys are among those of `rows`."""
    return _run(session, _present, table, rows)


def add_up(session: Session, table: Table, rows: Rows, numbers: tuple[str, ...]) -> None:
    """Insert the rows; where there is one of the same key, add the `numbers` to its own.

    Its other columns become those of the new row.
    """
    if rows:
        session.execute(_add_up(_kind(session), table, numbers), rows)


def add_to(session: Session, table: Table, rows: Rows, numbers: tuple[str, ...]) -> None:
    """Add the `numbers` to those of the rows of the same keys, which there are.

    Their other columns become those of the new row.
    """
    if rows:
        bound = [{f"new_{name}": value for name, value in row.items()} for row in rows]
        session.execute(_add_to(table, numbers), bound)


def add_new(session: Session, table: Table, rows: Rows) -> None:
    """Insert the rows that clash with no other."""
    if rows:
        session.execute(INSERTS[_kind(session)](table).on_conflict_do_nothing(), rows)


def _run(session: Session, build: Any, table: Table, rows: Rows) -> Sequence[Row]:  # noqa: ANN401
    if not rows:
        return []
    connection = session.connection()
    statement: Prepared = build(connection.dialect.name, table)
    return statement.rows(connection, {"rows": json.dumps(rows, default=str)})


def _kind(session: Session) -> str:
    return session.get_bind().dialect.name


def letting_in(kind: str, table: Table, rows: FromClause) -> Insert:
    """Return the statement that inserts those of the rows whose primary keys are new."""
    return _inserting(kind, table, rows).on_conflict_do_nothing()


def _inserting(kind: str, table: Table, rows: FromClause) -> Any:  # noqa: ANN401
    # Without a condition SQLite would take ON CONFLICT for the beginning of a join's condition.
    given = select(rows).where(true())
    return INSERTS[kind](table).from_select(list(rows.columns.keys()), given)


@lru_cache
def _let_in(kind: str, table: Table) -> Prepared:
    statement = letting_in(kind, table, sent(kind, list(table.columns)))
    return Prepared(statement.returning(*table.columns))


@lru_cache
def _let_in_or_lock(kind: str, table: Table) -> Prepared:
    insert = _inserting(kind, table, sent(kind, list(table.columns)))
    keys = list(table.primary_key)
    # A row is locked where something of it is written: this column is, as it is.
    other = next(each for each in table.columns if each not in keys)
    locked = insert.on_conflict_do_update(index_elements=keys, set_={other.name: other})
    return Prepared(locked.returning(*table.columns))


@lru_cache
def _put(kind: str, table: Table) -> Prepared:
    rows = sent(kind, list(table.columns))
    keys = list(table.primary_key)
    others = {each.name: rows.c[each.name] for each in table.columns if each not in keys}
    return Prepared(update(table).where(_same(rows, table)).values(others).returning(*keys))


@lru_cache
def _hold(kind: str, table: Table) -> Prepared:
    keys = list(table.primary_key)
    rows = sent(kind, keys)
    here = select(*keys).join_from(rows, table, _same(rows, table))
    held = here.order_by(*keys).with_for_update(read=True, key_share=True, of=table)
    return Prepared(held)


@lru_cache
def _present(kind: str, table: Table) -> Prepared:
    rows = sent(kind, list(table.primary_key))
    return Prepared(select(table).join_from(rows, table, _same(rows, table)))


def _same(rows: FromClause, table: Table) -> ColumnElement[bool]:
    """Return the condition that a row that is sent has the primary key of one of the table."""
    return and_(*(rows.c[key.name] == key for key in table.primary_key))


@lru_cache
def _add_up(kind: str, table: Table, numbers: tuple[str, ...]) -> Executable:
    return adding_up(INSERTS[kind](table), table, numbers)


def adding_up(insert: Any, table: Table, numbers: tuple[str, ...]) -> Insert:  # noqa: ANN401
    """Return an insertion into the table that adds the `numbers` where there is such a row."""
    keys = list(table.primary_key)
    changed: dict[str, ColumnElement[Any]] = {
        each.name: table.c[each.name] + insert.excluded[each.name]
        if each.name in numbers
        else insert.excluded[each.name]
        for each in table.columns
        if each not in keys
    }
    return insert.on_conflict_do_update(index_elements=keys, set_=changed)


@lru_cache
def _add_to(table: Table, numbers: tuple[str, ...]) -> Executable:
    new = {each.name: bindparam(f"new_{each.name}", type_=each.type) for each in table.columns}
    keys = list(table.primary_key)
    changed = {
        each.name: each + new[each.name] if each.name in numbers else new[each.name]
        for each in table.columns
        if each not in keys
    }
    return update(table).where(*(key == new[key.name] for key in keys)).values(changed)


def sent(kind: str, columns: Sequence[ColumnElement[Any]]) -> FromClause:
    """Return the rows of the parameter, with these columns, as something to select from."""
    if kind == "postgresql":
        unpacked = func.json_to_recordset(cast(_ROWS, JSON))
        named = (column(each.name, each.type) for each in columns)
        return unpacked.table_valued(*named, name="sent").render_derived(with_types=True)
    each_row = func.json_each(_ROWS).table_valued("value")
    values = (
        func.json_extract(each_row.c.value, f"$.{each.name}", type_=each.type).label(each.name)
        for each in columns
    )
    return select(*values).subquery("sent")
