"""Access: who is calling, by key or by session, and in which project."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Executable, Row, bindparam, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.accounts import rights
from app.core import heartbeats, open_hold, overdue, waiting
from app.core.database import db, read_row
from app.core.database_errors import told_as_unavailable
from app.core.errors import NotFound, Unauthenticated, Unavailable
from app.core.heartbeats import Away
from app.core.open_hold import Hold
from app.core.rare_logs import first_line, log_rarely
from app.core.transactions import writing
from app.models import (
    Actor,
    ApiKey,
    Door,
    Experiment,
    KeyType,
    Membership,
    Project,
    Role,
    now,
    table_of,
)

LAST_USED_PRECISION = timedelta(minutes=1)
SECONDS_TO_NOTE = 0.05


class State(NamedTuple):
    """What the pages of a project depend on, whoever reads them."""

    version: int
    nonce: str
    overdue: int
    jobs_away: Away | None


@dataclass(frozen=True)
class Caller:
    """Somebody known, in one project. Exactly one of `user_id` and `api_key_id` is set.

    What all pages of the project say is known of who reads one: the `hold` of its queue, how many
    scheduled changes are `overdue`, and since when the jobs are away that would carry them out.
    """

    project_id: int
    project_key: str
    project_name: str
    project_version: int
    project_nonce: str
    role: Role
    user_id: int | None = None
    api_key_id: int | None = None
    hold: Hold | None = None
    overdue: int = 0
    jobs_away: Away | None = None

    @property
    def judged_at(self) -> State:
        """Return what `state` gave of the project when the caller was judged in it."""
        return State(self.project_version, self.project_nonce, self.overdue, self.jobs_away)

    def actor(self, key_door: Door) -> Actor:
        """Return the caller as history names them; `key_door` is the door that keys come in by."""
        door = Door.BROWSER if self.user_id else key_door
        return Actor(door, user_id=self.user_id, api_key_id=self.api_key_id)

    def may(self, role: Role) -> bool:
        """Return whether the caller's role covers `role`."""
        return rights.covers(self.role, role)

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
            raise rights.takes_role(role, self.role)


_projects, _experiments = table_of(Project), table_of(Experiment)
_api_keys, _memberships = table_of(ApiKey), table_of(Membership)
_project, _api_key, _membership = _projects.c, _api_keys.c, _memberships.c
_PROJECT_COLUMNS = (_project.id, _project.key, _project.name, _project.version, _project.nonce)

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
_overdue = overdue.count_in(_project.id)
_as_reader = open_hold.joined(_by_membership).add_columns(
    heartbeats.LAST_OF_JOBS.label("last_of_jobs"), _overdue
)
_state = select(_project.version, _project.nonce, _overdue, heartbeats.LAST_OF_JOBS).where(
    _project.id == bindparam("project")
)
_by_experiment = _of_member.join(_experiments, _experiments.c.project_id == _project.id).where(
    _experiments.c.public_id == bindparam("name")
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
        _try_to_note_use(row.api_key_id, moment)
    return Caller(*row[:5], role=Role.OWNER, api_key_id=row.api_key_id)


def _try_to_note_use(api_key_id: int, moment: datetime) -> None:
    """Note a use, if that can be done now: nobody is kept from reading, nor waits for long."""
    try:
        with waiting.at_most(SECONDS_TO_NOTE), writing() as session:
            note_use(session, api_key_id, moment)
    except (SQLAlchemyError, Unavailable) as error:
        if not told_as_unavailable(error):
            raise
        log_rarely("use not noted", "when keys were used cannot be noted: %s", first_line(error))


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
    moment = now()
    values = {"user": user_id, "name": project_key, **overdue.values(moment)}
    row = _found(db.session.execute(_as_reader, values).first(), "Project not found.")
    *member, _retired_at = row[:7]
    return Caller(
        *member,
        user_id=user_id,
        hold=open_hold.of(row[7:-2]),
        overdue=row[-1],
        jobs_away=heartbeats.away(row.last_of_jobs, moment),
    )


def state(project_id: int) -> State | None:
    """Return what a project's pages depend on now; None when there is no such project."""
    moment = now()
    row = db.session.execute(_state, {"project": project_id, **overdue.values(moment)}).first()
    return State(*row[:3], heartbeats.away(row[3], moment)) if row else None


def by_experiment(user_id: int, public_id: str) -> Caller:
    """Return the user in the project of this experiment; NotFound as for a project."""
    return _member(_by_experiment, user_id, public_id, "Experiment not found.")


def _member(statement: Executable, user_id: int, name: str, missing: str) -> Caller:
    values = {"user": user_id, "name": name}
    *known, _retired_at = _found(db.session.execute(statement, values).first(), missing)
    return Caller(*known, user_id=user_id)


def _found(row: Row[Any] | None, missing: str) -> Row[Any]:
    """Return the row of a member; NotFound without one, Retired where the project is that."""
    if row is None:
        raise NotFound(missing)
    if row.retired_at:
        raise rights.retired(row.name)
    return row
