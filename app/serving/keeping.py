"""Keeping: events are judged when they come, and recorded when the database can be written."""

import logging
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from threading import Lock
from typing import cast

from flask import Flask, current_app
from pydantic import BaseModel, ValidationError
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from app.accounts import access
from app.core import background_threads, metrics, waiting
from app.core.database_errors import told_as_unavailable
from app.core.errors import Busy, Conflict
from app.core.rare_logs import Failures, first_line, log_rarely
from app.core.transactions import writing
from app.models import Experiment, Project, Run
from app.serving import hindsight, kept_events, records
from app.serving.kept_events import Batch, KeptEvents
from app.serving.memory import Live
from app.serving.records import Reached, Sight
from app.web import concurrency
from app.web.request_kinds import Kind

EXTENSION = "switchyard_recorder"
TAKEN_UP = "switchyard_taken_up_at"
WORK = "recording kept events"
SECONDS_BETWEEN = 1.0
SECONDS_TO_WAIT = 1.0
MOST_BATCHES = 200
MOST_ROUNDS = 20
BETWEEN_TAKING_UP = timedelta(hours=1)
NEVER = datetime.max.replace(tzinfo=UTC)
# What is wrong with a batch itself. Any other error may be over at the next moment, as one of
# tables that are older than this version is: then everything is left as it is.
REFUSALS = (ValidationError, IntegrityError, DataError, Conflict)

_log = logging.getLogger(__name__)


class Judged(BaseModel):
    """The events of one request, so many, as they were judged at the moment `at` when they came.

    The salts say of which runs: the number of one that an older state of the database does not
    have may be given to another.
    """

    key_id: int
    at: datetime
    salts: dict[int, str]
    exposed: list[tuple[int, str, int]]
    reached: list[tuple[int, int, str, float | None]]
    events: int = 0

    def without(self, hashed: str) -> "Judged":
        """Return the events of all other visitors."""
        exposed = [each for each in self.exposed if each[1] != hashed]
        reached = [each for each in self.reached if each[2] != hashed]
        events = max(0, self.events - len(self) + len(exposed) + len(reached))
        changes = {"exposed": exposed, "reached": reached, "events": events}
        return self.model_copy(update=changes)

    def __len__(self) -> int:
        """Return how many exposures and conversions there are."""
        return len(self.exposed) + len(self.reached)


def keep(
    key_id: int,
    moment: datetime,
    lives: Sequence[Live],
    positions: Mapping[Sight, int],
    values: Mapping[Reached, float | None],
    events: int,
) -> None:
    """Keep judged events, so many, until they can be recorded.

    Raises Unavailable where there is no room.
    """
    used = {sight.run_id for sight in positions} | {each.run_id for each in values}
    judged = Judged(
        key_id=key_id,
        at=moment,
        salts={live.run_id: live.salt for live in lives if live.run_id in used},
        exposed=[(run_id, unit, position) for (run_id, unit), position in positions.items()],
        reached=[
            (run_id, goal_id, unit, value) for (run_id, goal_id, unit), value in values.items()
        ],
        events=events,
    )
    kept_events.of_app().keep(judged.model_dump_json())
    cast("Recorder", current_app.extensions[EXTENSION]).wake()


def record_kept() -> None:
    """Record what is kept, the oldest first, if nobody else does. Raises what prevents it."""
    kept = kept_events.of_app()
    if not kept.is_any():
        return
    with kept.turn() as has_turn:
        for _ in range(MOST_ROUNDS if has_turn else 0):
            batches = kept.oldest(MOST_BATCHES)
            if not batches:
                return
            recorded = _record_or_set_aside(batches)
            kept.forget_until(batches[-1])
            metrics.of_process.events_taken("recorded", recorded)


def take_up_set_aside(moment: datetime) -> None:
    """Have what was set aside recorded with the rest again, once an hour.

    What it lacked may be there since, and nothing is kept for ever of what was erased meanwhile.
    """
    if moment < cast("datetime", current_app.extensions.get(TAKEN_UP, moment)):
        return
    kept = kept_events.of_app()
    if not kept.is_any_set_aside():
        return
    with kept.turn() as has_turn:
        if has_turn:
            kept.take_up()
            current_app.extensions[TAKEN_UP] = moment + BETWEEN_TAKING_UP


@contextmanager
def nothing_recorded() -> Generator[None]:
    """Have this machine record nothing of what it keeps while this is open. Raises Busy."""
    kept = kept_events.of_app()
    if not kept.is_there():
        yield
        return
    with kept.turn(waiting.seconds_left()) as has_turn:
        if not has_turn:
            raise Busy
        yield


def erase(hashed: str) -> int:
    """Take a visitor's events out of all that this machine keeps, while nothing is recorded.

    Return how many exposures and conversions those were. Raises Unavailable.
    """
    kept = kept_events.of_app()
    return sum(_erase_from(kept, batch, hashed) for batch in kept.holding(hashed))


def _erase_from(kept: KeptEvents, batch: Batch, hashed: str) -> int:
    try:
        judged = Judged.model_validate_json(batch.body)
    except ValidationError:
        # Nothing in it can be told apart, or is ever recorded.
        kept.replace(batch, None)
        return 0
    left = judged.without(hashed)
    kept.replace(batch, left.model_dump_json() if len(left) else None)
    metrics.of_process.events_taken("erased", judged.events - (left.events if len(left) else 0))
    return len(judged) - len(left)


