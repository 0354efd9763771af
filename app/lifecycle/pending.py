"""Starts that wait for a slot, in order, and changes that wait for their moment, as tables."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from app.lifecycle.store import Subject
from app.models import Actor, Door, QueuedStart, ScheduledChange, Status, now, table_of


@dataclass(frozen=True)
class Waiting:
    """A queued start: who waits, how long at most, and who asked for it."""

    test_id: int
    place: int
    expires_at: datetime
    door: Door
    user_id: int | None
    api_key_id: int | None

    @property
    def asked_by(self) -> Actor:
        """Whoever queued it, through the door that they came in by."""
        return Actor(self.door, self.user_id, self.api_key_id)


MOST_WAITING = 200
"""How many starts of a project wait at most: a page shows them all, a freed slot goes by them."""

_queued_starts, _scheduled_changes = table_of(QueuedStart), table_of(ScheduledChange)
_queued, _scheduled = _queued_starts.c, _scheduled_changes.c

_line = (
    select(
        _queued.test_id,
        _queued.place,
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
_unschedule = (
    delete(_scheduled_changes)
    .where(
        _scheduled.test_id == bindparam("experiment"),
        _scheduled.target.in_(bindparam("targets", expanding=True)),
    )
    .returning(_scheduled.test_id)
)


def line(session: Session, project_id: int) -> list[Waiting]:
    """The project's queued starts; the first one is next."""
    return [Waiting(*row) for row in session.execute(_line, {"project": project_id})]


def is_full(session: Session, project_id: int) -> bool:
    """Whether no other start may wait in the project."""
    return session.execute(_length, {"project": project_id}).scalar_one() >= MOST_WAITING


def join(session: Session, experiment: Subject, actor: Actor, expires_at: datetime) -> None:
    """Queue a start behind all others of its project."""
    values = {"project": experiment.project_id}
    last = session.execute(_last_place, values).scalar_one()
    session.execute(
        _join,
        {
            "test_id": experiment.test_id,
            "project_id": experiment.project_id,
            "place": last + 1,
            "door": actor.door,
            "queued_at": now(),
            "expires_at": expires_at,
            "user_id": actor.user_id,
            "api_key_id": actor.api_key_id,
        },
    )


def renew(session: Session, test_id: int, actor: Actor, expires_at: datetime) -> None:
    """Have a queued start wait for somebody else who asked for it, in its place."""
    session.execute(
        _renew,
        {
            "experiment": test_id,
            "by_door": actor.door,
            "until": expires_at,
            "by_user": actor.user_id,
            "by_key": actor.api_key_id,
        },
    )


def leave(session: Session, test_id: int) -> None:
    """Take an experiment out of the queue."""
    session.execute(_leave, {"experiment": test_id})


def place(session: Session, test_id: int, new_place: int) -> None:
    """Give a queued start another place."""
    session.execute(_move, {"experiment": test_id, "new_place": new_place})


def schedule(
    session: Session, experiment: Subject, target: Status, at: datetime, actor: Actor
) -> None:
    """Have an experiment start or stop at a moment."""
    session.execute(
        _schedule,
        {
            "test_id": experiment.test_id,
            "target": target,
            "project_id": experiment.project_id,
            "at": at,
            "door": actor.door,
            "user_id": actor.user_id,
            "api_key_id": actor.api_key_id,
        },
    )


def unschedule(session: Session, test_id: int, *targets: Status) -> bool:
    """Take back what was to happen to an experiment at a moment: its start, its stop, or both.

    Gives whether there was something to take back.
    """
    taken = session.execute(_unschedule, {"experiment": test_id, "targets": targets})
    return taken.first() is not None
