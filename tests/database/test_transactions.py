"""How a writer begins, locks, commits and rolls back."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from app.core.errors import Conflict
from app.database.engine import db
from app.database.rows import project_row
from app.database.transactions import TAKEN, enclosing, writing
from app.database.unit_of_work import within
from app.lifecycle.holds import holding
from app.models import Plan
from tests.api.asking import integers_path
from tests.conftest import on_both_databases, on_postgresql
from tests.docs.documents import text_of, tracked
from tests.statements import recorded
from tests.world import COMMAND_LINE, World

BEGIN = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "BEGIN; SELECT id FROM project"}


def statements_of_a_start(world: World, client: FlaskClient) -> list[str]:
    """Return what a start by key sends, whose key is read before the writer begins."""
    project = world.project()
    path = integers_path(project, world.experiment(project))
    headers = {"x-api-key": world.key(project)}
    with recorded(world.app) as statements:
        assert client.patch(path, json={"status": 1}, headers=headers).status_code == 200
    return statements


def begins(statements: list[str]) -> list[str]:
    return [each for each in statements if each.startswith("BEGIN")]


def test_what_a_part_of_a_unit_of_work_has_taken_back_is_not_counted(world: World) -> None:
    project = world.project()
    with world.app.app_context(), enclosing() as unit:
        for kept in (True, False):
            with suppress(Conflict), writing() as session:
                within(session, project.id, COMMAND_LINE).note_taken("start")
                if not kept:
                    raise Conflict
        assert db.session.info[TAKEN] == [("start", "command line")]
        assert unit.goes_on


@on_both_databases
def test_a_writer_after_a_read_in_the_same_request_begins_as_a_writer(
    world: World, client: FlaskClient
) -> None:
    statements = statements_of_a_start(world, client)
    read = next(i for i, each in enumerate(statements) if "FROM api_key" in each)
    write = next(i for i, each in enumerate(statements) if "UPDATE experiment" in each)
    assert begins(statements[:read]) == []
    begun = begins(statements[read : write + 1])
    assert begun
    assert begun[-1].startswith(BEGIN[kind(world)])


@on_both_databases
def test_a_writer_after_the_signed_in_user_was_read_begins_as_a_writer(world: World) -> None:
    project = world.project()
    experiment = world.experiment(project)
    browser = world.browser(world.member(project))
    with recorded(world.app) as statements:
        browser.call("PATCH", integers_path(project, experiment), {"status": 1})
    assert "JOIN user_account" in statements[0]
    (begun,) = begins(statements)
    assert begun.startswith(BEGIN[kind(world)])


@on_both_databases
def test_reading_takes_no_lock_and_no_transaction(world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project))
    with recorded(world.app) as statements:
        assert browser.get(f"/projects/{project.key}").status_code == 200
    assert begins(statements) == []
    assert not any("FOR " in each and "UPDATE" in each for each in statements)


@on_both_databases
def test_asking_what_a_lifted_hold_would_start_takes_no_lock(world: World) -> None:
    project = world.project()
    draft, browser = world.experiment(project), world.browser(world.member(project))
    with world.app.app_context():
        holding.hold_queue(project.id, COMMAND_LINE)
    world.queue(draft)
    with recorded(world.app) as statements:
        answer = browser.get(f"/projects/{project.key}/hold")
    assert f"“{draft.name}”" in answer.get_data(as_text=True)
    assert begins(statements) == []
    assert not any(
        written in each for each in statements for written in ("UPDATE", "INSERT", "DELETE")
    )


def kind(world: World) -> str:
    return world.app.config["SQLALCHEMY_DATABASE_URI"].partition(":")[0]


@on_postgresql
def test_the_project_is_locked_before_anything_is_judged(world: World, client: FlaskClient) -> None:
    statements = statements_of_a_start(world, client)
    locks = [i for i, each in enumerate(statements) if "FOR NO KEY UPDATE" in each]
    judged = [i for i, each in enumerate(statements) if "FROM experiment" in each]
    counted = [i for i, each in enumerate(statements) if "count(" in each]
    written = [i for i, each in enumerate(statements) if "UPDATE experiment" in each]
    assert len(locks) == 1
    assert "FROM project" in statements[locks[0]]
    assert locks[0] < judged[-1]
    assert locks[0] < counted[0] < written[0]


@on_both_databases
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_any_error_rolls_everything_back(
    app: Flask, world: World, error: type[BaseException]
) -> None:
    def interrupted() -> None:
        with writing() as session:
            session.add(Plan(code=1, name="Never", experiments_running=None))
            session.flush()
            raise error

    with app.app_context():
        with pytest.raises(error):
            interrupted()
        assert not db.session().in_transaction()
    assert world.execute("SELECT count(*) FROM plan") == [(0,)]


@on_both_databases
def test_what_a_constraint_refuses_is_a_conflict_that_changes_nothing(
    app: Flask, world: World
) -> None:
    code = world.plan()

    def twice() -> None:
        with writing() as session:
            session.add(Plan(code=code + 1, name="Another", experiments_running=None))
            session.add(Plan(code=code, name="Again", experiments_running=None))

    with app.app_context(), pytest.raises(Conflict, match="at the same moment"):
        twice()
    assert world.execute("SELECT code FROM plan") == [(code,)]


@on_both_databases
def test_a_writer_sees_what_others_committed_since_the_request_last_read(
    app: Flask, world: World
) -> None:
    code = world.plan(limit=2)
    with app.app_context():
        plan = db.session.get_one(Plan, code)
        assert plan.experiments_running == 2
        with db.engine.begin() as other:
            other.execute(text("UPDATE plan SET experiments_running = 5"))
        with writing() as session:
            assert session.scalars(select(Plan.experiments_running)).one() == 5
            assert session.get_one(Plan, code).experiments_running == 5


@on_both_databases
def test_nothing_is_left_open_after_a_request(app: Flask, world: World) -> None:
    world.browser(world.user()).get("/")
    with app.app_context():
        pool = db.engine.pool.status()
    assert "Current Checked out connections: 0" in pool or "NullPool" in pool


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("foreign_keys", 1), ("journal_mode", "wal"), ("busy_timeout", 4_000), ("synchronous", 2)],
)
def test_every_sqlite_connection_is_set_up_for_many_writers(
    world: World, pragma: str, value: object
) -> None:
    with world.app.app_context():
        db.engine.dispose()
    assert world.execute(f"PRAGMA {pragma}") == [(value,)]


def test_writers_of_one_process_wait_for_each_other_before_they_ask_sqlite(app: Flask) -> None:
    def write(number: int) -> None:
        with app.app_context(), writing() as session:
            session.add(Plan(code=number, name=str(number), experiments_running=None))
            session.flush()
            statements.append("end")

    with recorded(app) as statements, ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(40)))
    order = [each for each in statements if each in ("BEGIN IMMEDIATE", "end")]
    assert order == ["BEGIN IMMEDIATE", "end"] * 40


@on_both_databases
def test_a_page_is_shown_while_somebody_writes(app: Flask, world: World) -> None:
    project = world.project()
    browser = world.browser(world.member(project))
    with app.app_context(), writing(project.id) as session:
        project_row.bump_version(session, project.id)
        assert browser.get(f"/projects/{project.key}").status_code == 200


@on_both_databases
def test_what_is_not_committed_is_seen_by_nobody_else(app: Flask, world: World) -> None:
    with app.app_context(), writing() as session:
        session.add(Plan(code=1, name="Not yet", experiments_running=None))
        session.flush()
        assert world.execute("SELECT count(*) FROM plan") == [(0,)]
    assert world.execute("SELECT count(*) FROM plan") == [(1,)]


def test_nothing_else_commits() -> None:
    # A backup is a copy, and no database that anybody else uses.
    files = tracked("app", ":!app/backups")
    committing = {name for name in files if ".commit()" in text_of(name)}
    assert committing == {"app/database/transactions.py"}
