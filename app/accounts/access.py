"""Access: the caller, by key or by session, and their rights in one project."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Integer,
    Row,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from app.core import queue_hold
from app.core.database import db, read_row
from app.core.errors import DomainError, Forbidden, NotFound, Retired, Unauthenticated
from app.core.queue_hold import Hold
from app.core.transactions import writing
from app.models import (
    OVERDUE_AFTER,
    Actor,
    ApiKey,
    Door,
    Experiment,
    KeyType,
    Membership,
    Project,
    Role,
    ScheduledChange,
    User,
    now,
    table_of,
)

LAST_USED_PRECISION = timedelta(minutes=1)
_RANKS = {Role.VIEWER: 0, Role.MARKETER: 1, Role.OWNER: 2}


@dataclass(frozen=True)
class Caller:
    """Somebody known, in one project. Exactly one of `user_id` and `api_key_id` is set.

    What all pages of the project say is known of who reads one: the `hold` of its queue, and how
    many scheduled changes are `overdue`.
    """

    project_id: int
    project_key: str
    project_name: str
    project_version: int
    role: Role
    user_id: int | None = None
    api_key_id: int | None = None
    hold: Hold | None = None
    overdue: int = 0

    def actor(self, key_door: Door) -> Actor:
        """Return the caller as history names them; `key_door` is the door that keys come in by."""
        door = Door.BROWSER if self.user_id else key_door
        return Actor(door, user_id=self.user_id, api_key_id=self.api_key_id)

    def may(self, role: Role) -> bool:
        """Return whether the caller's role covers `role`."""
        return _RANKS[self.role] >= _RANKS[role]

    @property
    def may_change(self) -> bool:
        """Return whether the caller changes experiments, and what waits to start by itself."""
        return self.may(Role.MARKETER)

    @property
    def is_owner(self) -> bool:
        """Return whether the caller manages the project's keys and members."""
        return self.may(Role.OWNER)

    def require(self, role: Role) -> None:
        """Raise Forbidden unless the caller's role covers `role`."""
        if not self.may(role):
            raise _takes_role(role, self.role)


_projects, _experiments = table_of(Project), table_of(Experiment)
_api_keys, _memberships = table_of(ApiKey), table_of(Membership)
_scheduled_changes = table_of(ScheduledChange)
_project, _api_key, _membership = _projects.c, _api_keys.c, _memberships.c
_user = table_of(User).c
_PROJECT_COLUMNS = (_project.id, _project.key, _project.name, _project.version)

_by_token = (
    select(
        *_PROJECT_COLUMNS,
        _api_key.id.label("api_key_id"),
        _api_key.type,
        _api_key.expires_at,
        _api_key.revoked_at,
        _api_key.last_used_at,
        _project.retired_at,
    )
    .join_from(_api_keys, _projects)
    .where(_api_key.token_hash == bindparam("token_hash"))
)
_of_member = (
    select(*_PROJECT_COLUMNS, _membership.role, _project.retired_at)
    .join_from(_memberships, _projects)
    .where(_membership.user_id == bindparam("user"))
)
_by_membership = _of_member.where(_project.key == bindparam("name"))
_overdue = (
    select(func.count())
    .select_from(_scheduled_changes)
    .where(
        _scheduled_changes.c.project_id == _project.id,
        _scheduled_changes.c.at < bindparam("overdue_before"),
    )
    .correlate(_projects)
    .scalar_subquery()
)
_as_reader = queue_hold.joined(_by_membership).add_columns(_overdue)
_state = select(_project.version, _overdue).where(_project.id == bindparam("project"))
_by_experiment = _of_member.join(_experiments, _experiments.c.project_id == _project.id).where(
    _experiments.c.public_id == bindparam("name")
)
_standing = (
    select(_project.name, _project.retired_at, _membership.role)
    .outerjoin_from(
        _projects,
        _memberships,
        (_membership.project_id == _project.id) & (_membership.user_id == bindparam("user")),
    )
    .where(_project.id == bindparam("project"))
)
_note_use = (
    update(_api_keys)
    .where(
        _api_key.id == bindparam("used"),
        (_api_key.last_used_at < bindparam("before")) | _api_key.last_used_at.is_(None),
    )
    .values(last_used_at=bindparam("moment"))
)


