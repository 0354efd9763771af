"""The floor: the same work by hand under bare Flask, with no library between it and the database.

A status change sends one statement for each thing that it reads or writes, in one transaction.
Collecting inserts the rows that Switchyard inserts, in one batch, and asks nothing.
"""

import hashlib
import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import psycopg
from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from tests.bench import batch

KEY = (
    "SELECT project.id, project.key, project.name, project.version,"
    " api_key.id, api_key.expires_at, api_key.revoked_at, api_key.last_used_at"
    " FROM api_key JOIN project ON project.id = api_key.project_id WHERE api_key.token_hash = %s"
)
EXPERIMENT = (
    "SELECT test_id, public_id, project_id, key, name, status, started_at, changed_at,"
    " EXISTS (SELECT * FROM queued_start WHERE queued_start.test_id = experiment.test_id),"
    " EXISTS (SELECT * FROM scheduled_change WHERE scheduled_change.test_id = experiment.test_id)"
    " FROM experiment WHERE test_id = %s AND project_id = %s"
)
LOCK = "SELECT id FROM project WHERE id = %s FOR NO KEY UPDATE"
SLOTS = (
    "SELECT plan.name, plan.experiments_running, count(experiment.test_id) OVER (),"
    " experiment.test_id, experiment.public_id, experiment.key, experiment.name,"
    " experiment.changed_at"
    " FROM project JOIN plan ON plan.code = project.plan_code LEFT JOIN experiment"
    " ON experiment.project_id = project.id AND experiment.status = 'running'"
    " WHERE project.id = %s"
    " ORDER BY experiment.changed_at DESC, experiment.test_id DESC LIMIT 5"
)
SET_STATUS = (
    "UPDATE experiment SET status = %s, started_at = %s, stopped_at = %s, changed_at = %s,"
    " updated_at = %s, user_id = NULL, api_key_id = %s WHERE test_id = %s"
)
ADD_HISTORY = (
    "INSERT INTO history (project_id, test_id, kind, from_status, to_status, paused_test_id, door,"
    " at, reason, conclusion, code, detail, times, user_id, api_key_id)"
    " VALUES (%s, %s, 'changed', %s, %s, NULL, 'v2', %s, '', NULL, '', '', 1, NULL, %s)"
)
QUEUE = (
    "SELECT test_id, place, expires_at, door, user_id, api_key_id FROM queued_start"
    " WHERE project_id = %s ORDER BY place"
)
RUN = "SELECT id, opened_at FROM run WHERE test_id = %s AND is_current"
OPEN_RUN = "UPDATE run SET opened_at = %s WHERE id = %s"
COUNT = (
    "UPDATE project SET version = version + 1, draft_count = draft_count + %s,"
    " running_count = running_count + %s, stopped_count = stopped_count + %s,"
    " archived_count = archived_count + %s WHERE id = %s"
)
COUNTED = ("draft", "running", "stopped", "archived")
STATUSES = {1: "running", 0: "stopped", 9: "draft"}
EDGES = {
    ("draft", "running"),
    ("running", "stopped"),
    ("stopped", "running"),
    ("stopped", "draft"),
    ("draft", "stopped"),
}


@dataclass(frozen=True)
class Database:
    """One kind of database: a new connection in autocommit mode, and how its SQL is spelt."""

    connect: Callable[[], Any]
    begin_writer: str
    spelt: Callable[[str], str]
    moment: Callable[[], object]


class Refused(Exception):
    """The answer is no, with this HTTP status."""


