"""Keeping: events are judged when they come, and recorded when the database can be written."""

import time
from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import chain, repeat
from typing import NamedTuple, cast

from flask import Flask, current_app
from pydantic import ValidationError

from app.core import current_request, metrics, waiting
from app.core.background_threads import Worker
from app.core.errors import Busy
from app.core.rare_logs import Failures, first_line, log_rarely
from app.database.database_errors import told_as_unavailable
from app.events import units
from app.events.kept import event_stream, kept_events, recording
from app.events.kept.judged import Judged
from app.events.kept.kept_events import Batch, KeptEvents
from app.events.records import JudgedConversion, JudgedExposure
from app.serving.running_experiments import Live
from app.serving.serving_keys import ServingKey

EXTENSION = "switchyard_recorder"
TAKEN_UP = "switchyard_taken_up_at"
WORK = "recording kept events"
SECONDS_BETWEEN = 1.0
MOST_BATCHES = 200
MOST_ROUNDS = 20
BETWEEN_TAKING_UP = timedelta(hours=1)


class Part(NamedTuple):
    """Events of a request, so many, recorded at once: what units saw, then what they did."""

    exposed: Sequence[JudgedExposure]
    done: Sequence[JudgedConversion]
    events: int


def keep(key: ServingKey, moment: datetime, lives: Sequence[Live], *parts: Part) -> None:
    """Keep all parts of a request's judged events, in their order, until they can be recorded.

    Raises Unavailable where there is no room; then nothing of them is kept.
    """
    kept_events.of_app().keep(key.project_id, *_bodies(key, moment, lives, *parts))
    cast("Recorder", current_app.extensions[EXTENSION]).wake()


def in_lanes(
    key: ServingKey, moment: datetime, lives: Sequence[Live], *parts: Part
) -> list[tuple[str, str]]:
    """Return what each lane of the event stream gets of a request's judged events, in order."""
    shared = [each for part in parts for each in _by_lane(part)]
    bodies = _bodies(key, moment, lives, *(part for _, part in shared))
    return [(lane, body) for (lane, _), body in zip(shared, bodies, strict=True)]


def _by_lane(part: Part) -> list[tuple[str, Part]]:
    """Return a part by the lanes of its visitors; the first says how many events the whole has."""
    exposed: defaultdict[str, list[JudgedExposure]] = defaultdict(list)
    done: defaultdict[str, list[JudgedConversion]] = defaultdict(list)
    for exposure in part.exposed:
        exposed[event_stream.lane(exposure.unit)].append(exposure)
    for conversion in part.done:
        done[event_stream.lane(conversion.unit)].append(conversion)
    lanes = sorted(exposed.keys() | done.keys()) or [event_stream.lane("")]
    numbers = chain([part.events], repeat(0))
    return [(each, Part(exposed[each], done[each], next(numbers))) for each in lanes]


def _bodies(key: ServingKey, moment: datetime, lives: Sequence[Live], *parts: Part) -> list[str]:
    """Return all parts of a request's judged events as they are kept, each counting once."""
    runs = {live.run_id: live for live in lives}
    return [_judged(key.id, moment, runs, part).model_dump_json() for part in parts]


def _judged(key_id: int, moment: datetime, runs: Mapping[int, Live], part: Part) -> Judged:
    used = {each.run_id for each in (*part.exposed, *part.done)}
    return Judged(
        key_id=key_id,
        at=moment,
        salts={run_id: runs[run_id].salt for run_id in sorted(used)},
        exposed=list(part.exposed),
        reached=[_counting_once(conversion, runs[conversion.run_id]) for conversion in part.done],
        events=part.events,
    )


def _counting_once(conversion: JudgedConversion, live: Live) -> JudgedConversion:
    """Return what was done with an id where it adds up.

    Whoever records it may end before it is forgotten, and it is recorded once more.
    """
    if conversion.event_id or not live.terms.goals[conversion.goal_id].adds_up:
        return conversion
    return conversion._replace(event_id=units.unlike_any())


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
            recorded = recording.record_or_set_aside(batches, kept.set_aside)
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
    batches = kept.holding(hashed)
    if batches:
        # Each is written by itself: what follows may fail with some of them done.
        current_request.note_commit()
    return sum(_erase_from(kept, batch, hashed) for batch in batches)


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
    """What has a process's kept events recorded, as long as there are any."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._failures = Failures()
        self._worker = Worker(self._record_and_pause, self._is_any)

    def wake(self) -> None:
        """Begin to record, unless that is under way. What comes next tries it again."""
        self._worker.wake()

    def _is_any(self) -> bool:
        with self._app.app_context():
            return kept_events.of_app().is_any()

    def _record_and_pause(self) -> None:
        self._record()
        if self._is_any():
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
