"""The base of every table: one metadata with named constraints, and timestamps in UTC."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    DateTime,
    Enum,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.types import TypeDecorator

from app.models.names import LONGEST_SORT_NAME

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

LONGEST_NOTE = 500
"""So many characters have what people say of a change, and the details that are kept of one."""


class Base(DeclarativeBase):
    """The declarative base of all tables."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, also on SQLite, which keeps no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Store the moment as UTC; a naive value is a mistake and raises ValueError."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the moment back aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonText(TypeDecorator[object]):
    """Any JSON, kept as text: a column of type JSON makes a whole number of 1.0 on SQLite."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write the value as JSON; None is no value, not JSON's null."""
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:  # noqa: ARG002
        """Read the value, of the type it was written with."""
        return None if value is None else json.loads(value)


def table_of(model: type[Base]) -> Table:
    """Return the table behind a model, for statements that need rows and no objects."""
    return cast(Table, model.__table__)


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def stored_as_value(kind: type[StrEnum], length: int = 16) -> Enum:
    """Return a VARCHAR column that holds the values of `kind`, not its names."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=length,
        values_callable=lambda members: [member.value for member in members],
    )


class _HasOneOf(ColumnElement[bool]):
    """The condition that a column has one of some texts."""

    def __init__(self, column: str, values: Iterable[str]) -> None:
        self.column = column
        self.values = tuple(f"'{value}'" for value in values)


@compiles(_HasOneOf)
def _in_a_list(condition: _HasOneOf, _compiler: DDLCompiler, **_: object) -> str:
    return f"{condition.column} IN ({', '.join(condition.values)})"


@compiles(_HasOneOf, "sqlite")
def _in_turn(condition: _HasOneOf, _compiler: DDLCompiler, **_: object) -> str:
    """Return a text for SQLite, which makes a table of each list of three or more at each write.

    Six such lists took 7 % of the instructions of a status change.
    """
    return " OR ".join(f"{condition.column} = {value}" for value in condition.values)


def one_of(column: str, values: Iterable[StrEnum]) -> CheckConstraint:
    """Return the constraint that keeps anything but these values, or NULL, out of `column`."""
    return CheckConstraint(_HasOneOf(column, values), name=f"{column}_known")


ShortText = String(120)
UTC_ZONE = "UTC"
TimeZone = String(64)
# Compared character by character, whatever the language of the database.
SortName = String(LONGEST_SORT_NAME).with_variant(
    String(LONGEST_SORT_NAME, collation="C"), "postgresql"
)
