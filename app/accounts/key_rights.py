"""What a key gives: to each scope its part, and never more than whoever made it may now.

A key that somebody has made follows their role in the project: where they are demoted it may do
less, and once they have left it opens nothing. Nobody knows who made those of the command line and
of earlier versions: they give what an owner may.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    bindparam,
    exists,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from app.accounts import roles
from app.core.errors import DomainError, Forbidden, Unauthenticated
from app.models import Actor, ApiKey, Membership, Project, Role, Scope, in_order, now, table_of

NO_KEY = "Invalid or missing API key."

_projects, _api_keys = table_of(Project), table_of(ApiKey)
_project, _api_key = _projects.c, _api_keys.c
_makers = table_of(Membership).alias("maker")
_of_maker = (_makers.c.user_id == _api_key.made_by_id) & (
    _makers.c.project_id == _api_key.project_id
)
# Joined, so that a statement which reads projects does not take them for its own.
KEYS = _api_keys.join(_projects).outerjoin(_makers, _of_maker)
"""Keys with their projects, and with the membership of whoever made each."""
MAKERS_ROLE = _makers.c.role

_standing = (
    select(
        _project.retired_at,
        _api_key.revoked_at,
        _api_key.expires_at,
        _api_key.made_by_id,
        MAKERS_ROLE.label("makers_role"),
    )
    .select_from(KEYS)
    .where(_api_key.id == bindparam("api_key"))
)


def opens(
    api_key: ColumnElement[Any],
    moment: ColumnElement[Any],
    role: Role,
    scope: Scope | None = None,
) -> ColumnElement[bool]:
    """Return the condition that a key opens its project, for what takes `role`.

    And, where that is said, a scope.
    """
    conditions = [
        _api_key.id == api_key,
        _api_key.revoked_at.is_(None),
        or_(_api_key.expires_at.is_(None), _api_key.expires_at > moment),
        _project.retired_at.is_(None),
        or_(_api_key.made_by_id.is_(None), roles.covering(MAKERS_ROLE, role)),
    ]
    if scope is not None:
        names = type_coerce(_api_key.scopes, String)
        conditions.append(or_(names.is_(None), names.contains(scope.value)))
    return exists().select_from(KEYS).where(*conditions)


def role_of(made_by_id: int | None, makers_role: Role | None) -> Role:
    """Return the role that an admin key gives, as `role_by_maker` does.

    Raises Unauthenticated where whoever made it has left the project.
    """
    role = role_by_maker(made_by_id, makers_role)
    if role is None:
        raise Unauthenticated("Whoever made this key does not belong to the project any more.")
    return role


def role_by_maker(made_by_id: int | None, makers_role: Role | None) -> Role | None:
    """Return the role that an admin key gives, by whoever made it and the role that they have now.

    None where they have left; what nobody is known to have made gives all.
    """
    return Role.OWNER if made_by_id is None else makers_role


def is_valid(revoked_at: datetime | None, expires_at: datetime | None, moment: datetime) -> bool:
    """Return whether a key with these ends opens its project at `moment`."""
    return revoked_at is None and (expires_at is None or moment < expires_at)


def ended(database: Session | Connection, api_key_id: int | None, role: Role) -> DomainError:
    """Return how a key is told whose right to what takes `role` ended since it was asked."""
    row = database.execute(_standing, {"api_key": api_key_id}).first()
    if row is None:
        return Unauthenticated(NO_KEY)
    if row.retired_at:
        return Unauthenticated("The project of this key is retired.")
    if not is_valid(row.revoked_at, row.expires_at, now()):
        return Unauthenticated(NO_KEY)
    try:
        return roles.takes(role, role_of(row.made_by_id, row.makers_role), is_key=True)
    except Unauthenticated as left:
        return left


def may(actor: Actor, scope: Scope) -> bool:
    """Return whether what somebody may do is not limited to other scopes than this one."""
    return actor.scopes is None or scope in actor.scopes


def require_scope(actor: Actor, scope: Scope) -> None:
    """Raise Forbidden for a key that is limited to other scopes."""
    if not may(actor, scope):
        raise lacks(actor.scopes, scope)


def lacks(scopes: Collection[Scope] | None, *wanted: Scope) -> Forbidden:
    """Return how a key with `scopes` is told that it has none of those that are wanted."""
    takes = {0: "a key that is not limited", 1: f"the scope {_list(wanted)}"}.get(
        len(wanted), f"one of the scopes {_list(wanted)}"
    )
    return Forbidden(f"This takes {takes}; this key has {_list(scopes or ())}.")


def _list(scopes: Collection[Scope]) -> str:
    return ", ".join(in_order(scopes))
