"""Access by session: who is signed in, in which project, and what its pages say."""

from typing import Any

from sqlalchemy import Executable, Integer, Row, bindparam, exists, select

from app.accounts import rights
from app.accounts.caller import Caller, State
from app.core.errors import NotFound
from app.database.engine import db
from app.database.rows import heartbeats, open_answers, open_hold, overdue
from app.models import (
    Experiment,
    Membership,
    Project,
    is_shipped,
    now,
    table_of,
)

_projects, _experiments = table_of(Project), table_of(Experiment)
_memberships = table_of(Membership)
_project, _membership = _projects.c, _memberships.c
_MEMBER = (
    _project.id,
    _project.key,
    _project.name,
    _project.version,
    _project.nonce,
    _membership.role,
)

_of_member = (
    select(*_MEMBER, _project.retired_at)
    .join_from(_memberships, _projects)
    .where(_membership.user_id == bindparam("user"))
)
_by_membership = _of_member.where(_project.key == bindparam("name"))
_overdue = overdue.count_in(_project.id)
_has_answer = open_answers.has_answer(bindparam("user", type_=Integer), _project.id)
_experiment = _experiments.c
_has_shipped = exists().where(
    _experiment.project_id == _project.id, _experiment.shipped_at.is_not(None), is_shipped
)
_as_reader = open_hold.joined(
    _by_membership.add_columns(
        heartbeats.LAST_OF_JOBS.label("last_of_jobs"),
        _overdue.label("overdue"),
        _has_answer.label("has_answer"),
        _has_shipped.label("has_shipped"),
    )
)
_state = select(_project.version, _project.nonce, _overdue, heartbeats.LAST_OF_JOBS).where(
    _project.id == bindparam("project")
)
_by_experiment = _of_member.join(_experiments, _experiments.c.project_id == _project.id).where(
    _experiments.c.public_id == bindparam("name")
)


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
    return Caller(
        *row[: len(_MEMBER)],
        user_id=user_id,
        hold=open_hold.of(row),
        overdue=row.overdue,
        has_answer=row.has_answer,
        has_shipped=row.has_shipped,
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
    row = _found(db.session.execute(statement, values).first(), missing)
    return Caller(*row[: len(_MEMBER)], user_id=user_id)


def _found(row: Row[Any] | None, missing: str) -> Row[Any]:
    """Return the row of a member; NotFound without one, Retired where the project is that."""
    if row is None:
        raise NotFound(missing)
    if row.retired_at:
        raise rights.retired(row.name)
    return row
