"""How kept events are recorded: as if each had been when it came."""

import logging
from collections import defaultdict
from collections.abc import Callable, Container, Hashable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, Protocol, TypeVar

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from app.accounts import key_access
from app.core import waiting
from app.core.errors import Conflict
from app.database.transactions import writing
from app.events import counting, event_times, hindsight, not_counted, records
from app.events.events import Reason
from app.events.first_exposures import FirstExposures
from app.events.kept.judged import Judged
from app.events.records import FirstSeen, JudgedConversion, JudgedExposure, RunUnit
from app.models import Experiment, Project, Run
from app.serving import terms
from app.web.limits import concurrency
from app.web.request_kinds import Kind

SECONDS_TO_WAIT = 1.0
NEVER = datetime.max.replace(tzinfo=UTC)
# What is wrong with a batch itself. Any other error may be over at the next moment, as one of
# tables that are older than this version is: then everything is left as it is.
REFUSALS = (ValidationError, IntegrityError, DataError, Conflict)

_log = logging.getLogger(__name__)


class Batch(Protocol):
    """The events of one request, or a part of them, as JSON, and what they are known by."""

    @property
    def id(self) -> object:
        """Return what tells the batch from others of its place."""
        ...

    @property
    def body(self) -> str:
        """Return what `Judged` reads."""
        ...


Some = TypeVar("Some", bound=Batch)


def record_or_set_aside(batches: Sequence[Some], set_aside: Callable[[Some], None]) -> int:
    """Record batches at once; where one of them is refused, each by itself.

    One that is refused by itself, too, is `set_aside`. Return how many events were recorded.
    """
    try:
        return _record(batches)
    except REFUSALS:
        return sum(_record_alone(batch, set_aside) for batch in batches)


def _record_alone(batch: Some, set_aside: Callable[[Some], None]) -> int:
    """Record a batch, or set it aside where it is refused twice: once, others may have met it."""
    try:
        return _record([batch])
    except REFUSALS:
        try:
            return _record([batch])
        except REFUSALS:
            _log.exception("batch %s of events that waited is set aside", batch.id)
            set_aside(batch)
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
            key_access.note_use(session, key_id, moment)
        recording = _Recording(session, judged) if judged else None
        if recording:
            recording.record()
    if recording:
        recording.dropped.note()
    return sum(each.events for each in judged)


def _of_valid_keys(session: Session, judged: Sequence[Judged]) -> list[Judged]:
    """Return what had come before its key ended: it may have ended where nobody could know."""
    ends = hindsight.ends_of_keys(session, {each.key_id for each in judged})
    return [each for each in judged if each.at < ends.get(each.key_id, NEVER)]


class _Dropped:
    """Events that no run counts, told by the place of their request and what they say."""

    def __init__(self, projects: Mapping[int, int]) -> None:
        self._projects = projects
        self._counted: set[Hashable] = set()
        self._reasons: dict[Hashable, tuple[int, Reason]] = {}

    def judge(
        self, index: int, event: JudgedExposure | JudgedConversion, reason: Reason | None
    ) -> bool:
        """Return whether an event counts in a run: there is no reason why not."""
        told_by = (index, _said(event))
        if reason is None:
            self._counted.add(told_by)
        elif event.run_id in self._projects:
            self._reasons[told_by] = self._projects[event.run_id], reason
        return reason is None

    def note(self) -> None:
        """Have it seen what was not counted, once that is certain."""
        by_project = defaultdict[int, list[Reason]](list)
        for told_by in self._reasons.keys() - self._counted:
            project_id, reason = self._reasons[told_by]
            by_project[project_id].append(reason)
        for project_id, reasons in by_project.items():
            not_counted.note(project_id, reasons)


def _said(event: JudgedExposure | JudgedConversion) -> Hashable:
    """Return what an event says: what was done may count in many runs, and is one event."""
    if isinstance(event, JudgedExposure):
        return event
    return event._replace(run_id=0, event_id="")


