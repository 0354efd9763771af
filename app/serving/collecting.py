"""Collecting: which of the events that a site sends are counted, and why the others are not."""

import time
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import access
from app.core.transactions import writing
from app.core.validation import KEY_PATTERN
from app.models import Experiment, Project, now
from app.serving import memory, records, units
from app.serving.memory import Live, Running, ServingKey
from app.serving.records import Reached, Sight


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


@dataclass(frozen=True)
class Dropped:
    """An event that is not counted: its index in what was sent, and why."""

    index: int
    reason: Reason
    detail: str


@dataclass(frozen=True)
class Receipt:
    """The receipt for events. One that was there already is accepted, and counted once."""

    accepted: int
    dropped: tuple[Dropped, ...]


def collect(key: ServingKey, events: Sequence[Event]) -> Receipt:
    """Record the events in one unit of work; exposures first, whatever their order.

    The variant is worked out here from the unit: what the sender believes is not asked.
    """
    moment = now()
    with writing() as session:
        access.note_use(session, key.id, moment)
        batch = _Batch(session, key.project_id, _running(session, key.project_id), events)
        records.expose(session, batch.sights(), moment)
        reached = batch.reached()
        seen = records.exposures(
            session, {each.sight for goals in reached.values() for each in goals}
        )
        records.convert(session, batch.of_exposed(reached, seen), seen, moment)
    dropped = tuple(sorted(batch.dropped, key=lambda each: each.index))
    return Receipt(len(events) - len(dropped), dropped)


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
    """The events of one request, sorted into what is to be recorded and what is dropped."""

    session: Session
    project_id: int
    running: Running
    events: Sequence[Event]
    dropped: list[Dropped] = field(default_factory=list)

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
                positions[Sight(live.run_id, self._hashed(event.unit))] = position
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

    def of_exposed(
        self, reached: Mapping[int, Sequence[Reached]], seen: Container[Sight]
    ) -> dict[Reached, float | None]:
        """Return what exposed units have reached, with its value.

        The first of several events counts.
        """
        values: dict[Reached, float | None] = {}
        for index, goals in reached.items():
            counted = [each for each in goals if each.sight in seen]
            if goals and not counted:
                self._drop(index, Reason.NOT_EXPOSED, "The unit has not been exposed.")
            event = self.events[index]
            for each in counted:
                values.setdefault(each, event.value if isinstance(event, Converted) else None)
        return values

    def _live(self, index: int, key: str) -> Live | None:
        live = self.running.experiments.get(key)
        if live is None and key in self._not_running:
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
