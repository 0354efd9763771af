"""Collecting: which of the events that a site sends are counted, and why the others are not."""

import time
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.accounts import key_access
from app.core import waiting
from app.core.errors import Conflict, Unavailable
from app.core.rare_logs import first_line, log_rarely
from app.core.validation import KEY_PATTERN
from app.database.database_errors import told_as_unavailable
from app.database.transactions import writing
from app.models import Experiment, Project, now
from app.serving import keeping, kept_events, memory, records, units
from app.serving.records import Reached, Sight
from app.serving.running_experiments import Live, Running
from app.serving.serving_keys import ServingKey
from app.web import concurrency

# Long enough for those who were there before, short enough to keep events and answer in time.
SECONDS_TO_RECORD = 2.0


@dataclass(frozen=True)
class Exposed:
    """A unit has seen its variant of an experiment, named by its key."""

    experiment: str
    unit: str


@dataclass(frozen=True)
class Converted:
    """A unit has reached a goal, named by its key; `value` is what that was worth."""

    goal: str
    unit: str
    value: float | None = None


@dataclass(frozen=True)
class Unreadable:
    """The reason why something that was sent is no event."""

    why: str


Event = Exposed | Converted | Unreadable


class Reason(StrEnum):
    """Why an event is dropped; stable, for programs."""

    MALFORMED = "malformed"
    UNKNOWN = "unknown"
    NOT_RUNNING = "not_running"
    OUTSIDE_TRAFFIC = "outside_traffic"
    NOT_EXPOSED = "not_exposed"
    BOT = "bot"


@dataclass(frozen=True)
class Dropped:
    """An event that is not counted: its index in what was sent, and why."""

    index: int
    reason: Reason
    detail: str


@dataclass(frozen=True)
class Receipt:
    """The receipt for events. One that was there already is accepted, and counted once.

    Those that are `kept` are recorded later, when the database can be written again.
    """

    accepted: int
    dropped: tuple[Dropped, ...]
    kept: int = 0


def collect(key: ServingKey, events: Sequence[Event]) -> Receipt:
    """Record the events in one unit of work, in their order: what comes before it converts nobody.

    The variant is worked out here from the unit: what the sender believes is not asked.

    While the database is away or busy they are kept, and all that come after them until those are
    recorded. Raises Unavailable where there is no room for that.
    """
    moment = now()
    if not _is_to_be_kept():
        try:
            with waiting.at_most(SECONDS_TO_RECORD):
                return _recorded_beside_erasures(key, events, moment)
        except (SQLAlchemyError, Unavailable) as error:
            if not told_as_unavailable(error):
                raise
            log_rarely("not recorded", "events cannot be recorded: %s", first_line(error))
    return _kept(key, events, moment)


def _is_to_be_kept() -> bool:
    return (
        concurrency.is_without_place()
        or kept_events.of_app().is_any()
        or memory.of_app().is_database_away
    )


def _recorded_beside_erasures(
    key: ServingKey, events: Sequence[Event], moment: datetime
) -> Receipt:
    """Record the events; once more where one of their visitors is erased at the same moment."""
    try:
        return _recorded(key, events, moment)
    except Conflict:
        return _recorded(key, events, moment)


def _recorded(key: ServingKey, events: Sequence[Event], moment: datetime) -> Receipt:
    with writing() as session:
        key_access.note_use(session, key.id, moment)
        batch = _Batch(session, key.project_id, _running(session, key.project_id), events)
        positions, reached = batch.sights(), batch.reached()
        early = batch.early(reached)
        before = records.exposures(session, early) if early else {}
        records.expose(session, positions, moment)
        seen = records.exposures(
            session, {each.sight for goals in reached.values() for each in goals}
        )
        counted = batch.of_exposed(reached, seen, early - before.keys())
        records.convert(session, counted, seen, moment)
    return Receipt(len(events) - len(batch.dropped), batch.dropped_in_order())


def _kept(key: ServingKey, events: Sequence[Event], moment: datetime) -> Receipt:
    """Keep the events, judged by what this process remembers to run."""
    running = memory.of_app().remembered(key.project_id)
    if running is None:
        raise Unavailable
    batch = _Batch(None, key.project_id, running, events)
    positions, reached = batch.sights(), batch.reached()
    lives = tuple(running.experiments.values())
    kept = len(events) - len(batch.dropped)
    early = {
        index: goals
        for index, goals in reached.items()
        if any(batch.is_early(index, each.sight) for each in goals)
    }
    if early:
        # Kept before the exposures, they convert only those whom an earlier request exposed.
        keeping.keep(key, moment, lives, {}, batch.values_of(early), len(early))
    rest = {index: goals for index, goals in reached.items() if index not in early}
    keeping.keep(key, moment, lives, positions, batch.values_of(rest), kept - len(early))
    return Receipt(0, batch.dropped_in_order(), kept)


