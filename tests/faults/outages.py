"""Databases that go away, hang, are locked or go back to an older state, and come back."""

import signal
import sqlite3
import subprocess
import tempfile
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psutil

from app.database.engine import db
from app.events.kept import kept_events
from tests import audit, databases
from tests.world import World

# How a writer keeps all others from writing.
LOCK = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "BEGIN; LOCK TABLE {} IN EXCLUSIVE MODE",
}


def kind_of(database_url: str) -> str:
    """`sqlite` or `postgresql`."""
    return database_url.partition(":")[0]


def file_of(database_url: str) -> Path:
    """The file of a database on SQLite."""
    return Path(database_url.removeprefix("sqlite:///"))


def folder_of(database_url: str) -> str:
    """The folder of the server of a database on PostgreSQL."""
    return database_url.partition("?host=")[2]


@contextmanager
def away(database_url: str) -> Generator[None]:
    """The database, not there while this is open: its server stopped, or its file moved."""
    if kind_of(database_url) == "postgresql":
        with databases.postgresql_stopped(folder_of(database_url)):
            yield
        return
    file = file_of(database_url)
    moved = file.rename(file.with_suffix(".away"))
    try:
        yield
    finally:
        moved.rename(file)


def reconnect(world: World) -> None:
    """Let a test go on after its own connections have been ended."""
    with world.app.app_context():
        db.engine.dispose()


@contextmanager
def nothing_recorded(world: World) -> Generator[None]:
    """Time in which nobody records the events that the application keeps."""
    with world.app.app_context():
        kept = kept_events.of_app()
    with kept.turn() as has_turn:
        assert has_turn
        yield


@contextmanager
def hanging(database_url: str) -> Generator[None]:
    """The processes of a PostgreSQL, which answer nothing while this is open."""
    pid = int(Path(folder_of(database_url), "data", "postmaster.pid").read_text().split()[0])
    postmaster = psutil.Process(pid)
    stopped = [postmaster, *postmaster.children(recursive=True)]
    try:
        for process in stopped:
            _signal(process, signal.SIGSTOP)
        yield
    finally:
        for process in reversed(stopped):
            _signal(process, signal.SIGCONT)


def _signal(process: psutil.Process, number: int) -> None:
    """Send a signal to a process, unless it has ended meanwhile, as one of a connection may."""
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


@contextmanager
def locked(database_url: str, tables: str = "exposure, api_key") -> Generator[None]:
    """The database (on PostgreSQL these tables), to which nobody can write while this is open."""
    lock = LOCK[kind_of(database_url)].format(tables)
    with audit.connect(database_url) as other:
        other.exec_driver_sql(lock)
        yield
        other.exec_driver_sql("ROLLBACK")


@contextmanager
def no_threads() -> Generator[None]:
    """Time in which this process can start no thread: there is no room for its stack."""
    usual = threading.stack_size(1 << 46)
    try:
        yield
    finally:
        threading.stack_size(usual)


@contextmanager
def small_disk(size: int) -> Generator[Path]:
    """A file system of so many bytes, in a folder of its own; only root may do that."""
    place = Path(tempfile.mkdtemp(prefix="switchyard-disk-"))
    options = ("-t", "tmpfs", "-o", f"size={size}", "tmpfs")
    subprocess.run(["mount", *options, str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
        place.rmdir()


@contextmanager
def full(disk: Path) -> Generator[None]:
    """A disk that has no byte left while this is open."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def restored(database_url: str, folder: Path) -> Generator[None]:
    """The database, which at the end of this is what it is at its beginning."""
    if kind_of(database_url) == "sqlite":
        copy, file = folder / "copy.db", file_of(database_url)
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        yield
        for part in file.parent.glob(f"{file.name}-*"):
            part.unlink()
        copy.replace(file)
        return
    server = folder_of(database_url)
    name = database_url.partition("?")[0].rpartition("/")[2]
    _copy_database(server, name, "copy")
    yield
    databases.drop_database(server, name)
    databases.create_database(server, name, "copy")
    databases.drop_database(server, "copy")


def _copy_database(server: str, name: str, copy: str) -> None:
    """Copy a database, to which nobody is connected meanwhile."""
    with audit.connect(databases.postgresql_url(server, "postgres")) as connection:
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        connection.exec_driver_sql(end, (name,))
        connection.exec_driver_sql(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