def token_hash(token: str) -> str:
    """Return what the database keeps of a token: its SHA-256, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_valid(revoked_at: datetime | None, expires_at: datetime | None, moment: datetime) -> bool:
    """Return whether a key with these ends opens its project at `moment`."""
    return revoked_at is None and (expires_at is None or moment < expires_at)


def by_token(token: str) -> Caller:
    """Return the caller with this admin key.

    Unauthenticated when it is unknown, revoked, expired, a key for visitors alone, or of a retired
    project.
    """
    row = read_row(_by_token, {"token_hash": token_hash(token)})
    moment = now()
    if row is None or not is_valid(row.revoked_at, row.expires_at, moment):
        raise Unauthenticated("Invalid or missing API key.")
    if row.type is not KeyType.ADMIN:
        raise Unauthenticated(
            f"This is a {row.type} key: it may evaluate and collect, nothing else."
        )
    if row.retired_at:
        raise Unauthenticated("The project of this key is retired.")
    if row.last_used_at is None or moment - row.last_used_at > LAST_USED_PRECISION:
        with writing() as session:
            note_use(session, row.api_key_id, moment)
    return Caller(*row[:4], role=Role.OWNER, api_key_id=row.api_key_id)


def note_use(session: Session, api_key_id: int, moment: datetime) -> None:
    """Remember when a key was last used, to the minute."""
    values = {"used": api_key_id, "moment": moment, "before": moment - LAST_USED_PRECISION}
    session.execute(_note_use, values)


def by_membership(user_id: int, project_key: str) -> Caller:
    """Return the user in the project of this key.

    NotFound when they are not a member or it is none, Retired where it is that.
    """
    return _member(_by_membership, user_id, project_key, "Project not found.")


def as_reader(user_id: int, project_key: str) -> Caller:
    """Do what `by_membership` does, with what all pages of the project say."""
    values = {"user": user_id, "name": project_key, "overdue_before": now() - OVERDUE_AFTER}
    row = _found(db.session.execute(_as_reader, values).first(), "Project not found.")
    *member, _retired_at = row[:6]
    hold = queue_hold.of(row[6:-1])
    return Caller(*member, user_id=user_id, hold=hold, overdue=row[-1])


def state(project_id: int) -> tuple[int, int] | None:
    """Return the project's version and how many scheduled changes are overdue in it now.

    None when there is no such project.
    """
    values = {"project": project_id, "overdue_before": now() - OVERDUE_AFTER}
    row = db.session.execute(_state, values).first()
    return None if row is None else (row[0], row[1])


def by_experiment(user_id: int, public_id: str) -> Caller:
    """Return the user in the project of this experiment; NotFound as for a project."""
    return _member(_by_experiment, user_id, public_id, "Experiment not found.")


def may_change(
    user: ColumnElement[Any],
    api_key: ColumnElement[Any],
    project: ColumnElement[Any],
    moment: ColumnElement[Any],
    role: Role = Role.MARKETER,
) -> ColumnElement[bool]:
    """Return the condition that a person or a key may change a project: what takes `role` in it.

    Nobody may in a retired one. Neither of them is the command line, which may.
    """
    covering = [each for each, rank in _RANKS.items() if rank >= _RANKS[role]]
    # Joined, so that a statement which reads projects does not take them for its own.
    is_member = (
        exists()
        .select_from(_memberships.join(_projects))
        .where(
            _membership.user_id == user,
            _membership.project_id == project,
            _membership.role.in_(covering),
            _project.retired_at.is_(None),
        )
    )
    is_open = (
        exists()
        .select_from(_api_keys.join(_projects))
        .where(
            _api_key.id == api_key,
            _api_key.revoked_at.is_(None),
            or_(_api_key.expires_at.is_(None), _api_key.expires_at > moment),
            _project.retired_at.is_(None),
        )
    )
    return and_(or_(user.is_(None), is_member), or_(api_key.is_(None), is_open))


def may_have_planned(
    user: ColumnElement[Any],
    api_key: ColumnElement[Any],
    project: ColumnElement[Any],
    moment: ColumnElement[Any],
) -> ColumnElement[bool]:
    """Return the condition that a start which waits for a person or a key may still happen.

    It may for an admin too, who belongs to no project: they take over what they keep of others.
    """
    return or_(may_change(user, api_key, project, moment), _is_admin(user))


def _is_admin(user: ColumnElement[Any]) -> ColumnElement[bool]:
    return exists().where(_user.id == user, _user.is_admin)


BY_USER = bindparam("by_user", type_=Integer)
BY_KEY = bindparam("by_key", type_=Integer)
MOMENT = bindparam("moment", type_=_api_key.expires_at.type)
_ASKING = (BY_USER, BY_KEY, bindparam("project", type_=Integer), MOMENT)
_RIGHTS = {
    Role.VIEWER: select(may_change(*_ASKING, Role.VIEWER)),
    Role.MARKETER: select(may_change(*_ASKING)),
    # Admins give out members and keys, too, of projects that they do not belong to.
    Role.OWNER: select(or_(may_change(*_ASKING, Role.OWNER), _is_admin(BY_USER))),
}
_planned = select(may_have_planned(*_ASKING))


def may_still_have_planned(database: Session | Connection, project_id: int, actor: Actor) -> bool:
    """Return whether a start that somebody asked for earlier may still happen in the project."""
    return database.execute(_planned, {"project": project_id, **asking(actor)}).scalar_one()


def require_right(
    database: Session | Connection, project_id: int, actor: Actor, role: Role = Role.MARKETER
) -> None:
    """Raise what `ended` returns where somebody may not do what takes `role` any more.

    What takes an owner, an admin may do too.
    """
    values = {"project": project_id, **asking(actor)}
    if not database.execute(_RIGHTS[role], values).scalar_one():
        raise ended(database, project_id, actor, role)


def asking(actor: Actor) -> dict[str, object]:
    """Return the values of `BY_USER`, `BY_KEY` and `MOMENT` for somebody who acts now."""
    return {"by_user": actor.user_id, "by_key": actor.api_key_id, "moment": now()}


def ended(
    database: Session | Connection, project_id: int, actor: Actor, role: Role = Role.MARKETER
) -> DomainError:
    """Return how somebody is told whose right to what takes `role` ended since they asked."""
    values = {"user": actor.user_id, "project": project_id}
    standing = database.execute(_standing, values).one()
    if actor.user_id is None:
        retired = "The project of this key is retired."
        return Unauthenticated(retired if standing.retired_at else "Invalid or missing API key.")
    if standing.role is None:
        return NotFound("Project not found.")
    return _retired(standing.name) if standing.retired_at else _takes_role(role, standing.role)


def _takes_role(role: Role, present: Role) -> Forbidden:
    return Forbidden(f"This takes the role {role} in the project; yours is {present}.")


def _member(statement: Executable, user_id: int, name: str, missing: str) -> Caller:
    values = {"user": user_id, "name": name}
    *known, _retired_at = _found(db.session.execute(statement, values).first(), missing)
    return Caller(*known, user_id=user_id)


def _found(row: Row[Any] | None, missing: str) -> Row[Any]:
    """Return the row of a member; NotFound without one, Retired where the project is that."""
    if row is None:
        raise NotFound(missing)
    if row.retired_at:
        raise _retired(row.name)
    return row


def _retired(name: str) -> Retired:
    return Retired(
        f"“{name}” is retired: what it recorded is kept, and an admin can bring it back."
    )