class _Recording:
    """Judged events, in the order in which they came, of runs that were live then."""

    def __init__(self, session: Session, judged: Sequence[Judged]) -> None:
        self.session = session
        self.judged = judged
        self.exposures = FirstExposures()
        self.done: list[tuple[int, JudgedConversion]] = []
        runs = _present_runs(session, judged)
        found = {run_id: run.salt for run_id, run in runs.items()}
        self.dropped = _Dropped({run_id: run.project_id for run_id, run in runs.items()})
        since = min(each.at for each in judged) - event_times.LONGEST_DELAY
        self.runs = hindsight.Runs(session, found, since)
        self.terms = terms.read(session, found)
        for index, each in enumerate(judged):
            present = {
                run_id
                for run_id, salt in each.salts.items()
                if found.get(run_id) == salt and not self.runs.has_ended(run_id, each.at)
            }
            self._take(index, each, present)

    def record(self) -> None:
        """Record them as if each had been recorded when it came."""
        last_at = self.judged[-1].at
        run_units = {conversion.run_unit for _, conversion in self.done}
        before = records.exposures(self.session, run_units)
        records.expose(self.session, self.exposures.seen(self.terms), last_at)
        seen = records.exposures(self.session, run_units)
        counted = {
            number: [conversion]
            for number, (index, conversion) in enumerate(self.done)
            if self.dropped.judge(index, conversion, self._fault(index, conversion, before, seen))
        }
        counting.count(self.session, counted, self.terms, seen, last_at)

    def _take(self, index: int, judged: Judged, present: set[int]) -> None:
        for exposure in judged.exposed:
            if self.dropped.judge(index, exposure, self._not_live(exposure, present)):
                self.exposures.take(index, exposure, judged.at)
        for conversion in judged.reached:
            reason = self._not_live(conversion, present) or self._unknown(conversion)
            if reason:
                self.dropped.judge(index, conversion, reason)
            else:
                self.done.append((index, conversion))

    def _not_live(
        self, event: JudgedExposure | JudgedConversion, present: set[int]
    ) -> Reason | None:
        """Return why not, where its run was not live when an event came, and when it happened."""
        was_live = event.run_id in present and (
            event.time is None or self.runs.was_live(event.run_id, event.time)
        )
        return None if was_live else Reason.NOT_RUNNING

    def _unknown(self, conversion: JudgedConversion) -> Reason | None:
        is_known = conversion.goal_id in self.terms[conversion.run_id].goals
        return None if is_known else Reason.UNKNOWN

    def _fault(
        self,
        index: int,
        conversion: JudgedConversion,
        before: Container[RunUnit],
        seen: Mapping[RunUnit, FirstSeen],
    ) -> Reason | None:
        """Return why a conversion does not count, by what its unit had seen when it came."""
        if not self._has_come_after(index, conversion.run_unit, before):
            return Reason.NOT_EXPOSED
        at = self.judged[index].at
        return counting.fault(conversion, seen.get(conversion.run_unit), self.terms, at)

    def _has_come_after(self, index: int, run_unit: RunUnit, before: Container[RunUnit]) -> bool:
        """Return whether what came at this place came after what exposes the unit."""
        is_exposed = run_unit in self.exposures and not self.exposures.is_early(index, run_unit)
        return run_unit in before or is_exposed


class _Present(NamedTuple):
    salt: str
    project_id: int


def _present_runs(session: Session, judged: Sequence[Judged]) -> dict[int, _Present]:
    """Return those of the runs that there are, and whose visitors are kept, by their ids.

    Those of a project that is being erased are not.
    """
    ids = {run_id for each in judged for run_id in each.salts}
    statement = (
        select(Run.id, Run.salt, Experiment.project_id)
        .join(Experiment, Experiment.test_id == Run.test_id)
        .join(Project, Project.id == Experiment.project_id)
        .where(Run.id.in_(ids), Run.rows_deleted_at.is_(None), Project.unit_salt != "")
    )
    rows = session.execute(statement)
    return {run_id: _Present(salt, project_id) for run_id, salt, project_id in rows}
