"""Real databases for tests: SQLite files, and a PostgreSQL server of the test run's own."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Connection, create_engine

from app import create_app
from app.command_line import prepare_migrations
from app.database.engine import db
from tests.settings import SECRET_KEY

HOW_TO_GET_POSTGRESQL = "PostgreSQL is not installed: apt-get install postgresql"
# A crash of the machine loses nothing that a test run needs.
FAST = "-c fsync=off -c full_page_writes=off -c max_connections=200"
MEMORY = Path("/dev/shm")  # noqa: S108
ROOM = 2 << 30


def find_postgresql() -> Path | None:
    """The folder that holds initdb and pg_ctl, None if there is none."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def memory() -> Path | None:
    """Return a folder in memory, if there is room: a test run makes thousands of databases."""
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM
    return MEMORY if has_room else None


@contextmanager
def postgresql_stopped(folder: str) -> Generator[None]:
    """The server whose folder this is, stopped at once while this is open, and begun anew."""
    data, binaries = Path(folder, "data"), find_postgresql()
    assert binaries, HOW_TO_GET_POSTGRESQL
    options = (data / "postmaster.opts").read_text().split(maxsplit=1)[1]
    owner = pwd.getpwuid(data.stat().st_uid).pw_name if os.geteuid() == 0 else None
    _run(owner, binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    try:
        yield
    finally:
        start = ("-w", "-o", options, "-l", Path(folder, "log"), "start")
        _run(owner, binaries / "pg_ctl", "-D", data, *start)


@contextmanager
def postgresql_server(*, durable: bool = False) -> Generator[str]:
    """A PostgreSQL server on a Unix socket in a folder of its own; gives its folder.

    A `durable` one waits for the disk at every commit, as in production; any other needs no disk.
    """
    binaries = find_postgresql()
    assert binaries, HOW_TO_GET_POSTGRESQL
    place = None if durable else memory()
    folder = Path(tempfile.mkdtemp(prefix="switchyard-postgresql-", dir=place))
    user = hand_over(folder)
    data = folder / "data"
    options = f"-k {folder} -c listen_addresses='' {'-c max_connections=200' if durable else FAST}"
    _run(user, binaries / "initdb", "-D", data, "-U", "switchyard", "-A", "trust", "-E", "UTF8")
    _run(user, binaries / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start")
    try:
        yield str(folder)
    finally:
        _run(user, binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


def postgresql_url(folder: str, database: str) -> str:
    """The address of a database on the server whose folder this is."""
    return f"postgresql://switchyard@/{database}?host={folder}"


def create_database(folder: str, name: str, template: str = "template1") -> str:
    """Create a database on that server, a copy of `template`, and give its address.

    It takes the place of one of this name, whoever is still connected to that.
    """
    # Page by page, through the log, it takes half as long again.
    copied = f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'
    at_once(postgresql_url(folder, "postgres"), _dropped(name), copied)
    return postgresql_url(folder, name)


@contextmanager
def filling(url: str) -> Generator[Connection]:
    """A transaction on the database at `url` that may take as long as filling it does."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def drop_database(folder: str, name: str) -> None:
    """Drop a database, whoever is still connected to it."""
    at_once(postgresql_url(folder, "postgres"), _dropped(name))


def _dropped(name: str) -> str:
    return f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'


def at_once(url: str, *statements: str) -> None:
    """Carry out, one after another, statements that no transaction may hold."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def copy_sqlite(migrated: Path, folder: Path) -> str:
    """Copy a migrated SQLite file into `folder`, over one before, and give the copy's address."""
    for part in folder.glob("switchyard.db*"):
        part.unlink()
    return f"sqlite:///{shutil.copy(migrated, folder / 'switchyard.db')}"


def migrating(url: str, instance: Path) -> Flask:
    """The application on that database, as the command line has it: Alembic knows it."""
    app = create_app({"DATABASE_URL": url, "SECRET_KEY": SECRET_KEY}, instance)
    prepare_migrations(app)
    return app


@contextmanager
def gone_through(url: str, instance: Path) -> Generator[Flask]:
    """Within that application, which is cut off from the database at the end."""
    app = migrating(url, instance)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def migrate(url: str, instance: Path) -> None:
    """Bring the database at `url` to the newest migration."""
    with gone_through(url, instance):
        upgrade()


def hand_over(folder: Path) -> str | None:
    """Give `folder` to a user whom PostgreSQL accepts; it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in known else "nobody"
    shutil.chown(folder, user)
    folder.chmod(0o755)
    return user


def _run(user: str | None, *command: str | Path) -> None:
    # The server inherits its output: a pipe would stay open for as long as the server runs.
    subprocess.run(
        [str(part) for part in command],
        check=True,
        user=user,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
