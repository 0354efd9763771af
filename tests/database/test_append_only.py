"""What has happened stays as it is: the database itself refuses to change or delete an entry."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.database import append_only
from app.database.engine import db
from app.database.rows import audit
from app.database.rows.audit import Deed
from app.database.transactions import writing
from app.lifecycle.holds import holding
from app.models import AuditKind, Status, now
from tests.conftest import on_both_databases
from tests.world import COMMAND_LINE, World

pytestmark = on_both_databases
TABLES = ("audit_entry", "history", "project_entry")
CHANGES = [
    "UPDATE audit_entry SET detail = 'another'",
    "UPDATE audit_entry SET at = '2020-01-01 00:00:00'",
    "UPDATE history SET door = 'v2'",
    "UPDATE history SET user_id = NULL",
    "UPDATE project_entry SET kind = 'hold lifted'",
    *(f"DELETE FROM {table}" for table in TABLES),  # noqa: S608
]


@pytest.fixture
def world(world: World) -> World:
    """A world in which something has happened of each kind."""
    project = world.project()
    world.experiment(project, Status.RUNNING)
    with world.app.app_context():
        holding.hold_queue(project.id, COMMAND_LINE)
        with writing() as session:
            audit.enter(session, COMMAND_LINE, Deed(AuditKind.SITES_CHANGED), project.id)
    return world


@pytest.mark.parametrize("change", CHANGES)
def test_nobody_changes_or_deletes_an_entry(world: World, change: str) -> None:
    with pytest.raises(IntegrityError, match="what has happened"):
        world.execute(change)


@pytest.mark.parametrize("table", TABLES)
def test_nobody_puts_another_in_the_place_of_an_entry_or_empties_the_table(
    world: World, table: str
) -> None:
    with world.app.app_context():
        kind = db.engine.dialect.name
    statement = {
        "sqlite": f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",  # noqa: S608
        "postgresql": f"TRUNCATE {table} CASCADE",
    }
    with pytest.raises(IntegrityError, match="what has happened"):
        world.execute(statement[kind])


def test_an_old_entry_goes_during_its_retention_and_a_newer_one_stays(world: World) -> None:
    before, after = (now() + sign * timedelta(hours=1) for sign in (-1, 1))
    world.execute("INSERT INTO audit_retention (until) VALUES (:until)", until=f"{before:%F %T}")
    with pytest.raises(IntegrityError):
        world.execute("DELETE FROM audit_entry")
    world.execute("UPDATE audit_retention SET until = :until", until=f"{after:%F %T}")
    world.execute("DELETE FROM audit_entry")
    assert world.execute("SELECT count(*) FROM audit_entry") == [(0,)]


def test_history_goes_with_a_project_that_is_erased(world: World) -> None:
    world.execute("UPDATE project SET unit_salt = ''")
    for table in ("history", "project_entry"):
        world.execute(f"DELETE FROM {table}")  # noqa: S608
        assert world.execute(f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608


def test_the_migrations_made_what_a_backup_is_compared_with(world: World) -> None:
    with world.app.app_context():
        kind = db.engine.dialect.name
    if kind == "postgresql":
        is_refusing = "SELECT prosrc FROM pg_proc WHERE proname = 'refuse_change'"
        made = world.execute(is_refusing)
        world.execute(append_only.postgresql_function("public"))
        assert world.execute(is_refusing) == made
    else:
        made = world.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")
        assert {row.sql for row in made} == append_only.SQLITE_TRIGGERS
