"""What lies on the machine's disk is for the user alone who runs the server."""

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app import create_app
from app.core import private_files
from tests.servers import ROOT
from tests.settings import SECRET_KEY


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


@pytest.mark.programs
def test_every_file_that_is_written_is_for_its_owner_alone(tmp_path: Path) -> None:
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'a.db'}"}
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"],
        cwd=ROOT,
        env=environment,
        umask=0,
        check=True,
        capture_output=True,
    )
    found = modes(tmp_path)
    assert "a.db" in found
    assert set(found.values()) == {0o600}


def test_what_others_could_read_is_for_its_owner_alone_from_the_next_start_on(
    tmp_path: Path,
) -> None:
    instance = tmp_path / "instance"
    instance.mkdir(mode=0o755)
    with sqlite3.connect(instance / "switchyard.db") as open_database:
        open_database.execute("PRAGMA journal_mode = WAL")
        open_database.execute("CREATE TABLE one (id INTEGER)")
        (instance / "secret_key").write_text(SECRET_KEY)
        for path in instance.iterdir():
            path.chmod(0o644)
        create_app({}, instance)
        assert modes(instance) == dict.fromkeys(
            ("switchyard.db", "switchyard.db-wal", "switchyard.db-shm", "secret_key"), 0o600
        )
    assert stat.S_IMODE(instance.stat().st_mode) == 0o700


def test_a_database_elsewhere_is_kept_private_and_what_lies_beside_it_is_left_alone(
    tmp_path: Path,
) -> None:
    for name in ("own.db", "other.txt"):
        (tmp_path / name).touch(0o644)
    create_app({"DATABASE_URL": f"sqlite:///{tmp_path / 'own.db'}"}, tmp_path / "instance")
    found = modes(tmp_path)
    assert (found["own.db"], found["other.txt"]) == (0o600, 0o644)


def test_what_cannot_be_kept_from_others_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Whoever runs the tests: nobody can change who reads that.
    create_app({"DATABASE_URL": "sqlite:////proc/self/status"}, tmp_path)
    said = [each.getMessage() for each in caplog.records if "others" in each.getMessage()]
    assert said == ["others may read /proc/self/status: this user cannot change that"]


def test_on_postgresql_there_is_no_file_of_the_database(tmp_path: Path) -> None:
    app = create_app({"DATABASE_URL": "postgresql://u@/d", "SECRET_KEY": SECRET_KEY}, tmp_path)
    from_engine = app.extensions["sqlalchemy"]
    with app.app_context():
        assert private_files.database_files(from_engine.engine) == []
