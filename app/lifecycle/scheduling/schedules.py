"""Starts, stops and rises of traffic that are set for a moment: put, taken back, and listed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Integer, Row, bindparam, null, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from app.accounts.key_rights import require_scope
from app.core.errors import Conflict, InvalidInput
from app.database.engine import db
from app.database.unit_of_work import UnitOfWork, changing
from app.lifecycle import entries, pending, preconditions, rules, subjects
from app.lifecycle.preconditions import Precondition
from app.lifecycle.subjects import Subject
from app.lifecycle.traffic import planned_rises, rise_rules, rises
from app.models import (
    Actor,
    Kind,
    ScheduledChange,
    ScheduledRise,
    Scope,
    Status,
    now,
    table_of,
)

LONGEST_AHEAD = timedelta(days=2 * 365)
MOST_LISTED = 100
CHANGED_SINCE = (
    "Somebody has changed this schedule since you opened it, and nothing of yours is saved yet. "
    "Saving again saves what the form says now: what they set, where you had left it alone."
)
BOTH = "Say both: when traffic rises, and to what."
Scheduled = TypeVar("Scheduled", ScheduledChange, ScheduledRise)
FIELDS = {Status.RUNNING: "start_at", Status.STOPPED: "stop_at"}


@dataclass(frozen=True)
class Schedule:
    """When an experiment is to start and to stop; None is not at all.

    And when its traffic is to rise, and to what, in basis points.
    """

    start_at: datetime | None
    stop_at: datetime | None
    raise_at: datetime | None = None
    raise_to: int | None = None

    def moment(self, target: Status) -> datetime | None:
        """Return the moment of the change to `target`."""
        return self.start_at if target is Status.RUNNING else self.stop_at

    @property
    def rise(self) -> tuple[datetime | None, int | None]:
        """Return when traffic is to rise, and to what."""
        return self.raise_at, self.raise_to


class Planned(NamedTuple):
    """What is set for a moment: a change to `target`, or without one a rise of traffic."""

    test_id: int
    target: Status | None
    at: datetime
    traffic_allocation: int | None


def of(test_id: int) -> Schedule:
    """Return what is scheduled for an experiment."""
    return _kept(db.session.execute(_planned, {"experiments": [test_id]}))


def put(
    project_id: int,
    test_id: int,
    change: Callable[[Schedule], Schedule],
    actor: Actor,
    expected: Schedule | None = None,
    precondition: Precondition | None = None,
) -> int:
    """Schedule an experiment anew, in one unit of work; what is as it was stays untouched.

    `change` gets what is scheduled and returns what is to be. Returns the experiment's version.
    Raises NotFound, Refused for an experiment that will never do what is asked, InvalidInput for a
    moment that is past, more than two years ahead, or in an order in which they cannot come, and
    Conflict when the schedule is not the one that was `expected`, if that is said, nor the one that
    is wanted. Refused, too, where the experiment is not as in `precondition`.
    """
    with changing(project_id, actor) as work:
        experiment = subjects.load(work, test_id)
        preconditions.require(work, experiment, precondition)
        before = _kept(work.execute(_planned, {"experiments": [test_id]}))
        schedule = change(before)
        if schedule != before and expected not in (None, before):
            raise Conflict(CHANGED_SINCE)
        changed = [each for each in FIELDS if schedule.moment(each) != before.moment(each)]
        for scope in _scopes(schedule, before):
            require_scope(actor, scope)
        _require_possible(experiment, schedule, before)
        for field, sentence in faults(schedule, before).items():
            raise InvalidInput(sentence, field)
        for target in changed:
            _put(work, experiment, target, schedule.moment(target))
        if schedule.rise != before.rise:
            _put_rise(work, experiment, schedule)
        return work.version_of(test_id, experiment.version)


def faults(schedule: Schedule, before: Schedule) -> dict[str, str]:
    """Return what is wrong with a schedule whatever it is of, by the field that is at fault.

    Of the moments that were set `before`, nothing: they may have come since.
    """
    anew = _set_anew(schedule, before)
    found = {FIELDS[target]: fault for target, at in anew.items() if (fault := _fault(at))}
    if anew and schedule.start_at and schedule.stop_at and schedule.stop_at <= schedule.start_at:
        found.setdefault("stop_at", "It would stop before it starts.")
    return found | _faults_of_rise(schedule, before)


def _faults_of_rise(schedule: Schedule, before: Schedule) -> dict[str, str]:
    at, share = schedule.rise
    if at is None or share is None:
        missing = "raise_to" if at else "raise_at"
        return {} if at is share is None else {missing: BOTH}
    if at != before.raise_at and (fault := _fault(at)):
        return {"raise_at": fault}
    if schedule.start_at and at <= schedule.start_at:
        return {"raise_at": "Traffic would rise before it starts."}
    if schedule.stop_at and at >= schedule.stop_at:
        return {"raise_at": "Traffic would rise after it stops."}
    return {}


def _scopes(schedule: Schedule, before: Schedule) -> list[Scope]:
    """Return the scopes that it takes of a key to set, move or take back what is another now.

    No start, no rise, and a stop that comes earlier, let less be seen, which takes `pause`; all
    else lets more be.
    """
    changed = [target for target in FIELDS if schedule.moment(target) != before.moment(target)]
    lets_less = [_lets_less(each, schedule, before) for each in changed]
    if schedule.rise != before.rise:
        lets_less.append(schedule.raise_at is None)
    return [Scope.PAUSE if is_less else Scope.START for is_less in lets_less]


def _lets_less(target: Status, schedule: Schedule, before: Schedule) -> bool:
    at, was_at = schedule.moment(target), before.moment(target)
    if target is Status.RUNNING:
        return at is None
    return at is not None and (was_at is None or at < was_at)


def _require_possible(experiment: Subject, schedule: Schedule, before: Schedule) -> None:
    """Raise Refused where the experiment will never do what is set anew."""
    for target in _set_anew(schedule, before):
        rules.require_schedulable(experiment, target)
    if schedule.raise_to is not None and schedule.rise != before.rise:
        share = rises.checked_share(schedule.raise_to, "raise_to")
        rise_rules.require_rise_schedulable(experiment, share)


def _set_anew(schedule: Schedule, before: Schedule) -> dict[Status, datetime]:
    moments = {target: schedule.moment(target) for target in FIELDS}
    return {target: at for target, at in moments.items() if at and at != before.moment(target)}


def _fault(at: datetime) -> str:
    if at <= now():
        return "This moment is past."
    return "This is more than two years ahead." if at > now() + LONGEST_AHEAD else ""


def enter(work: UnitOfWork, experiment: Subject, target: Status, at: datetime) -> None:
    """Keep a checked moment, and enter it in the history."""
    pending.schedule(work, experiment.test_id, target, at)
    words = f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    entries.enter(work, experiment, Kind.SCHEDULED, target, detail=words, scheduled_for=at)


def listed(project_id: int) -> Sequence[ScheduledChange]:
    """Return what is scheduled in a project, the nearest first, with its experiments and authors.

    At most 101: one more than a page shows.
    """
    return _nearest(ScheduledChange, project_id, ScheduledChange.target)


def rises_in(project_id: int) -> Sequence[ScheduledRise]:
    """Return the rises that are set in a project, as `listed` returns what is scheduled."""
    return _nearest(ScheduledRise, project_id)


def _nearest(
    kind: type[Scheduled], project_id: int, *then_by: InstrumentedAttribute[Any]
) -> Sequence[Scheduled]:
    statement = (
        select(kind)
        .where(kind.project_id == project_id)
        .options(joinedload(kind.experiment), joinedload(kind.user), joinedload(kind.api_key))
        .order_by(kind.at, kind.test_id, *then_by)
        .limit(MOST_LISTED + 1)
    )
    return db.session.scalars(statement).all()


def of_experiments(test_ids: Sequence[int]) -> Sequence[Planned]:
    """Return what is scheduled for some experiments, the nearest first."""
    values = {"experiments": list(test_ids)}
    rows = db.session.execute(_planned.order_by("at"), values) if test_ids else ()
    return [Planned(*row) for row in rows]


_change, _rise = table_of(ScheduledChange).c, table_of(ScheduledRise).c
_planned = union_all(
    select(_change.test_id, _change.target, _change.at, null().cast(Integer).label("share")).where(
        _change.test_id.in_(bindparam("experiments", expanding=True))
    ),
    select(
        _rise.test_id, null().cast(_change.target.type), _rise.at, _rise.traffic_allocation
    ).where(_rise.test_id.in_(bindparam("experiments", expanding=True))),
)


def _kept(rows: Iterable[Row[*tuple[Any, ...]]]) -> Schedule:
    planned = {each.target: each for each in (Planned(*row) for row in rows)}
    start, stop, rise = (planned.get(each) for each in (Status.RUNNING, Status.STOPPED, None))
    return Schedule(
        start and start.at,
        stop and stop.at,
        rise and rise.at,
        rise and rise.traffic_allocation,
    )


def _put(work: UnitOfWork, experiment: Subject, target: Status, at: datetime | None) -> None:
    pending.unschedule(work, experiment.test_id, target)
    if at is None:
        why = "Taken back by hand."
        entries.enter(work, experiment, Kind.UNSCHEDULED, target, detail=why)
        return
    enter(work, experiment, target, at)


def _put_rise(work: UnitOfWork, experiment: Subject, schedule: Schedule) -> None:
    if schedule.raise_at is None or schedule.raise_to is None:
        planned_rises.drop(work, experiment, "Taken back by hand.")
    else:
        planned_rises.plan(work, experiment, schedule.raise_to, schedule.raise_at)
