"""A database that can only be read: every read is answered, and what comes in is kept."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from app.database.engine import db
from app.models import now
from tests.conftest import on_both_databases, on_postgresql
from tests.events import audit
from tests.faults import outages
from tests.serving.site import make_site, saw
from tests.watching import until
from tests.world import World

READ_ONLY = {
    "sqlite": "PRAGMA query_only = 1",
    "postgresql": "SET default_transaction_read_only = on",
}


@contextmanager
def read_only(app: Flask, statement: str = "") -> Generator[None]:
    """The application, none of whose connections can write while this is open, by a statement."""
    with app.app_context():
        engine = db.engine
    statement = statement or READ_ONLY[engine.dialect.name]

    def on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401
        connection.execute(statement)

    engine.dispose()
    event.listen(engine, "connect", on_connect)
    yield
    event.remove(engine, "connect", on_connect)
    engine.dispose()


@pytest.fixture
def world(make_app: Any) -> World:  # noqa: ANN401
    """Factories on an application that nobody borrows after this test."""
    return World(make_app())


@on_both_databases
def test_reads_with_a_key_are_answered_changes_are_not_and_events_are_kept(world: World) -> None:
    site = make_site(world)
    experiment, key = site.experiment(), {"Authorization": f"Bearer {world.key(site.project)}"}
    assert site.ask(experiment, "a").status_code == 200
    with outages.nothing_recorded(world), read_only(world.app):
        client = world.app.test_client()
        listed = f"/v2/project/{site.project.key}/experiments"
        assert client.get(listed, headers=key).status_code == 200
        assert client.get("/api/admin/experiments", headers=key).status_code == 200
        status = f"/v2/project/{site.project.key}/experiment/{experiment.test_id}/status"
        assert client.patch(status, json={"status": 0}, headers=key).status_code == 503
        assert site.ask(experiment, "b").status_code == 200
        kept = site.send(saw(experiment, "a"))
        assert (kept.status_code, (kept.json or {})["kept"]) == (202, 1)
        assert world.execute("SELECT max(last_used_at) FROM api_key") == [(None,)]
    until(lambda: audit.exposed(world, experiment) == {1: 1})


@on_both_databases
def test_a_server_is_not_ready_and_says_that_its_database_can_only_be_read(world: World) -> None:
    client = world.app.test_client()
    world.jobs_were_there(now())
    with read_only(world.app):
        answer = client.get("/readyz")
        told = answer.get_json()
        assert (answer.status_code, told["status"]) == (503, "not ready")
        assert told["database"] == {"status": "read-only"}
        assert (told["schema"]["status"], told["jobs"]["status"]) == ("current", "ok")
    assert client.get("/readyz").get_json()["database"] == {"status": "ok"}


@on_postgresql
def test_a_server_whose_user_may_only_read_the_database_says_the_same(world: World) -> None:
    with read_only(world.app, "SET ROLE pg_read_all_data"):
        answer = world.app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["database"]) == (503, {"status": "read-only"})


@on_both_databases
def test_a_server_is_ready_while_somebody_else_writes(world: World, database_url: str) -> None:
    client = world.app.test_client()
    with outages.locked(database_url, "heartbeat"):
        answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["database"]) == (200, {"status": "ok"})
