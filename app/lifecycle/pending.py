"""Starts that wait for a slot, in order, and changes that wait for their moment, as tables."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select, update

from app.database.engine import db
from app.database.unit_of_work import UnitOfWork
from app.lifecycle.subjects import Subject
from app.models import Actor, Door, QueuedStart, ScheduledChange, Status, now, table_of


@dataclass(frozen=True)
class Waiting:
    """A queued start: who waits, how long at most, and who asked for it."""

    test_id: int
    place: int
    queued_at: datetime
    expires_at: datetime
    door: Door
    user_id: int | None
    api_key_id: int | None

    @property
    def asked_by(self) -> Actor:
        """Return whoever queued it, through the door that they came in by."""
        return Actor(self.door, self.user_id, self.api_key_id)


MOST_WAITING = 200
"""How many starts of a project wait at most: a page shows them all, a freed slot goes by them."""

_queued_starts, _scheduled_changes = table_of(QueuedStart), table_of(ScheduledChange)
_queued, _scheduled = _queued_starts.c, _scheduled_changes.c

_line = (
    select(
        _queued.test_id,
        _queued.place,
        _queued.queued_at,
        _queued.expires_at,
        _queued.door,
        _queued.user_id,
        _queued.api_key_id,
    )
    .where(_queued.project_id == bindparam("project"))
    .order_by(_queued.place)
)
_last_place = select(func.coalesce(func.max(_queued.place), 0)).where(
    _queued.project_id == bindparam("project")
)
_length = (
    select(func.count())
    .select_from(_queued_starts)
    .where(_queued.project_id == bindparam("project"))
)
_join = insert(_queued_starts).inline()
_leave = delete(_queued_starts).where(_queued.test_id == bindparam("experiment"))
_move = (
    update(_queued_starts)
    .where(_queued.test_id == bindparam("experiment"))
    .values(place=bindparam("new_place"))
)
_postpone = (
    update(_queued_starts)
    .where(_queued.test_id == bindparam("experiment"))
    .values(expires_at=bindparam("until"))
)
_schedule = insert(_scheduled_changes).inline()
_renew = (
    update(_queued_starts)
    .where(_queued.test_id == bindparam("experiment"))
    .values(
        door=bindparam("by_door"),
        expires_at=bindparam("until"),
        user_id=bindparam("by_user"),
        api_key_id=bindparam("by_key"),
    )
)
_BY = {
    "door": bindparam("by_door"),
    "user_id": bindparam("by_user"),
    "api_key_id": bindparam("by_key"),
}
_take_over_queued = (
    update(_queued_starts).where(_queued.test_id == bindparam("experiment")).values(_BY)
)
_take_over_scheduled = (
    update(_scheduled_changes)
    .where(
        _scheduled.test_id == bindparam("experiment"),
        _scheduled.target == bindparam("planned"),
    )
    .values(_BY)
)
_unschedule = (
    delete(_scheduled_changes)
    .where(
        _scheduled.test_id == bindparam("experiment"),
        _scheduled.target == bindparam("target"),
    )
    .returning(_scheduled.test_id)
)


def line(work: UnitOfWork) -> list[Waiting]:
    """Return the project's queued starts; the first one is next."""
    return [Waiting(*row) for row in work.execute(_line, {"project": work.project_id})]


def order(project_id: int) -> list[int]:
    """Return the test ids of what waits in a project, the next one first, for a page."""
    return [row.test_id for row in db.session.execute(_line, {"project": project_id})]


def is_full(work: UnitOfWork) -> bool:
    """Return whether no other start may wait in the project."""
    return work.execute(_length, {"project": work.project_id}).scalar_one() >= MOST_WAITING


def join(work: UnitOfWork, experiment: Subject, expires_at: datetime) -> None:
    """Queue a start behind all others of its project."""
    last = work.execute(_last_place, {"project": work.project_id}).scalar_one()
    work.execute(
        _join,
        {
            "test_id": experiment.test_id,
            "project_id": work.project_id,
            "place": last + 1,
            "door": work.actor.door,
            "queued_at": now(),
            "expires_at": expires_at,
            "user_id": work.actor.user_id,
            "api_key_id": work.actor.api_key_id,
        },
    )


def renew(work: UnitOfWork, test_id: int, expires_at: datetime) -> None:
    """Have a queued start wait for whoever acts now, in its place."""
    work.execute(
        _renew,
        {
            "experiment": test_id,
            "by_door": work.actor.door,
            "until": expires_at,
            "by_user": work.actor.user_id,
            "by_key": work.actor.api_key_id,
        },
    )


def take_over(work: UnitOfWork, test_id: int, target: Status | None) -> None:
    """Make whoever acts now the author of a scheduled change, or without one of a queued start."""
    statement = _take_over_scheduled if target else _take_over_queued
    values = {
        "experiment": test_id,
        "by_door": work.actor.door,
        "by_user": work.actor.user_id,
        "by_key": work.actor.api_key_id,
    }
    work.execute(statement, {**values, "planned": target} if target else values)


def postpone(work: UnitOfWork, since: datetime, until: datetime) -> None:
    """Have what waits in the project wait for longer: by as much of a time as it has waited in."""
    for each in line(work):
        expires_at = each.expires_at + (until - max(since, each.queued_at))
        work.execute(_postpone, {"experiment": each.test_id, "until": expires_at})


def leave(work: UnitOfWork, test_id: int) -> None:
    """Take an experiment out of the queue."""
    work.execute(_leave, {"experiment": test_id})


def place(work: UnitOfWork, test_id: int, new_place: int) -> None:
    """Give a queued start another place."""
    work.execute(_move, {"experiment": test_id, "new_place": new_place})


def schedule(work: UnitOfWork, test_id: int, target: Status, at: datetime) -> None:
    """Have an experiment start or stop at a moment."""
    work.execute(
        _schedule,
        {
            "test_id": test_id,
            "target": target,
            "project_id": work.project_id,
            "at": at,
            "door": work.actor.door,
            "user_id": work.actor.user_id,
            "api_key_id": work.actor.api_key_id,
        },
    )


def unschedule(work: UnitOfWork, test_id: int, target: Status) -> bool:
    """Take back an experiment's scheduled change; return whether there was one."""
    taken = work.execute(_unschedule, {"experiment": test_id, "target": target})
    return taken.first() is not None
