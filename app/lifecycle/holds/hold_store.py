"""Reads and writes of the holds of a project's queue."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from app.database.engine import db
from app.database.rows import open_hold
from app.database.rows.open_hold import Hold
from app.database.unit_of_work import UnitOfWork
from app.models import ApiKey, Project, QueueHold, User, now, table_of


@dataclass(frozen=True)
class HoldEnd:
    """When a hold was lifted, and by whom: as in a `Hold`, neither is the command line."""

    at: datetime
    user_id: int | None
    email: str | None
    api_key: str | None


@dataclass(frozen=True)
class PastHold:
    """A hold, and how it ended: None while it is open."""

    hold: Hold
    end: HoldEnd | None


MOST_LISTED = 5

_holds, _users, _api_keys = table_of(QueueHold), table_of(User), table_of(ApiKey)
_lifters, _lifter_keys = _users.alias("lifter"), _api_keys.alias("lifter_key")
_hold, _project_id = _holds.c, table_of(Project).c.id

_is_held = select(open_hold.is_held(bindparam("project")))
_open = open_hold.joined(
    select(_project_id.label("project_id")).where(_project_id == bindparam("project"))
)
_END = (_hold.lifted_at, _hold.lifted_by_user_id, _lifters.c.email, _lifter_keys.c.name)
_by_lifters = _holds.outerjoin(_lifters, _lifters.c.id == _hold.lifted_by_user_id).outerjoin(
    _lifter_keys, _lifter_keys.c.id == _hold.lifted_by_api_key_id
)
_ends = (
    select(*_END)
    .select_from(_by_lifters)
    .where(_hold.project_id == bindparam("project"), _hold.lifted_at.is_not(None))
)
_end = _ends.where(_hold.id == bindparam("hold"))
_last_end = _ends.order_by(_hold.id.desc()).limit(1)
_latest = (
    select(*open_hold.COLUMNS, *_END)
    .select_from(
        _by_lifters.outerjoin(_users, _users.c.id == _hold.user_id).outerjoin(
            _api_keys, _api_keys.c.id == _hold.api_key_id
        )
    )
    .where(_hold.project_id == bindparam("project"))
    .order_by(_hold.id.desc())
    .limit(MOST_LISTED)
)
_place = insert(_holds).inline()
_lift = (
    update(_holds)
    .where(_hold.id == bindparam("hold"))
    .values(
        lifted_at=bindparam("moment"),
        lifted_by_user_id=bindparam("by_user"),
        lifted_by_api_key_id=bindparam("by_key"),
    )
)


def of_project(project_id: int) -> Hold | None:
    """Return the project's open hold, for a page; None where its queue is not held."""
    return open_hold.of(db.session.execute(_open, {"project": project_id}).one())


def last_end(project_id: int) -> HoldEnd | None:
    """Return how the project's latest hold ended of those that have, None without one."""
    row = db.session.execute(_last_end, {"project": project_id}).first()
    return None if row is None else HoldEnd(*row)


def latest(project_id: int) -> list[PastHold]:
    """Return the project's holds, the newest first, the latest five of them."""
    found = db.session.execute(_latest, {"project": project_id})
    width = len(open_hold.COLUMNS)
    return [PastHold(Hold(*row[:width]), _end_of(*row[width:])) for row in found]


def end_of(work: UnitOfWork, hold_id: int) -> HoldEnd | None:
    """Return how a hold of the project ended; None where it has not, or is none."""
    row = work.execute(_end, {"project": work.project_id, "hold": hold_id}).first()
    return None if row is None else HoldEnd(*row)


def read(work: UnitOfWork) -> Hold | None:
    """Return the project's open hold; None where its queue is not held."""
    return open_hold.of(work.execute(_open, {"project": work.project_id}).one())


def is_held(work: UnitOfWork) -> bool:
    """Return whether the project's queue is held."""
    return work.execute(_is_held, {"project": work.project_id}).scalar_one()


def place(work: UnitOfWork, reason: str) -> Hold:
    """Hold the queue, which is not held."""
    work.execute(
        _place,
        {
            "project_id": work.project_id,
            "door": work.actor.door,
            "held_at": now(),
            "reason": reason,
            "user_id": work.actor.user_id,
            "api_key_id": work.actor.api_key_id,
        },
    )
    _, *placed = work.execute(_open, {"project": work.project_id}).one()
    return Hold(*placed)


def lift(work: UnitOfWork, hold: Hold, moment: datetime) -> None:
    """End a hold."""
    values = {"by_user": work.actor.user_id, "by_key": work.actor.api_key_id}
    work.execute(_lift, {"hold": hold.id, "moment": moment, **values})


def _end_of(
    at: datetime | None, user_id: int | None, email: str | None, api_key: str | None
) -> HoldEnd | None:
    return None if at is None else HoldEnd(at, user_id, email, api_key)