def create_floor() -> Flask:  # noqa: C901
    """The hand-written status change on DATABASE_URL, and a bare JSON route."""
    app = Flask("floor")
    database = _database(os.environ["DATABASE_URL"])
    own = threading.local()

    def connection() -> Any:  # noqa: ANN401
        if not hasattr(own, "connection"):
            own.connection = database.connect()
        return own.connection

    def execute(statement: str, *values: object) -> Sequence[Any] | None:
        cursor = connection().execute(database.spelt(statement), values)
        return cursor.fetchone() if statement.startswith("SELECT") else None

    @app.get("/bare")
    def bare() -> ResponseReturnValue:
        return jsonify(success=True)

    @app.patch("/v2/project/<project_key>/experiment/<int:test_id>/status")
    def set_status(project_key: str, test_id: int) -> ResponseReturnValue:
        project_id, key_id = _caller(execute, project_key, test_id)
        execute(database.begin_writer)
        try:
            status = _change(execute, project_id, test_id, key_id, database.moment())
        except Refused:
            execute("ROLLBACK")
            raise
        execute("COMMIT")
        return jsonify(success=True, test_id=test_id, status=status)

    @app.post("/collect")
    def collect() -> ResponseReturnValue:
        sent = request.get_json()
        batch.insert(connection(), sent, database.spelt)
        return jsonify(accepted=len(sent["events"])), 202

    @app.errorhandler(Refused)
    def refuse(refused: Refused) -> ResponseReturnValue:
        return jsonify(error="refused"), refused.args[0]

    return app


Execute = Callable[..., Sequence[Any] | None]


def _caller(execute: Execute, project_key: str, test_id: int) -> tuple[int, int]:
    """The ids of the project and of the key that opens it, if it has that experiment."""
    token = request.headers.get("x-api-key", "")
    row = execute(KEY, hashlib.sha256(token.encode()).hexdigest())
    if row is None or row[1] != project_key or row[6] or row[5]:
        raise Refused(401)
    if execute(EXPERIMENT, test_id, row[0]) is None:
        raise Refused(404)
    return row[0], row[4]


def _change(execute: Execute, project_id: int, test_id: int, key_id: int, moment: object) -> int:
    """Lock, decide and write, within a writer's transaction."""
    code = request.get_json().get("status")
    target = STATUSES.get(code)
    execute(LOCK, project_id)
    experiment = execute(EXPERIMENT, test_id, project_id)
    if target is None or experiment is None:
        raise Refused(400)
    origin, started_at = experiment[5:7]
    if origin == target:
        return code
    if (origin, target) not in EDGES:
        raise Refused(400)
    if target == "running":
        _check_limit(execute(SLOTS, project_id))
    started = {"running": started_at or moment, "draft": None}.get(target, started_at)
    stopped = moment if target == "stopped" else None
    execute(SET_STATUS, target, started, stopped, moment, moment, key_id, test_id)
    more = [(each == target) - (each == origin) for each in COUNTED]
    execute(COUNT, *more, project_id)
    execute(ADD_HISTORY, project_id, test_id, origin, target, moment, key_id)
    if target == "running":
        _enter_run(execute, test_id, moment)
    if origin == "running":
        execute(QUEUE, project_id)
    return code


def _enter_run(execute: Execute, test_id: int, moment: object) -> None:
    run = execute(RUN, test_id)
    if run and run[1] is None:
        execute(OPEN_RUN, moment, run[0])


def _check_limit(slots: Sequence[Any] | None) -> None:
    if slots is None or (slots[1] is not None and slots[2] >= slots[1]):
        raise Refused(403)


def _database(url: str) -> Database:
    if url.startswith("sqlite:///"):
        path = url.removeprefix("sqlite:///")
        return Database(lambda: _open_sqlite(path), "BEGIN IMMEDIATE", _spelt_for_sqlite, _written)
    return Database(lambda: psycopg.connect(url, autocommit=True), "BEGIN", str, _now)


def _open_sqlite(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA busy_timeout = 30000")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


@lru_cache
def _spelt_for_sqlite(statement: str) -> str:
    return statement.replace("%s", "?").removesuffix(" FOR NO KEY UPDATE")


def _written() -> str:
    return f"{_now():%Y-%m-%d %H:%M:%S.%f}"


def _now() -> datetime:
    return datetime.now(UTC)
