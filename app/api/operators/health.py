"""Whether a process answers (/healthz), and whether all it needs is there (/readyz).

The first asks nothing and waits for nothing: a process that does not answer it is to be started
again. The second asks the database. Neither says anything that is not for everybody.
"""

from dataclasses import asdict
from datetime import datetime
from enum import StrEnum

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from app import lifecycle
from app.core.errors import Unavailable
from app.database import database_errors, schema, writability
from app.database.rows import heartbeats
from app.database.rows.heartbeats import AWAY_AFTER
from app.events.kept import event_stream, kept_events
from app.lifecycle import Lags
from app.models import now
from app.web.settings import late_start

blueprint = Blueprint("health", __name__)

Member = dict[str, object]


class State(StrEnum):
    """How the database is: one that is read-only answers, and takes no changes."""

    OK = "ok"
    READ_ONLY = "read-only"
    AWAY = "away"


@blueprint.get("/healthz")
def live() -> ResponseReturnValue:
    """Say that this process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """Say whether this process can do all its work, and what is wrong where it cannot.

    Jobs that are away are told and take no server out of service: visitors and people need it all
    the more, and no other server has them either.
    """
    tables = schema.fit()
    members, state = _of_database() if tables.can_serve else ({}, _as_reached(tables))
    is_ready = tables.can_serve and state is State.OK
    return jsonify(
        status="ready" if is_ready else "not ready",
        database={"status": state},
        schema={"status": tables, "says": schema.sentence(tables)},
        events=_events(),
        **_stream(),
        **members,
    ), 200 if is_ready else 503


def _as_reached(tables: schema.Fit) -> State:
    return State.AWAY if tables is schema.Fit.UNREADABLE else State.OK


def _of_database() -> tuple[dict[str, Member], State]:
    """Return what the database says of the jobs and what they see to, and how it is itself."""
    moment = now()
    try:
        last = heartbeats.last_of_jobs()
        behind = lifecycle.lags(moment, late_start())
        state = State.READ_ONLY if writability.is_read_only() else State.OK
    except SQLAlchemyError as error:
        if database_errors.as_unavailable(error) is None:
            raise
        return {}, State.AWAY
    return {"jobs": _jobs(last, moment), **_lags(behind)}, state


def _events() -> Member:
    """Return how many requests' events this machine keeps, which takes no database."""
    try:
        return asdict(kept_events.of_app().state())
    except Unavailable:
        return {"status": "unreadable"}


def _stream() -> dict[str, Member]:
    """Return how much waits in the event stream, where there is one: it takes nothing out either.

    While it is away each machine keeps its events.
    """
    stream = event_stream.of_app()
    if stream is None:
        return {}
    try:
        state = stream.state()
    except Unavailable:
        return {"stream": {"status": "away"}}
    return {"stream": {"status": "behind" if state.is_behind else "ok", **asdict(state)}}


def _jobs(last: datetime | None, moment: datetime) -> Member:
    is_away = heartbeats.away(last, moment) is not None
    seconds = None if last is None else max(0, round((moment - last).total_seconds()))
    return {"status": "away" if is_away else "ok", "seconds_since": seconds}


def _lags(behind: Lags) -> dict[str, Member]:
    # What is due is seen to each second; as long as jobs that are away it may take.
    is_behind = behind.schedule_seconds > AWAY_AFTER.total_seconds()
    return {
        "schedules": {
            "status": "behind" if is_behind else "ok",
            "seconds_behind": round(behind.schedule_seconds),
        },
        "queues": {"unserved": behind.queues_unserved},
    }
