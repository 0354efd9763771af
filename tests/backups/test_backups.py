"""Backups: what one says of itself, and what is put back, or is not."""

import json
import os
import pty
import signal
import sqlite3
import stat
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select, text

from app.backups import archive
from app.backups.errors import BackupFault
from app.backups.postgresql import Server
from app.database import schema
from app.models import Base, Project, Status
from tests import audit
from tests.backups.conftest import url_of
from tests.command_line import complaint, printed
from tests.conftest import MakeApp, on_both_databases, on_postgresql
from tests.servers import ROOT
from tests.settings import SECRET_KEY
from tests.watching import until
from tests.world import World

ROWS_THAT_TAKE_A_WHILE = 20_000


@pytest.fixture
def project(world: World) -> Project:
    """A project in which something has happened."""
    project = world.project(limit=None)
    world.experiment(project, Status.ARCHIVED)
    world.experiment(project, Status.RUNNING)
    world.member(project)
    return project


@pytest.fixture
def backup(world: World, project: Project, tmp_path: Path) -> Path:  # noqa: ARG001
    """A backup of it."""
    file = tmp_path / "made.backup"
    printed(world, "backup", str(file))
    return file


def everything(url: str) -> dict[str, Sequence[Row[Any]]]:
    """All rows of all tables, without the entry that they were put back."""
    put_back = "database restored"
    with audit.connect(url) as connection:
        return {
            table.name: [
                row
                for row in connection.execute(select(table).order_by(*table.primary_key))
                if put_back not in row
            ]
            for table in Base.metadata.sorted_tables
        }


def changed(backup: Path, **facts: object) -> Path:
    """A backup like this one that says something else of itself."""
    other = backup.with_name("changed.backup")
    with zipfile.ZipFile(backup) as source, zipfile.ZipFile(other, "w") as target:
        said = json.loads(source.read(archive.MANIFEST))
        target.writestr(archive.MANIFEST, json.dumps({**said, **facts}))
        target.writestr(archive.COPY, source.read(archive.COPY))
    return other


@on_both_databases
def test_a_backup_says_what_it_is_and_nobody_else_may_read_it(
    world: World, project: Project, tmp_path: Path, database_url: str
) -> None:
    file = tmp_path / "made.backup"
    said = printed(world, "backup", str(file))
    with zipfile.ZipFile(file) as packed:
        manifest = json.loads(packed.read(archive.MANIFEST))
    assert manifest["schema_version"] == schema.known()[-1]
    assert manifest["database"] == database_url.partition(":")[0]
    assert (manifest["product"], manifest["rows"]["project"]) == ("Switchyard", 1)
    assert {name: manifest[name] for name in said if name != "file"} | {"file": str(file)} == said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir() if "backup" in each.name] == [file.name]
    assert project.key in str(everything(database_url)["project"])


@on_both_databases
def test_put_back_elsewhere_everything_is_as_it_was(
    database_url: str, backup: Path, elsewhere: World
) -> None:
    said = printed(elsewhere, "restore", str(backup))
    assert said["is_newest_schema"]
    told = "SELECT subject FROM audit_entry WHERE kind = 'database restored'"
    assert [row.subject for row in elsewhere.execute(told)] == [
        f"the backup of {said['at'][:19]}+00:00"
    ]
    assert everything(url_of(elsewhere)) == everything(database_url)


@on_both_databases
def test_after_it_what_is_new_gets_new_numbers(elsewhere: World, backup: Path) -> None:
    printed(elsewhere, "restore", str(backup))
    # The one plan is there already.
    next(elsewhere.numbers)
    assert elsewhere.experiment(elsewhere.project(limit=None), Status.RUNNING).test_id == 3


@on_both_databases
def test_a_database_in_use_is_replaced_only_where_that_is_said(
    world: World, project: Project, backup: Path, database_url: str
) -> None:
    before = everything(database_url)
    later = world.experiment(project)
    changed = everything(database_url)
    assert complaint(world, "restore", str(backup)) == (
        "Error: The database is not empty. Say --replace to replace it."
    )
    assert complaint(world, "restore", "--replace", str(backup)) == (
        "Error: Nobody is at a terminal to be asked: say --yes."
    )
    assert everything(database_url) == changed
    printed(world, "restore", "--replace", "--yes", str(backup))
    assert everything(database_url) == before
    assert world.experiment(project).test_id == later.test_id


