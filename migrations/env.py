"""How Alembic reaches the application's database."""

from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import Connection, Enum

from app.database.connections import begin_writing
from app.models import Base
from app.models.base import JsonText, UtcDateTime

database = current_app.extensions["migrate"].db


def render_item(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Write column types as plain ones, so that a migration outlives the application's classes."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JsonText):
        return "sa.Text()"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


def migrate(connection: Connection) -> None:
    """Run the migrations in one transaction.

    A batch migration rebuilds a table on SQLite, and with foreign keys on, dropping the old one
    would delete or orphan the rows that point at it: they are off while it runs, which SQLite
    allows only outside a transaction, and every key is checked before the commit. Between the old
    table and the new one, nothing asks whether what triggers name is there.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    with rebuilding_tables(connection) if is_sqlite else nullcontext(), connection.begin():
        begin_writing(connection)
        # Alembic leaves a transaction alone that it finds when it is configured.
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            render_item=render_item,
        )
        context.run_migrations()
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all() if is_sqlite else []
        if broken:
            raise RuntimeError(f"the migration leaves rows that point nowhere: {broken[:5]}")


@contextmanager
def rebuilding_tables(connection: Connection) -> Generator[None]:
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys = OFF")
    cursor.execute("PRAGMA legacy_alter_table = ON")
    try:
        yield
    finally:
        cursor.execute("PRAGMA legacy_alter_table = OFF")
        cursor.execute("PRAGMA foreign_keys = ON")


with database.engine.connect() as connection:
    migrate(connection)
