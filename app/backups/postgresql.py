"""Copies of a PostgreSQL database, by the programs that come with it."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple, cast

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection

from app.backups.errors import BackupFault
from app.backups.manifest import SESSIONS, Contents, Manifest
from app.core import waiting
from app.database import append_only
from app.database.engine import db

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
# https://www.postgresql.org/docs/current/app-psql.html#R2-APP-PSQL-3
PSQL_LOST_CONNECTION = 2
# What was put back is counted before it is committed.
_CHECK = """
DO $switchyard$ BEGIN IF (SELECT count(*) FROM {table}) <> {rows} THEN
RAISE EXCEPTION 'this backup does not hold what it says it does'; END IF; END $switchyard$;
"""


class Server(NamedTuple):
    """How programs reach the database, the schema that its tables are in, its major version."""

    dsn: str
    password: str
    namespace: str
    major: int

    @property
    def environment(self) -> dict[str, str]:
        """Return a program's environment: an argument could be read by everybody who lists it."""
        return {**os.environ, **({"PGPASSWORD": self.password} if self.password else {})}

    def qualified(self, table: str) -> str:
        """Return a table's whole name."""
        return f'"{self.namespace}"."{table}"'

    def program(self, name: str) -> str:
        """Return the path of a program of the server's version. Raises BackupFault."""
        debian = f"/usr/lib/postgresql/{self.major}/bin/{name}"
        for found in filter(None, (shutil.which(name), shutil.which(debian))):
            if _major_of(found) == self.major:
                return found
        raise BackupFault(
            f"This takes {name} of PostgreSQL {self.major}, the server's version, which is not"
            f" installed here (on Debian: postgresql-client-{self.major})."
        )


def copy_to(copy: Path) -> Contents:
    """Write the database as it is at one moment to `copy`: writers go on meanwhile."""
    with _snapshot() as (connection, snapshot):
        server, contents = _server(connection), _contents(connection)
        command = [
            server.program("pg_dump"),
            "--format=custom",
            # The backup's file is compressed as a whole.
            "--compress=0",
            f"--snapshot={snapshot}",
            f"--lock-wait-timeout={int(waiting.usual_seconds() * 1000)}",
            f"--file={copy}",
            f"--dbname={server.dsn}",
            *(f"--table={server.qualified(table)}" for table in contents.rows),
        ]
        done = subprocess.run(  # noqa: S603
            command, env=server.environment, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise BackupFault(f"pg_dump refuses: {_first_line(done.stderr)}")
    return contents


def tables() -> list[str]:
    """Return the names of the tables that there are."""
    with db.engine.connect() as connection:
        return _tables(connection)


def put_back(copy: Path, manifest: Manifest) -> None:
    """Put a copy in the place of the database, in one transaction.

    The last line that psql reads commits it, and is sent when all before has come through: psql
    whose input ends early takes everything back.
    """
    with db.engine.connect() as connection:
        server, present = _server(connection), _tables(connection)
    psql = [server.program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
    is_poured = False
    with tempfile.TemporaryFile("w+") as complaints:
        with (
            subprocess.Popen(  # noqa: S603
                [*psql, f"--dbname={server.dsn}"],
                env=server.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
            ) as writer,
            suppress(BrokenPipeError),
            cast("IO[bytes]", writer.stdin) as script,
        ):
            script.write("\n".join(_beginning(server, present)).encode())
            is_poured = _pour(server, copy, script, complaints)
            if is_poured:
                script.write("\n".join(_ending(server, manifest)).encode())
        complaints.seek(0)
        said = complaints.read()
    if is_poured and writer.returncode == PSQL_LOST_CONNECTION:
        raise BackupFault("The connection was lost at the end: see which state the database is in.")
    # A warning is no refusal: both programs tell of one and go on.
    if writer.returncode or not is_poured:
        raise BackupFault(f"PostgreSQL refuses: {_first_line(said)}. Nothing was changed.")


def _pour(server: Server, copy: Path, script: IO[bytes], complaints: IO[str]) -> bool:
    """Write a copy as SQL, and return whether all of it was written."""
    command = [server.program("pg_restore"), "--no-owner", "--no-privileges", "--file=-"]
    with subprocess.Popen(  # noqa: S603
        [*command, str(copy)], stdout=subprocess.PIPE, stderr=complaints
    ) as reader:
        shutil.copyfileobj(cast("IO[bytes]", reader.stdout), script)
    return reader.returncode == 0


def _beginning(server: Server, present: Iterable[str]) -> Generator[str]:
    yield f"SET lock_timeout = {int(waiting.usual_seconds() * 1000)};"
    # What a later version has added is in the way of its tables, too.
    if names := ", ".join(server.qualified(table) for table in present):
        yield f"BEGIN; DROP TABLE {names};"
    else:
        yield "BEGIN;"
    yield "SET LOCAL client_min_messages = warning;"
    # A copy of tables has their triggers, and not the function that those call.
    yield append_only.postgresql_function(server.namespace)
    yield ""


def _ending(server: Server, manifest: Manifest) -> Generator[str]:
    for table, rows in manifest.rows.items():
        yield _CHECK.format(table=server.qualified(table), rows=rows)
    if SESSIONS in manifest.rows:
        yield f"DELETE FROM {server.qualified(SESSIONS)};"  # noqa: S608 - a name of our own
    yield "COMMIT;"
    yield ""


@contextmanager
def _snapshot() -> Generator[tuple[Connection, str]]:
    """Give a connection that sees one moment, and the name by which another sees the same."""
    with db.engine.connect() as connection:
        connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            # While the copy is made this connection has nothing to say.
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield (
                connection,
                connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one(),
            )


def _server(connection: Connection) -> Server:
    driver = cast("psycopg.Connection", connection.connection.driver_connection)
    namespace = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
    _, named = connection.dialect.create_connect_args(connection.engine.url)
    # What is psycopg's own, and no option of the programs.
    named.pop("context", None)
    password = named.pop("password", "")
    major = driver.info.server_version // 10000
    return Server(make_conninfo(**named), password, namespace, major)


def _contents(connection: Connection) -> Contents:
    names = _tables(connection)
    if "alembic_version" not in names:
        raise BackupFault("This database has no tables yet: there is nothing to back up.")
    version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    return Contents(version, {name: _count(connection, name) for name in names})


def _tables(connection: Connection) -> list[str]:
    return list(connection.exec_driver_sql(_TABLES).scalars())


def _count(connection: Connection, table: str) -> int:
    # The names of tables are the database's own.
    return connection.exec_driver_sql(f'SELECT count(*) FROM "{table}"').scalar_one()  # noqa: S608


def _major_of(program: str) -> int | None:
    said = subprocess.run(  # noqa: S603
        [program, "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = _VERSION.search(said)
    return int(found[1]) if found else None


def _first_line(said: str) -> str:
    """Return what a program complains of, without where in its input."""
    lines = said.strip().splitlines() or ["it ended without a word"]
    error = next((line for line in lines if "error:" in line.lower()), lines[0])
    return error.partition("ERROR:")[2].strip() or error
