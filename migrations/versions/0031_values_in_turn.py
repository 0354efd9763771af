"""on SQLite, the values that a column may have are compared in turn, not looked for in a list"""

import re
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

LIST = re.compile(r"(_known CHECK \()(\w+) IN \(([^()]*)\)")
IN_TURN = re.compile(r"(_known CHECK \()((\w+) = '[^']*'(?: OR \3 = '[^']*')*)")


def upgrade() -> None:
    """Rewrite the conditions, by the procedure of SQLite for what no row depends on.

    It rebuilds no table: https://www.sqlite.org/lang_altertable.html, the end of section 7.
    """
    _rewrite(LIST, _in_turn)


def downgrade() -> None:
    _rewrite(IN_TURN, _in_a_list)


def _in_turn(found: re.Match[str]) -> str:
    begin, column, values = found.groups()
    return begin + " OR ".join(f"{column} = {value}" for value in values.split(", "))


def _in_a_list(found: re.Match[str]) -> str:
    begin, conditions, column = found.groups()
    values = ", ".join(each.partition(" = ")[2] for each in conditions.split(" OR "))
    return f"{begin}{column} IN ({values})"


def _rewrite(old: re.Pattern[str], new: Callable[[re.Match[str]], str]) -> None:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    tables = sa.table("sqlite_master", sa.column("type"), sa.column("name"), sa.column("sql"))
    read = sa.select(tables.c.name, tables.c.sql).where(tables.c.type == "table")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    for name, sql in connection.execute(read).all():
        is_it = (tables.c.type == "table") & (tables.c.name == name)
        connection.execute(sa.update(tables).where(is_it).values(sql=old.sub(new, sql)))
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")
    # Every connection reads the tables anew from here on, this one first: what is no SQL fails now.
    connection.exec_driver_sql("SELECT 1 FROM alembic_version")
