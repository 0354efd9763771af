"""Keeping: events are judged when they come, and recorded when the database can be written."""

import logging
import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from threading import Lock
from typing import cast

from flask import Flask, current_app
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import access
from app.core import background_threads, waiting
from app.core.database_errors import told_as_unavailable
from app.core.rare_logs import first_line, log_rarely
from app.core.transactions import writing
from app.models import Run
from app.serving import kept_events, records
from app.serving.kept_events import Batch
from app.serving.memory import Live
from app.serving.records import Reached, Sight
from app.web import concurrency
from app.web.concurrency import Kind

EXTENSION = "switchyard_recorder"
SECONDS_BETWEEN = 1.0
SECONDS_TO_WAIT = 1.0
MOST_BATCHES = 200
MOST_ROUNDS = 20

_log = logging.getLogger(__name__)


class Judged(BaseModel):
    """The events of one request, as they were judged at the moment `at` which they came at.

    The salts say of which runs: the number of one that an older state of the database does not
    have may be given to another.
    """

    key_id: int
    at: datetime
    salts: dict[int, str]
    exposed: list[tuple[int, str, int]]
    reached: list[tuple[int, int, str, float | None]]


def keep(
    key_id: int,
    moment: datetime,
    lives: Sequence[Live],
    positions: Mapping[Sight, int],
    values: Mapping[Reached, float | None],
) -> None:
    """Keep judged events until they can be recorded. Raises Unavailable where there is no room."""
    used = {sight.run_id for sight in positions} | {each.run_id for each in values}
    judged = Judged(
        key_id=key_id,
        at=moment,
        salts={live.run_id: live.salt for live in lives if live.run_id in used},
        exposed=[(run_id, unit, position) for (run_id, unit), position in positions.items()],
        reached=[
            (run_id, goal_id, unit, value) for (run_id, goal_id, unit), value in values.items()
        ],
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
            _record_each(batches)
            kept.forget_until(batches[-1])


class Recorder:
    """The thread of a process that records what is kept, as long as there is something."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = Lock()
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
        except Exception as error:  # noqa: BLE001 - it is tried again, whatever it was
            log_rarely("recording kept events", "events are still kept: %s", first_line(error))


def register(app: Flask) -> None:
    """Give the application somebody who records what is kept."""
    app.extensions[EXTENSION] = Recorder(app)


def _record_each(batches: Sequence[Batch]) -> None:
    """Record batches at once; where that fails for good, each by itself that does not fail."""
    try:
        _record(batches)
    except Exception as error:
        if told_as_unavailable(error):
            raise
        if len(batches) > 1:
            for batch in batches:
                _record_each([batch])
            return
        _log.exception("batch %d of the kept events is set aside", batches[0].id)
        kept_events.of_app().set_aside(batches[0])


def _record(batches: Sequence[Batch]) -> None:
    judged = [Judged.model_validate_json(batch.body) for batch in batches]
    with (
        waiting.at_most(SECONDS_TO_WAIT),
        concurrency.room_for(Kind.COLLECTING),
        writing() as session,
    ):
        for key_id, moment in sorted({each.key_id: each.at for each in judged}.items()):
            access.note_use(session, key_id, moment)
        _Recording(session, judged).record()


class _Recording:
    """Judged events, in the order in which they came, of the runs that there still are."""

    def __init__(self, session: Session, judged: Sequence[Judged]) -> None:
        self.session = session
        self.last_at = judged[-1].at
        self.first_exposed: dict[Sight, int] = {}
        self.by_day: dict[date, dict[Sight, int]] = {}
        self.moments: dict[date, datetime] = {}
        self.reached: list[tuple[int, Reached, float | None]] = []
        found = _present_runs(session, judged)
        for index, each in enumerate(judged):
            present = {run_id for run_id, salt in each.salts.items() if found.get(run_id) == salt}
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
    """Return the salts of those of the runs that there are, and whose visitors are kept."""
    ids = {run_id for each in judged for run_id in each.salts}
    statement = select(Run.id, Run.salt).where(Run.id.in_(ids), Run.rows_deleted_at.is_(None))
    return dict(session.execute(statement).all())
