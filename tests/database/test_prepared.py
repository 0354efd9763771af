"""Statements that are compiled once: the same as SQLAlchemy makes of them, seen by its events."""

from datetime import timedelta

import pytest
from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.sql.dml import UpdateBase

from app.database.engine import db
from app.database.prepared import PreparedRead, PreparedWrite
from app.models import AnsweredRequest, Kind, Status, now, table_of
from app.models.history import History
from tests import statements
from tests.conftest import on_both_databases
from tests.world import World

_table = table_of(AnsweredRequest)
_VALUES = {column.name: bindparam(f"new_{column.name}", type_=column.type) for column in _table.c}


def _sent(**others: object) -> dict[str, object]:
    sent = {"caller": "key:7", "request_id": "one", "fingerprint": "f", "answer": "", "at": now()}
    return {f"new_{name}": value for name, value in (sent | others).items()}


@on_both_databases
def test_a_prepared_write_keeps_values_as_their_columns_do(world: World) -> None:
    write = PreparedWrite(insert(_table).values(_VALUES).returning(_table.c.request_id))
    moments = [now(), now() + timedelta(days=1)]
    with world.app.app_context(), db.engine.begin() as connection:
        for number, moment in enumerate(moments):
            sent = _sent(request_id=str(number), answer={"a": [number, None]}, at=moment)
            assert write.execute(connection, sent).scalar_one() == str(number)
        kept = connection.execute(select(_table.c.answer, _table.c.at).order_by(_table.c.at)).all()
    assert kept == [({"a": [number, None]}, moment) for number, moment in enumerate(moments)]


@on_both_databases
def test_a_prepared_read_finds_what_the_statement_does(world: World) -> None:
    experiment = world.experiment(world.project(), Status.STOPPED)
    entry = table_of(History).c
    statement = select(entry.kind, entry.at, entry.to_status).where(
        entry.test_id == bindparam("experiment"), entry.kind == Kind.CHANGED
    )
    values = {"experiment": experiment.test_id}
    with world.app.app_context(), db.engine.connect() as connection:
        expected = connection.execute(statement, values).all()
        read = PreparedRead(statement)
        found = [read.execute(connection, values).all() for _ in range(2)]
    assert len(expected) == 2
    assert found == [expected, expected]


def test_what_is_prepared_is_told_to_the_events_of_the_engine(world: World) -> None:
    entry = table_of(History).c
    read = PreparedRead(select(entry.id).where(entry.kind == Kind.CHANGED).limit(3))
    write = PreparedWrite(delete(_table).where(_table.c.caller == bindparam("who")))
    with (
        statements.recorded(world.app) as sent,
        world.app.app_context(),
        db.engine.connect() as connection,
    ):
        read.execute(connection, {})
        write.execute(connection, {"who": "key:7"})
    assert "kind = 'changed'" in sent[0]
    assert sent[1].startswith("DELETE FROM answered_request")


def test_a_prepared_write_demands_all_its_values(world: World) -> None:
    write = PreparedWrite(insert(_table).values(_VALUES))
    sent = _sent()
    del sent["new_answer"]
    with (
        world.app.app_context(),
        db.engine.begin() as connection,
        pytest.raises(KeyError, match="new_answer"),
    ):
        write.execute(connection, sent)


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
        PreparedWrite(statement).execute(connection, values)
