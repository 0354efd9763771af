"""What somebody has planned, once they may change nothing here any more: handed over, or dropped.

A stop is a safety device: it is always handed over to whoever ended the access. Starts are handed
over, or dropped, as that person says.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, literal, null, or_, select, union_all

from app.accounts.key_rights import require_scope
from app.core.errors import InvalidInput
from app.database.engine import db
from app.database.unit_of_work import UnitOfWork
from app.lifecycle import entries, pending, subjects
from app.lifecycle.apply import drop_from_queue
from app.lifecycle.subjects import Subject
from app.lifecycle.traffic import planned_rises
from app.models import (
    Actor,
    Cause,
    CauseKind,
    Experiment,
    Kind,
    QueuedStart,
    ScheduledChange,
    ScheduledRise,
    Scope,
    Status,
    table_of,
)


class StartsChoice(StrEnum):
    """What becomes of somebody's starts: whoever ends their access takes them over, or drops them.

    Both those set for a moment and those that wait in the queue, and with them the rises of traffic
    that are set: they let more be seen, as starts do.
    """

    KEEP = "keep"
    DROP = "drop"


@dataclass(frozen=True)
class Whose:
    """Whose access ends: a person with the keys that they made, or some keys."""

    user_id: int | None = None
    api_key_ids: tuple[int, ...] = ()

    def includes(self, actor: Actor) -> bool:
        """Return whether it is the actor's own access that ends."""
        if actor.user_id is None:
            return actor.api_key_id in self.api_key_ids
        return actor.user_id == self.user_id


@dataclass(frozen=True)
class PlannedChanges:
    """What somebody has planned, by the names of the experiments; rises are among the starts."""

    stops: Sequence[str] = field(default_factory=list)
    starts: Sequence[str] = field(default_factory=list)
    queued: Sequence[str] = field(default_factory=list)

    @property
    def have_starts(self) -> bool:
        """Return whether there is anything to keep or to drop."""
        return bool(self.starts or self.queued)

    def __add__(self, other: "PlannedChanges") -> "PlannedChanges":
        return PlannedChanges(
            [*self.stops, *other.stops],
            [*self.starts, *other.starts],
            [*self.queued, *other.queued],
        )


class StartsUndecided(InvalidInput):
    """Somebody's access cannot end before it is said what becomes of the starts in `planned`.

    One's own cannot be kept: they are dropped, once that has been said.
    """

    def __init__(self, planned: PlannedChanges, *, is_own: bool) -> None:
        names = ", ".join(f"“{name}”" for name in (*planned.starts, *planned.queued))
        what = (
            f"Starts that you have planned here ({names}) would be nobody's: say that they are to "
            "be dropped, or have somebody else end your access."
            if is_own
            else f"They have starts planned here ({names}): say whether to keep or to drop them."
        )
        super().__init__(f"Nothing has changed yet. {what}", "starts")
        self.planned = planned
        self.is_own = is_own


Author = tuple[int | None, int | None]
"""A person's id, or a key's."""

_queued, _scheduled = table_of(QueuedStart).c, table_of(ScheduledChange).c
_rise = table_of(ScheduledRise).c
_experiment = table_of(Experiment).c


def planned_changes_in(project_id: int) -> Mapping[Author, PlannedChanges]:
    """Return what each person and each key has planned in a project, for a page."""
    found = defaultdict[Author, list[Row[*tuple[Any, ...]]]](list)
    for row in db.session.execute(_planned(project_id)):
        found[row.user_id, row.api_key_id].append(row)
    return {author: _named(rows) for author, rows in found.items()}


def projects_with_plans_of(user_id: int) -> Sequence[int]:
    """Return the ids of the projects in which somebody has planned something, in order.

    Of one that they do not belong to, too: an admin takes over what others had planned there.
    """
    theirs = union_all(
        *(
            select(column.project_id).where(column.user_id == user_id)
            for column in (_queued, _scheduled, _rise)
        )
    ).subquery()
    found = select(theirs.c.project_id).distinct().order_by(theirs.c.project_id)
    return db.session.scalars(found).all()