@on_both_databases
def test_what_a_later_version_has_added_is_in_nobodys_way(
    world: World, backup: Path, database_url: str
) -> None:
    before = everything(database_url)
    world.execute(
        "CREATE TABLE later (id INTEGER PRIMARY KEY, project_id INTEGER REFERENCES project (id))"
    )
    world.execute("INSERT INTO later SELECT id, id FROM project")
    printed(world, "restore", "--replace", "--yes", str(backup))
    assert everything(database_url) == before
    with pytest.raises(Exception, match="later"):
        world.execute("SELECT * FROM later")


@on_both_databases
def test_who_had_signed_in_signs_in_once_more_after_it(
    world: World, project: Project, tmp_path: Path
) -> None:
    browser = world.browser(world.member(project))
    file = tmp_path / "signed-in.backup"
    printed(world, "backup", str(file))
    assert browser.get("/account").status_code == 200
    printed(world, "restore", str(file), "--replace", "--yes")
    assert world.execute("SELECT count(*) FROM browser_session") == [(0,)]


def test_a_database_in_a_folder_that_is_none_is_one_line(
    make_app: MakeApp, backup: Path, tmp_path: Path
) -> None:
    path = tmp_path / "none" / "new.db"
    other = World(make_app(DATABASE_URL=f"sqlite:///{path}"))
    assert str(path) in complaint(other, "restore", str(backup))


@on_postgresql
def test_a_warning_of_the_server_is_no_refusal(
    database_url: str, backup: Path, elsewhere: World
) -> None:
    with audit.connect(url_of(elsewhere)) as connection:
        connection.exec_driver_sql(
            "UPDATE pg_database SET datcollversion = '0' WHERE datname = current_database()"
        )
    printed(elsewhere, "restore", str(backup))
    assert everything(url_of(elsewhere)) == everything(database_url)


@on_both_databases
def test_a_backup_that_holds_something_else_than_it_says_changes_nothing(
    world: World, project: Project, backup: Path, database_url: str
) -> None:
    world.experiment(project)
    before = everything(database_url)
    with zipfile.ZipFile(backup) as packed:
        rows = json.loads(packed.read(archive.MANIFEST))["rows"]
    wrong = changed(backup, rows={**rows, "project": 2})
    said = complaint(world, "restore", "--replace", "--yes", str(wrong))
    assert "this backup does not hold what it says it does" in said.lower()
    assert everything(database_url) == before


