"""Connections follow the file that bears the database's name."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from app.database import sqlite_file


def test_once_one_connection_finds_its_file_gone_no_other_goes_on_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "switchyard.db"
    engine = create_engine(f"sqlite:///{file}")
    sqlite_file.follow(engine)
    # Long enough that neither would be looked at again by itself.
    monkeypatch.setattr(sqlite_file, "SECONDS_UNCHECKED", 3600)
    with engine.connect() as first, engine.connect():
        first.exec_driver_sql("CREATE TABLE kept (number INTEGER)")
        first.commit()
    file.rename(tmp_path / "away.db")
    with engine.connect() as unaware:
        monkeypatch.setattr(sqlite_file, "SECONDS_UNCHECKED", 0)
        with pytest.raises(OperationalError, match="unable to open"):
            engine.connect()
        monkeypatch.setattr(sqlite_file, "SECONDS_UNCHECKED", 3600)
        assert unaware.exec_driver_sql("SELECT count(*) FROM kept").scalar() == 0
    for _ in range(2):
        with pytest.raises(OperationalError, match="unable to open"):
            engine.connect()
    engine.dispose()
