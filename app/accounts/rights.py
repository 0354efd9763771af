"""Rights in a project: what each role covers, and whether somebody has theirs still.

A door has asked already when a change begins, but a right may end while the change waits for the
lock: it is asked again once that is taken.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from app.accounts import key_rights, roles
from app.core.errors import DomainError, Forbidden, NotFound, Retired
from app.database import unit_of_work
from app.database.unit_of_work import UnitOfWork
from app.models import Actor, ApiKey, Membership, Project, Role, Scope, User, now, table_of

_projects, _memberships = table_of(Project), table_of(Membership)
_project, _membership = _projects.c, _memberships.c
_user = table_of(User).c

_standing = (
    select(_project.name, _project.retired_at, _membership.role)
    .outerjoin_from(
        _projects,
        _memberships,
        (_membership.project_id == _project.id) & (_membership.user_id == bindparam("user")),
    )
    .where(_project.id == bindparam("project"))
)


def may_change(
    user: ColumnElement[Any],
    api_key: ColumnElement[Any],
    project: ColumnElement[Any],
    moment: ColumnElement[Any],
    role: Role = Role.MARKETER,
    scope: Scope | None = None,
) -> ColumnElement[bool]:
    """Return the condition that a person or a key may change a project: what takes `role` in it.

    A key has to have the `scope` too, where one is said. Nobody may in a retired project. Neither
    of them is the command line, which may.
    """
    # Joined, so that a statement which reads projects does not take them for its own.
    is_member = (
        exists()
        .select_from(_memberships.join(_projects))
        .where(
            _membership.user_id == user,
            _membership.project_id == project,
            roles.covering(_membership.role, role),
            _project.retired_at.is_(None),
        )
    )
    is_open = key_rights.opens(api_key, moment, role, scope)
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
    may_start = may_change(user, api_key, project, moment, scope=Scope.START)
    return or_(may_start, _is_admin(user))


def _is_admin(user: ColumnElement[Any]) -> ColumnElement[bool]:
    return exists().where(_user.id == user, _user.is_admin)


BY_USER = bindparam("by_user", type_=Integer)
BY_KEY = bindparam("by_key", type_=Integer)
MOMENT = bindparam("moment", type_=table_of(ApiKey).c.expires_at.type)
_ASKING = (BY_USER, BY_KEY, bindparam("project", type_=Integer), MOMENT)
_RIGHTS = {
    Role.VIEWER: select(may_change(*_ASKING, Role.VIEWER)),
    Role.MARKETER: select(may_change(*_ASKING)),
    # Admins give out members and keys, too, of projects that they do not belong to.
    Role.OWNER: select(or_(may_change(*_ASKING, Role.OWNER), _is_admin(BY_USER))),
}
_planned = select(may_have_planned(*_ASKING))
_admin = select(_is_admin(BY_USER))


def may_still_have_planned(database: Session | Connection, project_id: int, actor: Actor) -> bool:
    """Return whether a start that somebody asked for earlier may still happen in the project."""
    return database.execute(_planned, {"project": project_id, **asking(actor)}).scalar_one()


def require_right(
    database: Session | Connection, project_id: int, actor: Actor, role: Role = Role.MARKETER
) -> None:
    """Raise what `ended` returns where somebody may not do what takes `role` any more.

    An admin may do what takes an owner, also in a project that they do not belong to.
    """
    values = {"project": project_id, **asking(actor)}
    if not database.execute(_RIGHTS[role], values).scalar_one():
        raise ended(database, project_id, actor, role)


def require_admin(database: Session | Connection, actor: Actor) -> None:
    """Raise Forbidden for anybody but an admin, or the command line, which is nobody's."""
    is_command_line = actor.user_id is None and actor.api_key_id is None
    if is_command_line or database.execute(_admin, asking(actor)).scalar_one():
        return
    raise Forbidden("This is for admins.")


def asking(actor: Actor) -> dict[str, object]:
    """Return the values of `BY_USER`, `BY_KEY` and `MOMENT` for somebody who acts now."""
    return {"by_user": actor.user_id, "by_key": actor.api_key_id, "moment": now()}


def ended(
    database: Session | Connection, project_id: int, actor: Actor, role: Role = Role.MARKETER
) -> DomainError:
    """Return how somebody is told whose right to what takes `role` ended since they asked."""
    if actor.user_id is None:
        return key_rights.ended(database, actor.api_key_id, role)
    values = {"user": actor.user_id, "project": project_id}
    standing = database.execute(_standing, values).one()
    if standing.role is None:
        return NotFound("Project not found.")
    return retired(standing.name) if standing.retired_at else roles.takes(role, standing.role)


def retired(name: str) -> Retired:
    """Return how a member of a retired project is told."""
    return Retired(
        f"“{name}” is retired: it is closed to everybody. An admin can bring it back, unless it is"
        " being erased."
    )


@contextmanager
def changing_by_right(
    project_id: int, actor: Actor, role: Role = Role.MARKETER
) -> Generator[UnitOfWork]:
    """Begin a unit of work of a project for what takes `role` in it.

    Raises NotFound, Forbidden, Retired or Unauthenticated where the right to it has ended. A
    change that loads an experiment asks for the right with it, and begins by
    `unit_of_work.changing` alone.
    """
    with unit_of_work.changing(project_id, actor) as work:
        require_right(work.storage.connection, project_id, actor, role)
        yield work


@contextmanager
def changing_as_admin(project_id: int, actor: Actor) -> Generator[UnitOfWork]:
    """Begin a unit of work of a project for what admins do, whether they belong to it or not.

    Raises Forbidden where somebody is no admin any more.
    """
    with unit_of_work.changing(project_id, actor) as work:
        require_admin(work.storage.connection, actor)
        yield work