def end_access(
    work: UnitOfWork, whose: Whose, starts: StartsChoice | None, why: str
) -> PlannedChanges:
    """Hand over, or drop, what somebody has planned; return what that was.

    A part of the unit of work that ends their access. What is handed over is its actor's from then
    on, and history keeps `why`. Raises StartsUndecided where there are starts and nobody says what
    becomes of them, InvalidInput where somebody is to keep them whose own access ends, and
    Forbidden where a key is that may start nothing.
    """
    acting = work.acted_by(work.actor, Cause(CauseKind.ACCESS_ENDED))
    rows = work.execute(_planned(work.project_id, whose), {}).all()
    planned = _named(rows)
    if planned.have_starts and starts is None:
        raise StartsUndecided(planned, is_own=whose.includes(work.actor))
    if planned.have_starts and starts is StartsChoice.KEEP and whose.includes(work.actor):
        raise InvalidInput(
            "What is to start once your own access has ended would be nobody's: drop it, or have "
            "somebody else end it.",
            "starts",
        )
    if planned.have_starts and starts is StartsChoice.KEEP:
        require_scope(work.actor, Scope.START)
    for row in rows:
        _end(acting, row, starts, why, is_own=whose.includes(work.actor))
    return planned


def _end(
    work: UnitOfWork,
    row: Row[*tuple[Any, ...]],
    starts: StartsChoice | None,
    why: str,
    *,
    is_own: bool,
) -> None:
    experiment = subjects.load(work, row.test_id)
    at: datetime | None = row.at
    is_stop = row.target is Status.STOPPED
    if is_stop and is_own:
        return
    if _is_rise(row) and starts is StartsChoice.KEEP:
        planned_rises.hand_over(work, experiment, why)
    elif is_stop or starts is StartsChoice.KEEP:
        pending.take_over(work, row.test_id, row.target if at else None)
        entries.enter(work, experiment, Kind.HANDED_OVER, row.target, detail=why, scheduled_for=at)
    else:
        _drop(work, row, experiment, why)


def drop_all(work: UnitOfWork, why: str) -> None:
    """Take back all that is planned in a project, by whomever, stops too; history keeps `why`."""
    for row in work.execute(_planned(work.project_id), {}).all():
        _drop(work, row, subjects.load(work, row.test_id), why)


def _drop(work: UnitOfWork, row: Row[*tuple[Any, ...]], experiment: Subject, why: str) -> None:
    if _is_rise(row):
        planned_rises.drop(work, experiment, why)
    elif row.at:
        pending.unschedule(work, row.test_id, row.target)
        entries.enter(work, experiment, Kind.UNSCHEDULED, row.target, detail=why)
    else:
        drop_from_queue(work, experiment, why)


def _planned(project_id: int, whose: Whose | None = None) -> Select[*tuple[Any, ...]]:
    """Return the statement that reads what waits in a project.

    `at` is None in the queue, `target` of a rise of traffic.
    """
    running = literal(Status.RUNNING, _scheduled.target.type)
    no_moment = null().cast(_scheduled.at.type)
    columns = [
        (_queued, running.label("target"), no_moment.label("at"), _queued.place.label("nth")),
        (_scheduled, _scheduled.target, _scheduled.at, literal(0).label("nth")),
        (_rise, null().cast(_scheduled.target.type), _rise.at, literal(0).label("nth")),
    ]
    waiting = union_all(
        *(
            select(table.test_id, table.user_id, table.api_key_id, *rest).where(
                table.project_id == project_id, *([_is_of(whose, table)] if whose else [])
            )
            for table, *rest in columns
        )
    ).subquery("waiting")
    return (
        select(waiting, _experiment.name)
        .join(table_of(Experiment), _experiment.test_id == waiting.c.test_id)
        .order_by(waiting.c.at, waiting.c.nth, waiting.c.test_id)
    )


def _is_of(whose: Whose, table: Any) -> ColumnElement[bool]:  # noqa: ANN401
    return or_(
        table.user_id == whose.user_id if whose.user_id is not None else literal(value=False),
        table.api_key_id.in_(whose.api_key_ids),
    )


def _is_rise(row: Row[*tuple[Any, ...]]) -> bool:
    return row.target is None


def _named(rows: Sequence[Row[*tuple[Any, ...]]]) -> PlannedChanges:
    return PlannedChanges(
        [row.name for row in rows if row.target is Status.STOPPED],
        [row.name for row in rows if row.target is not Status.STOPPED and row.at],
        [row.name for row in rows if row.at is None],
    )
