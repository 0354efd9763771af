"""Statements that are compiled once: the same as SQLAlchemy makes of them, seen by its events."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Float, bindparam, delete, insert, literal_column, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.sql.dml import UpdateBase

from app.database import driver_cursor
from app.database.connections import begin_writing
from app.database.database_errors import is_conflict
from app.database.engine import db
from app.database.prepared import Prepared, PreparedInsert
from app.models import AnsweredRequest, Kind, SlotRequest, Status, now, table_of
from app.models.history.history import History
from tests import statements
from tests.conftest import on_both_databases, on_postgresql
from tests.world import World

_table = table_of(AnsweredRequest)
_VALUES = {column.name: bindparam(f"new_{column.name}", type_=column.type) for column in _table.c}


@contextmanager
def _writing() -> Generator[Connection]:
    with db.engine.begin() as connection:
        begin_writing(connection)
        yield connection


def _sent(**others: object) -> dict[str, object]:
    sent = {"caller": "key:7", "request_id": "one", "fingerprint": "f", "answer": "", "at": now()}
    return {f"new_{name}": value for name, value in (sent | others).items()}


@on_both_databases
def test_a_prepared_write_keeps_values_as_their_columns_do(world: World) -> None:
    write = Prepared(insert(_table).values(_VALUES).returning(_table.c.request_id))
    moments = [now(), now() + timedelta(days=1)]
    with world.app.app_context(), db.engine.begin() as connection:
        for number, moment in enumerate(moments):
            sent = _sent(request_id=str(number), answer={"a": [number, None]}, at=moment)
            assert [row.request_id for row in write.rows(connection, sent)] == [str(number)]
        kept = connection.execute(select(_table.c.answer, _table.c.at).order_by(_table.c.at)).all()
    assert kept == [({"a": [number, None]}, moment) for number, moment in enumerate(moments)]


@on_both_databases
def test_a_prepared_insert_tells_the_id_of_its_row(world: World) -> None:
    requests = table_of(SlotRequest)
    project = world.project()
    draft, people = world.experiment(project), [world.person(world.member(project)) for _ in "12"]
    facts = {"project_id": project.id, "test_id": draft.test_id, "asked_at": now()}
    texts = {"note": "", "answer": ""}
    add = PreparedInsert(insert(requests).values({**facts, **texts, "user_id": bindparam("user")}))
    with world.app.app_context(), _writing() as connection:
        made = [add.new_id(connection, {"user": person.user_id}) for person in people]
        kept = connection.execute(select(requests.c.id, requests.c.user_id)).all()
    assert kept == list(zip(made, [person.user_id for person in people], strict=True))


@on_both_databases
def test_a_prepared_read_finds_what_the_statement_does(world: World) -> None:
    experiment = world.experiment(world.project(), Status.STOPPED)
    entry = table_of(History).c
    statement = select(entry.kind, entry.at, entry.to_status, literal_column("7"), entry.id).where(
        entry.test_id == bindparam("experiment"), entry.kind == Kind.CHANGED
    )
    values = {"experiment": experiment.test_id}
    with world.app.app_context(), db.engine.connect() as connection:
        expected = connection.execute(statement, values).all()
        read = Prepared(statement)
        found = [read.rows(connection, values) for _ in range(2)]
        assert read.row(connection, {"experiment": 0}) is None
    assert len(expected) == 2
    assert found == [expected, expected]
    assert [row.to_status for row in found[0]] == [row.to_status for row in expected]


@on_both_databases
def test_a_prepared_read_gives_a_float_as_it_is(world: World) -> None:
    read = Prepared(select(bindparam("worth", type_=Float()).label("worth")))
    with world.app.app_context(), db.engine.connect() as connection:
        assert [row.worth for row in read.rows(connection, {"worth": 0.1})] == [0.1]


def test_what_is_prepared_is_told_to_the_events_of_the_engine(world: World) -> None:
    entry = table_of(History).c
    read = Prepared(select(entry.id).where(entry.kind == Kind.CHANGED).limit(3))
    write = Prepared(delete(_table).where(_table.c.caller == bindparam("who")))
    with (
        statements.recorded(world.app) as sent,
        world.app.app_context(),
        db.engine.connect() as connection,
    ):
        read.rows(connection, {})
        write.rows(connection, {"who": "key:7"})
    assert "kind = 'changed'" in sent[0]
    assert sent[1].startswith("DELETE FROM answered_request")


@on_both_databases
def test_what_the_driver_refuses_is_told_as_sqlalchemy_tells_it(world: World) -> None:
    write = Prepared(insert(_table).values(_VALUES))
    with world.app.app_context(), _writing() as connection:
        write.rows(connection, _sent())
        with pytest.raises(IntegrityError) as refused, connection.begin_nested():
            write.rows(connection, _sent())
        assert is_conflict(refused.value)
        assert "parameters hidden" in str(refused.value)
        with pytest.raises(DBAPIError), connection.begin_nested():
            driver_cursor.tell(connection, "SELECT what_is_nowhere")
        assert _names(connection) == ["key:7"]


@on_postgresql
def test_a_connection_that_is_lost_is_given_up(world: World) -> None:
    with world.app.app_context(), db.engine.connect() as connection:
        number = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        world.execute(f"SELECT pg_terminate_backend({number})")
        with pytest.raises(OperationalError) as lost:
            driver_cursor.tell(connection, "SELECT 1")
        assert lost.value.connection_invalidated
        assert connection.invalidated


@on_postgresql
def test_where_one_connection_is_lost_no_other_of_that_time_is_used_again(world: World) -> None:
    pid = "SELECT pg_backend_pid()"
    with world.app.app_context(), db.engine.connect() as other:
        with db.engine.connect() as first, db.engine.connect() as second:
            numbers = [each.exec_driver_sql(pid).scalar_one() for each in (first, second)]
        for number in numbers:
            other.exec_driver_sql(f"SELECT pg_terminate_backend({number})")
        with db.engine.connect() as connection, pytest.raises(OperationalError):
            driver_cursor.tell(connection, "SELECT 1")
        with db.engine.connect() as connection:
            driver_cursor.tell(connection, "SELECT 1")


def _names(connection: Connection) -> list[str]:
    return list(connection.scalars(select(_table.c.caller)))


def test_a_prepared_write_demands_all_its_values(world: World) -> None:
    write = Prepared(insert(_table).values(_VALUES))
    sent = _sent()
    del sent["new_answer"]
    with (
        world.app.app_context(),
        db.engine.begin() as connection,
        pytest.raises(KeyError, match="new_answer"),
    ):
        write.rows(connection, sent)


@pytest.mark.parametrize(
    "statement",
    [
        insert(_table).values({name: value for name, value in _VALUES.items() if name != "at"}),
        delete(_table).where(_table.c.caller.in_(bindparam("callers", expanding=True))),
    ],
)
def test_what_more_than_its_values_would_be_needed_for_cannot_be_prepared(
    world: World, statement: UpdateBase
) -> None:
    values = {"callers": ["key:7"], **_sent()}
    with (
        world.app.app_context(),
        db.engine.begin() as connection,
        pytest.raises(TypeError),
    ):
        Prepared(statement).rows(connection, values)
