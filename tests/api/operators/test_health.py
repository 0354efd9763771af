"""What a load balancer asks: whether a process lives, and whether all it needs is there."""

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.database.engine import db
from app.events.kept import kept_events
from app.models import now
from tests.conftest import MakeApp
from tests.settings import SECRET_KEY
from tests.statements import recorded
from tests.world import World

SECOND = timedelta(seconds=1)


def test_that_it_lives_a_process_says_without_asking_anybody(
    world: World, client: FlaskClient
) -> None:
    with recorded(world.app) as sent:
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert sent == []


def test_it_lives_without_a_database_and_is_not_ready(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/nowhere/switchyard.db"
    client = create_app({"DATABASE_URL": url, "SECRET_KEY": SECRET_KEY}, tmp_path).test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (
        503,
        {
            "status": "not ready",
            "database": {"status": "away"},
            "schema": {
                "status": "unreadable",
                "says": "The version of the database's tables cannot be read now.",
            },
            "events": {"kept": 0, "set_aside": 0, "room_used": 0.0},
        },
    )


def test_ready_it_says_how_everything_is(world: World, client: FlaskClient) -> None:
    world.jobs_were_there(now() - 3 * SECOND)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (
        200,
        {
            "status": "ready",
            "database": {"status": "ok"},
            "schema": {
                "status": "current",
                "says": "The database's tables are up to date.",
            },
            "events": {"kept": 0, "set_aside": 0, "room_used": 0.0},
            "jobs": {"status": "ok", "seconds_since": 3},
            "schedules": {"status": "ok", "seconds_behind": 0},
            "queues": {"unserved": 0},
        },
    )


def test_jobs_that_are_away_are_told_and_take_nothing_out_of_service(
    world: World, client: FlaskClient
) -> None:
    project = world.project(limit=0)
    world.queued(project, 1)
    world.execute("UPDATE plan SET experiments_running = 1")
    world.schedule(world.experiment(project), now() + SECOND)
    world.execute("UPDATE scheduled_change SET at = :past", past=now() - 60 * SECOND)
    world.jobs_were_there(now() - 60 * SECOND)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    told = answer.get_json()
    assert told["jobs"] == {"status": "away", "seconds_since": 60}
    assert told["schedules"] == {"status": "behind", "seconds_behind": 60}
    assert told["queues"] == {"unserved": 1}


def test_on_older_tables_it_is_not_ready_and_on_newer_ones_it_is(
    world: World, client: FlaskClient
) -> None:
    world.execute("UPDATE alembic_version SET version_num = '0001'")
    older = client.get("/readyz")
    assert (older.status_code, older.get_json()["schema"]["status"]) == (503, "older")
    world.execute("UPDATE alembic_version SET version_num = '9999'")
    newer = client.get("/readyz")
    assert (newer.status_code, newer.get_json()["schema"]["status"]) == (200, "newer")


def test_that_it_lives_is_said_while_every_place_is_taken(make_app: MakeApp) -> None:
    app = make_app(DATABASE_CONNECTIONS="4")
    with ExitStack() as taken:
        for places in app.extensions["switchyard_concurrency"].values():
            assert places.acquire(0)
            taken.callback(places.release)
        assert app.test_client().get("/healthz").status_code == 200


def test_without_a_connection_left_it_says_so_as_it_says_anything(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(DATABASE_CONNECTIONS="4")
    with ExitStack() as stack:
        with app.app_context():
            monkeypatch.setattr(db.engine.pool, "_timeout", 0.01)
            for _ in range(4):
                stack.enter_context(db.engine.connect())
        answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["schema"]["status"] == "unreadable"


def test_events_that_are_still_to_be_recorded_are_told(make_app: MakeApp) -> None:
    app = make_app(KEPT_EVENTS_MB="1")
    with app.app_context():
        kept = kept_events.of_app()
        for _ in range(3):
            kept.keep(1, "x" * 2**17)
        kept.set_aside(kept.oldest(1)[0])
    events = app.test_client().get("/readyz").get_json()["events"]
    assert (events["kept"], events["set_aside"]) == (2, 1)
    assert 0.37 < events["room_used"] < 0.42


def test_that_what_is_kept_cannot_be_read_is_told(make_app: MakeApp, tmp_path: Path) -> None:
    (tmp_path / "kept-events.db").write_text("no database " * 100)
    app = make_app(KEPT_EVENTS_FOLDER=str(tmp_path))
    assert app.test_client().get("/readyz").get_json()["events"] == {"status": "unreadable"}