def _running(session: Session, project_id: int) -> Running:
    """Return what runs at this moment, not what was remembered.

    A paused experiment collects nothing.
    """
    read_at = time.monotonic()
    version = select(Project.version, Project.nonce).where(Project.id == project_id)
    number, nonce = session.execute(version).one()
    return memory.of_app().running(project_id, (number, nonce), read_at)


@dataclass
class _Batch:
    """The events of one request, sorted into what is to be recorded and what is dropped.

    Without a session nothing is asked of the database.
    """

    session: Session | None
    project_id: int
    running: Running
    events: Sequence[Event]
    dropped: list[Dropped] = field(default_factory=list)
    first_exposed: dict[Sight, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for index, event in enumerate(self.events):
            if isinstance(event, Unreadable):
                self._drop(index, Reason.MALFORMED, event.why)

    def sights(self) -> dict[Sight, int]:
        """Return the position that each exposed unit sees."""
        positions = {}
        for index, event in enumerate(self.events):
            if not isinstance(event, Exposed):
                continue
            live = self._live(index, event.experiment)
            position = live and live.position_of(event.unit)
            if live and position is not None:
                sight = Sight(live.run_id, self._hashed(event.unit))
                self.first_exposed.setdefault(sight, index)
                positions[sight] = position
            elif live:
                self._drop(index, Reason.OUTSIDE_TRAFFIC, "The unit is outside the traffic.")
        return positions

    def reached(self) -> dict[int, list[Reached]]:
        """Return in which runs each conversion may count, by the index of its event."""
        found = {}
        for index, event in enumerate(self.events):
            if not isinstance(event, Converted):
                continue
            runs = self._runs_with(index, event.goal)
            goal_id, unit = self.running.goal_ids.get(event.goal, 0), self._hashed(event.unit)
            found[index] = [Reached(run_id, goal_id, unit) for run_id in runs]
        return found

    def is_early(self, index: int, sight: Sight) -> bool:
        """Return whether an event comes before the one of this batch that exposes the unit."""
        return self.first_exposed.get(sight, index) > index

    def early(self, reached: Mapping[int, Sequence[Reached]]) -> frozenset[Sight]:
        """Return the units that convert before the batch exposes them."""
        return frozenset(
            each.sight
            for index, goals in reached.items()
            for each in goals
            if self.is_early(index, each.sight)
        )

    def of_exposed(
        self,
        reached: Mapping[int, Sequence[Reached]],
        seen: Container[Sight],
        first_seen: Container[Sight],
    ) -> dict[Reached, float | None]:
        """Return what exposed units have reached, with its value.

        Of those that are `first_seen` in this batch, only what comes after that.
        """
        counted = {}
        for index, goals in reached.items():
            counted[index] = [
                each
                for each in goals
                if each.sight in seen
                and not (each.sight in first_seen and self.is_early(index, each.sight))
            ]
            if goals and not counted[index]:
                self._drop(index, Reason.NOT_EXPOSED, "The unit has not been exposed.")
        return self.values_of(counted)

    def values_of(self, reached: Mapping[int, Sequence[Reached]]) -> dict[Reached, float | None]:
        """Return what was reached, with its value. The first of several events counts."""
        values: dict[Reached, float | None] = {}
        for index, goals in reached.items():
            event = self.events[index]
            for each in goals:
                values.setdefault(each, event.value if isinstance(event, Converted) else None)
        return values

    def dropped_in_order(self) -> tuple[Dropped, ...]:
        """Return what is dropped, in the order in which it was sent."""
        return tuple(sorted(self.dropped, key=lambda each: each.index))

    def _live(self, index: int, key: str) -> Live | None:
        live = self.running.experiments.get(key)
        if live is None and (self.session is None or key in self._not_running):
            self._drop(index, Reason.NOT_RUNNING, f"The experiment {key} is not running.")
        elif live is None:
            self._drop(index, Reason.UNKNOWN, "The project has no such experiment.")
        return live

    def _runs_with(self, index: int, key: str) -> list[int]:
        goal_id = self.running.goal_ids.get(key)
        lives = self.running.experiments.values()
        runs = [live.run_id for live in lives if goal_id in live.goal_ids]
        if goal_id is None:
            self._drop(index, Reason.UNKNOWN, "The project has no such goal.")
        elif not runs:
            self._drop(index, Reason.NOT_RUNNING, f"Nothing that runs has the goal {key}.")
        return runs

    @cached_property
    def _not_running(self) -> frozenset[str]:
        """Return those of the named experiments that exist; asked only where one is not running."""
        if self.session is None:
            return frozenset()
        named = {
            event.experiment
            for event in self.events
            if isinstance(event, Exposed) and KEY_PATTERN.fullmatch(event.experiment)
        }
        statement = select(Experiment.key).where(
            Experiment.project_id == self.project_id, Experiment.key.in_(named)
        )
        return frozenset(self.session.scalars(statement))

    def _hashed(self, unit: str) -> str:
        return units.hashed(self.running.unit_salt, unit)

    def _drop(self, index: int, reason: Reason, detail: str) -> None:
        self.dropped.append(Dropped(index, reason, detail))
