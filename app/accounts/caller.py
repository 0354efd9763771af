"""Callers: somebody known in one project, by key or by session, or an admin of them all."""

from dataclasses import dataclass
from typing import NamedTuple

from app.accounts import key_rights, roles
from app.database.rows.heartbeats import Away
from app.database.rows.open_hold import Hold
from app.models import Actor, Door, Role, Scope


class State(NamedTuple):
    """What the pages of a project depend on, whoever reads them."""

    version: int
    nonce: str
    overdue: int
    jobs_away: Away | None


@dataclass(frozen=True)
class Admin:
    """An admin who is signed in, for what belongs to no project."""

    user_id: int
    project_id: None = None
    api_key_id: None = None

    def actor(self) -> Actor:
        """Return the admin as the audit trail names them."""
        return Actor(Door.BROWSER, self.user_id)


@dataclass(frozen=True)
class Caller:
    """Somebody known, in one project. Exactly one of `user_id` and `api_key_id` is set.

    A key may be limited to `scopes`: None is everything that its role covers.

    Of a person who reads a page, all that every page of the project says is known as well: the
    `hold` of its queue, how many scheduled changes are `overdue`, since when the jobs are away that
    would carry them out, whether a request of theirs for slots was answered (`has_answer`), and
    whether everybody gets a variant of anything in the project (`has_shipped`).
    """

    project_id: int
    project_key: str
    project_name: str
    project_version: int
    project_nonce: str
    role: Role
    user_id: int | None = None
    api_key_id: int | None = None
    scopes: frozenset[Scope] | None = None
    hold: Hold | None = None
    overdue: int = 0
    jobs_away: Away | None = None
    has_answer: bool = False
    has_shipped: bool = False

    @property
    def judged_at(self) -> State:
        """Return what `state` gave of the project when the caller was judged in it."""
        return State(self.project_version, self.project_nonce, self.overdue, self.jobs_away)

    def actor(self, key_door: Door) -> Actor:
        """Return the caller as history names them; `key_door` is the door that keys come in by."""
        door = Door.BROWSER if self.user_id else key_door
        return Actor(door, self.user_id, self.api_key_id, self.scopes)

    def may(self, role: Role) -> bool:
        """Return whether the caller's role covers `role`."""
        return roles.covers(self.role, role)

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
            raise roles.takes(role, self.role, is_key=self.api_key_id is not None)

    def has(self, *scopes: Scope) -> bool:
        """Return whether the caller is not limited to other scopes than these."""
        return self.scopes is None or not self.scopes.isdisjoint(scopes)

    def require_scope(self, *scopes: Scope) -> None:
        """Raise Forbidden for a key that is limited to other scopes than these."""
        if not self.has(*scopes):
            raise key_rights.lacks(self.scopes, *scopes)