class Recorder:
    """The thread of a process that records what is kept, as long as there is something."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = Lock()
        self._failures = Failures()
        self._is_awake = False

    def wake(self) -> None:
        """Begin to record, unless that is under way. What comes next tries it again."""
        with self._lock:
            if not self._is_awake:
                self._is_awake = background_threads.is_started(self._go_on)

    def _go_on(self) -> None:
        with self._app.app_context():
            kept = kept_events.of_app()
        while True:
            self._record()
            with self._lock:
                if not kept.is_any():
                    self._is_awake = False
                    return
            time.sleep(SECONDS_BETWEEN)

    def _record(self) -> None:
        try:
            with self._app.app_context():
                record_kept()
            self._failures.end(WORK)
        except Exception as error:  # noqa: BLE001 - it is tried again, whatever it was
            if told_as_unavailable(error):
                log_rarely(WORK, "events are still kept: %s", first_line(error))
            else:
                self._failures.tell(WORK, error)


def register(app: Flask) -> None:
    """Give the application somebody who records what is kept."""
    app.extensions[EXTENSION] = Recorder(app)


def _record_or_set_aside(batches: Sequence[Batch]) -> int:
    """Record batches at once; where one of them is refused, each by itself.

    Return how many events were recorded.
    """
    try:
        return _record(batches)
    except REFUSALS:
        return sum(_record_alone(batch) for batch in batches)


def _record_alone(batch: Batch) -> int:
    """Record a batch, or set it aside where it is refused twice: once, others may have met it."""
    try:
        return _record([batch])
    except REFUSALS:
        try:
            return _record([batch])
        except REFUSALS:
            _log.exception("batch %d of the kept events is set aside", batch.id)
            kept_events.of_app().set_aside(batch)
            return 0


def _record(batches: Sequence[Batch]) -> int:
    kept = [Judged.model_validate_json(batch.body) for batch in batches]
    with (
        waiting.at_most(SECONDS_TO_WAIT),
        concurrency.room_for(Kind.COLLECTING),
        writing() as session,
    ):
        judged = _of_valid_keys(session, kept)
        for key_id, moment in sorted({each.key_id: each.at for each in judged}.items()):
            access.note_use(session, key_id, moment)
        if judged:
            _Recording(session, judged).record()
    return sum(each.events for each in judged)


def _of_valid_keys(session: Session, judged: Sequence[Judged]) -> list[Judged]:
    """Return what had come before its key ended: it may have ended where nobody could know."""
    ends = hindsight.ends_of_keys(session, {each.key_id for each in judged})
    return [each for each in judged if each.at < ends.get(each.key_id, NEVER)]


class _Recording:
    """Judged events, in the order in which they came, of runs that were live then."""

    def __init__(self, session: Session, judged: Sequence[Judged]) -> None:
        self.session = session
        self.last_at = judged[-1].at
        self.first_exposed: dict[Sight, int] = {}
        self.by_day: dict[date, dict[Sight, int]] = {}
        self.moments: dict[date, datetime] = {}
        self.reached: list[tuple[int, Reached, float | None]] = []
        found = _present_runs(session, judged)
        runs = hindsight.Runs(session, found)
        for index, each in enumerate(judged):
            present = {
                run_id
                for run_id, salt in each.salts.items()
                if found.get(run_id) == salt and not runs.has_ended(run_id, each.at)
            }
            self._take_exposures(index, each, present)
            self.reached += [
                (index, Reached(run_id, goal_id, unit), value)
                for run_id, goal_id, unit, value in each.reached
                if run_id in present
            ]

    def record(self) -> None:
        """Record them as if each had been recorded when it came."""
        sights = {reached.sight for _, reached, _ in self.reached}
        before = records.exposures(self.session, sights)
        for day, positions in self.by_day.items():
            records.expose(self.session, positions, self.moments[day])
        seen = records.exposures(self.session, sights)
        values: dict[Reached, float | None] = {}
        for index, reached, value in self.reached:
            came_after = self.first_exposed.get(reached.sight, index + 1) <= index
            if reached.sight in before or (came_after and reached.sight in seen):
                values.setdefault(reached, value)
        records.convert(self.session, values, seen, self.last_at)

    def _take_exposures(self, index: int, judged: Judged, present: set[int]) -> None:
        day = judged.at.date()
        for run_id, unit, position in judged.exposed:
            sight = Sight(run_id, unit)
            if run_id in present and sight not in self.first_exposed:
                self.first_exposed[sight] = index
                self.by_day.setdefault(day, {})[sight] = position
                self.moments[day] = judged.at


def _present_runs(session: Session, judged: Sequence[Judged]) -> dict[int, str]:
    """Return the salts of those of the runs that there are, and whose visitors are kept.

    Those of a project that is being erased are not.
    """
    ids = {run_id for each in judged for run_id in each.salts}
    statement = (
        select(Run.id, Run.salt)
        .join(Experiment, Experiment.test_id == Run.test_id)
        .join(Project, Project.id == Experiment.project_id)
        .where(Run.id.in_(ids), Run.rows_deleted_at.is_(None), Project.unit_salt != "")
    )
    return dict(session.execute(statement).all())
