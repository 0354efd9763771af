"""Judging: which of the events of one request may be counted, and why the others are not."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.validation import KEY_PATTERN
from app.events import counting, event_times, hindsight, units
from app.events.events import Converted, Dropped, Event, Exposed, Reason, Unreadable
from app.events.first_exposures import FirstExposures
from app.events.records import FirstSeen, JudgedConversion, JudgedExposure, RunUnit
from app.models import Experiment, GoalKind
from app.serving.running_experiments import Live, Running

_WHY_NOT_COUNTED = {
    Reason.OUTSIDE_WINDOW: "The days in which the unit may reach the goal are over.",
    Reason.NOT_EXPOSED: "The unit has not been exposed to what runs with this goal.",
}
_ALWAYS_SHOWN = "The unit is on the list of those who always see a variant."


@dataclass
class Judging:
    """The events of one request of that `moment`, sorted into what may count and what is dropped.

    Without a session nothing is asked of the database: at which times what runs was live is asked
    when the events are recorded.
    """

    session: Session | None
    project_id: int
    running: Running
    events: Sequence[Event]
    moment: datetime
    dropped: list[Dropped] = field(default_factory=list)
    _exposed: list[tuple[int, Exposed]] = field(default_factory=list)
    _converted: list[tuple[int, Converted]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for index, event in enumerate(self.events):
            if isinstance(event, Unreadable):
                self._drop(index, Reason.MALFORMED, event.why)
            elif event.time is None:
                self._take(index, event)
            elif fault := event_times.fault(event.time, self.moment):
                self._drop(index, *fault)
            else:
                self._take(
                    index, replace(event, time=event_times.counted_as(event.time, self.moment))
                )

    @cached_property
    def exposures(self) -> FirstExposures:
        """Return what each exposed unit sees first."""
        found = FirstExposures()
        for index, event in self._exposed:
            live = self._live(index, event)
            if live and event.unit in live.always_shown:
                self._drop(index, Reason.OWN_VISIT, _ALWAYS_SHOWN)
                continue
            position = live and live.position_of(event.unit)
            if live and position is not None:
                exposure = JudgedExposure(
                    live.run_id, self._hashed(event.unit), position, event.time
                )
                found.take(index, exposure, self.moment)
            elif live:
                self._drop(index, Reason.OUTSIDE_TRAFFIC, "The unit is outside the traffic.")
        return found

    def done(self) -> dict[int, list[JudgedConversion]]:
        """Return what each conversion says, in each run in which it may count, by its index."""
        found = {}
        for index, event in self._converted:
            runs = self._runs_with(index, event)
            goal_id, unit = self.running.goal_ids.get(event.goal, 0), self._hashed(event.unit)
            event_id = self._hashed(event.id) if event.id else ""
            found[index] = [
                JudgedConversion(run_id, goal_id, unit, event.value, event.time, event_id)
                for run_id in runs
            ]
        return found

    def early(self, done: Mapping[int, Sequence[JudgedConversion]]) -> frozenset[RunUnit]:
        """Return the units that convert before the request exposes them."""
        return frozenset(
            conversion.run_unit
            for index, several in done.items()
            for conversion in several
            if self.exposures.is_early(index, conversion.run_unit)
        )

    def of_exposed(
        self,
        done: Mapping[int, Sequence[JudgedConversion]],
        seen: Mapping[RunUnit, FirstSeen],
        first_seen: frozenset[RunUnit],
    ) -> dict[int, list[JudgedConversion]]:
        """Return what exposed units have done in time.

        Of those that are `first_seen` in this request, only what comes after that.
        """
        counted = {}
        for index, several in done.items():
            faults = {
                conversion: Reason.NOT_EXPOSED
                if conversion.run_unit in first_seen
                and self.exposures.is_early(index, conversion.run_unit)
                else counting.fault(
                    conversion, seen.get(conversion.run_unit), self.running.terms, self.moment
                )
                for conversion in several
            }
            if counting_ones := [
                conversion for conversion, fault in faults.items() if fault is None
            ]:
                counted[index] = counting_ones
            elif several:
                self._drop_uncounted(index, faults.values())
        return counted

    def dropped_in_order(self) -> tuple[Dropped, ...]:
        """Return what is dropped, in the order in which it was sent."""
        return tuple(sorted(self.dropped, key=lambda each: each.index))

    def _take(self, index: int, event: Exposed | Converted) -> None:
        if isinstance(event, Exposed):
            self._exposed.append((index, event))
        else:
            self._converted.append((index, event))

    def _live(self, index: int, event: Exposed) -> Live | None:
        """Return the experiment that the event is of, if that runs, and did at the event's time."""
        key = event.experiment
        live = self.running.experiments.get(key)
        if live and self._was_live(live, event.time):
            return live
        if live:
            self._drop(index, Reason.NOT_RUNNING, f"The experiment {key} was not running then.")
        elif self.session is None or key in self._not_running:
            self._drop(index, Reason.NOT_RUNNING, f"The experiment {key} is not running.")
        else:
            self._drop(index, Reason.UNKNOWN, "The project has no such experiment.")
        return None

    def _runs_with(self, index: int, event: Converted) -> list[int]:
        """Return the runs with the goal of the event that are live, and were at its time."""
        key, goal_id = event.goal, self.running.goal_ids.get(event.goal)
        lives = [live for live in self.running.experiments.values() if goal_id in live.terms.goals]
        counting_it = [live for live in lives if event.unit not in live.always_shown]
        runs = [live.run_id for live in counting_it if self._was_live(live, event.time)]
        if goal_id is None:
            self._drop(index, Reason.UNKNOWN, "The project has no such goal.")
        elif not lives:
            self._drop(index, Reason.NOT_RUNNING, f"Nothing that runs has the goal {key}.")
        elif not counting_it:
            self._drop(index, Reason.OWN_VISIT, _ALWAYS_SHOWN)
        elif not runs:
            self._drop(index, Reason.NOT_RUNNING, f"Nothing with the goal {key} was running then.")
        elif event.value is None and lives[0].terms.goals[goal_id].kind is GoalKind.REVENUE:
            self._drop(index, Reason.MALFORMED, f"value: is missing, which {key} adds up.")
            return []
        return runs

    def _was_live(self, live: Live, time: datetime | None) -> bool:
        return time is None or self._runs is None or self._runs.was_live(live.run_id, time)

    @cached_property
    def _runs(self) -> hindsight.Runs | None:
        """Return when what runs was live; asked only where an event carries a time."""
        ids = [live.run_id for live in self.running.experiments.values()]
        if self.session is None:
            return None
        return hindsight.Runs(self.session, ids, self.moment - event_times.LONGEST_DELAY)

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

    def _drop_uncounted(self, index: int, faults: Collection[Reason | None]) -> None:
        """Drop what counts in no run: one that has exposed the unit says most."""
        why = next(each for each in _WHY_NOT_COUNTED if each in faults)
        self._drop(index, why, _WHY_NOT_COUNTED[why])

    def _drop(self, index: int, reason: Reason, detail: str) -> None:
        self.dropped.append(Dropped(index, reason, detail))