@on_both_databases
def test_a_name_that_is_no_table_of_ours_never_becomes_a_part_of_a_statement(
    elsewhere: World, backup: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(backup) as packed:
        rows = json.loads(packed.read(archive.MANIFEST))["rows"]
    proof = tmp_path / "carried out"
    ending = 'project") < 0 THEN NULL; END IF; END $switchyard$;'
    beginning = 'DO $switchyard$ BEGIN IF (SELECT count(*) FROM "public"."project'
    name = "\n".join((ending, f'\\! touch "{proof}"', beginning))
    said = complaint(elsewhere, "restore", str(changed(backup, rows={**rows, name: 0})))
    assert "not Switchyard's tables" in said
    assert not proof.exists()


@on_both_databases
def test_a_backup_that_lacks_a_table_is_refused(elsewhere: World, backup: Path) -> None:
    with zipfile.ZipFile(backup) as packed:
        rows = json.loads(packed.read(archive.MANIFEST))["rows"]
    del rows["history"]
    said = complaint(elsewhere, "restore", str(changed(backup, rows=rows)))
    assert "not Switchyard's tables" in said


@on_both_databases
def test_a_database_with_tables_of_others_is_not_backed_up(world: World, tmp_path: Path) -> None:
    world.execute("CREATE TABLE somebody_elses (id INTEGER)")
    file = tmp_path / "made.backup"
    assert "not Switchyard's tables" in complaint(world, "backup", str(file))
    assert not file.exists()


def test_what_would_work_by_itself_in_a_copy_is_refused(
    elsewhere: World, backup: Path, tmp_path: Path
) -> None:
    forged = tmp_path / "forged.backup"
    with zipfile.ZipFile(backup) as source, zipfile.ZipFile(forged, "w") as target:
        copy = tmp_path / "copy.db"
        copy.write_bytes(source.read(archive.COPY))
        with closing(sqlite3.connect(copy)) as database:
            database.execute(
                "CREATE TRIGGER own AFTER INSERT ON browser_session"
                " BEGIN UPDATE user_account SET is_admin = 1; END"
            )
        target.writestr(archive.MANIFEST, source.read(archive.MANIFEST))
        target.write(copy, archive.COPY)
    assert "does not hold what it says" in complaint(elsewhere, "restore", str(forged))


@on_both_databases
def test_half_of_a_copy_changes_nothing(world: World, backup: Path, database_url: str) -> None:
    before = everything(database_url)
    half = backup.with_name("half.backup")
    with zipfile.ZipFile(backup) as source, zipfile.ZipFile(half, "w") as target:
        target.writestr(archive.MANIFEST, source.read(archive.MANIFEST))
        copy = source.read(archive.COPY)
        target.writestr(archive.COPY, copy[: len(copy) * 9 // 10])
    assert complaint(world, "restore", "--replace", "--yes", str(half)).startswith("Error: ")
    assert everything(database_url) == before


@on_both_databases
def test_a_newer_schema_and_another_kind_of_database_are_refused(
    world: World, backup: Path, database_url: str
) -> None:
    newer = changed(backup, schema_version="9999")
    said = complaint(world, "restore", "--replace", "--yes", str(newer))
    assert "is of schema 9999, which this version does not know" in said
    own = database_url.partition(":")[0]
    other = "postgresql" if own == "sqlite" else "sqlite"
    said = complaint(world, "restore", str(changed(backup, database=other)))
    assert said == f"Error: This is a backup of {other}, and DATABASE_URL names {own}."


def test_what_is_no_backup_is_told_from_one(world: World, backup: Path, tmp_path: Path) -> None:
    texts, archived = tmp_path / "text", tmp_path / "some.zip"
    texts.write_text("Nothing of the kind.")
    with zipfile.ZipFile(archived, "w") as packed:
        packed.writestr("readme", "")
    cut, spoilt = tmp_path / "cut", tmp_path / "spoilt"
    whole = backup.read_bytes()
    cut.write_bytes(whole[:-100])
    middle = len(whole) // 2
    spoilt.write_bytes(whole[:middle] + bytes(64) + whole[middle + 64 :])
    for file in (texts, archived, cut, changed(backup, product="Other")):
        said = complaint(world, "restore", "--replace", "--yes", str(file))
        assert said == f"Error: {file} is no backup of Switchyard."
    for file in (tmp_path / "missing", tmp_path):
        assert complaint(world, "restore", str(file)) == f"Error: There is no file {file}."
    said = complaint(world, "restore", "--replace", "--yes", str(spoilt))
    assert said in {f"Error: {spoilt} is damaged.", f"Error: {spoilt} is no backup of Switchyard."}


def test_a_backup_is_unpacked_beside_itself_for_nobody_else(backup: Path) -> None:
    before = set(backup.parent.iterdir())
    with archive.extracted(backup) as copy:
        (folder,) = set(backup.parent.iterdir()) - before
        assert copy.parent == folder
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert set(backup.parent.iterdir()) == before


def test_a_folder_that_cannot_be_written_is_told(world: World, backup: Path) -> None:
    with backup.open("rb") as opened:
        # Where even an administrator can write nothing.
        file = Path("/proc/self/fd", str(opened.fileno()))
        said = complaint(world, "restore", "--replace", "--yes", str(file))
    assert said.startswith(f"Error: Nothing can be written beside {file}: ")


def test_a_backup_never_takes_the_place_of_a_file(world: World, backup: Path) -> None:
    before = backup.read_bytes()
    said = complaint(world, "backup", str(backup))
    assert said == f"Error: There is a file {backup} already."
    assert backup.read_bytes() == before
    nowhere = backup.parent / "nowhere" / "file"
    said = complaint(world, "backup", str(nowhere))
    assert said == f"Error: There is no folder {nowhere.parent}."


@on_both_databases
def test_nothing_is_backed_up_of_a_database_without_tables(
    elsewhere: World, tmp_path: Path
) -> None:
    said = complaint(elsewhere, "backup", str(tmp_path / "empty"))
    assert said == "Error: This database has no tables yet: there is nothing to back up."
    assert not (tmp_path / "empty").exists()


@on_both_databases
def test_a_database_of_something_else_is_left_alone(elsewhere: World, backup: Path) -> None:
    elsewhere.execute("CREATE TABLE recipe (id INTEGER)")
    said = complaint(elsewhere, "restore", "--replace", "--yes", str(backup))
    assert said == "Error: This database holds tables of something else: it is left alone."


def test_a_missing_program_is_named_with_its_version() -> None:
    with pytest.raises(BackupFault, match=r"pg_dump of PostgreSQL 9, .* postgresql-client-9"):
        Server("", "", "public", 9).program("pg_dump")


@pytest.mark.programs
def test_at_a_terminal_it_is_asked_twice_and_another_name_changes_nothing(
    world: World, project: Project, backup: Path, database_url: str
) -> None:
    world.experiment(project)
    before = everything(database_url)
    mistaken = at_a_terminal(database_url, backup, b"y\nanother.db\n")
    assert mistaken.returncode == 1
    assert mistaken.stderr.endswith("Error: That is another name. Nothing was done.\n")
    assert everything(database_url) == before
    agreed = at_a_terminal(database_url, backup, b"y\nswitchyard.db\n")
    assert agreed.returncode == 0, agreed.stderr
    assert "is lost. Go on?" in agreed.stderr
    assert len(everything(database_url)["experiment"]) == len(before["experiment"]) - 1


def at_a_terminal(url: str, backup: Path, typed: bytes) -> "subprocess.CompletedProcess[str]":
    """Return what comes of a restore by somebody who types this."""
    keyboard, terminal = pty.openpty()
    try:
        os.write(keyboard, typed)
        return subprocess.run(
            restoring(backup)[:-1],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": url, "SECRET_KEY": SECRET_KEY},
            stdin=terminal,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        os.close(keyboard)
        os.close(terminal)


def restoring(backup: Path) -> list[str]:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "restore"]
    return [*command, str(backup), "--replace", "--yes"]


@pytest.mark.programs
@on_both_databases
def test_a_restore_that_is_killed_leaves_the_old_state_or_the_new_one(
    world: World, project: Project, database_url: str, tmp_path: Path
) -> None:
    world.execute(
        "INSERT INTO answered_request (caller, request_id, fingerprint, answer, at)"
        " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)"
        " SELECT 'user:1', CAST(i AS VARCHAR), '', :answer, :at FROM n",
        rows=ROWS_THAT_TAKE_A_WHILE,
        answer='"%s"' % ("long" * 200),
        at="2026-01-01 00:00:00+00:00",
    )
    backup, old = tmp_path / "big.backup", everything(database_url)
    printed(world, "backup", str(backup))
    world.execute("DELETE FROM answered_request")
    world.experiment(project)
    new = everything(database_url)
    environment = {**os.environ, "DATABASE_URL": database_url, "SECRET_KEY": SECRET_KEY}
    restore = subprocess.Popen(restoring(backup), cwd=ROOT, env=environment, start_new_session=True)
    until(lambda: is_under_way(database_url) or restore.poll() is not None)
    os.killpg(restore.pid, signal.SIGKILL)
    restore.wait()
    if database_url.startswith("postgresql"):
        until(lambda: not is_under_way(database_url))
    assert everything(database_url) in (old, new)
    world.experiment(project)


def is_under_way(url: str) -> bool:
    """Return whether a restore has begun to write to the database."""
    if url.startswith("sqlite"):
        with suppress(FileNotFoundError):
            return Path(f"{url.removeprefix('sqlite:///')}-wal").stat().st_size > 1 << 21
        return False
    with audit.connect(url) as connection:
        writing = text(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'psql'"
            " AND datname = current_database() AND query LIKE 'COPY%answered_request%'"
        )
        return connection.execute(writing).scalar_one() > 0
