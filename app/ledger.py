"""What a change of status reads and writes: the locked project, the experiment, one history row.

Statements are built once, at import: this is the path that every start and pause takes.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from app.models import Door, Experiment, History, Project, Status, table_of


@dataclass(frozen=True)
class Subject:
    """An experiment as the rules see it."""

    test_id: int
    public_id: str
    project_id: int
    key: str
    name: str
    status: Status
    started_at: datetime | None


@dataclass(frozen=True)
class Actor:
    """Who changes something, and through which door; neither person nor key: the command line."""

    door: Door
    user_id: int | None = None
    api_key_id: int | None = None


@dataclass(frozen=True)
class Timestamps:
    """The moments that a status brings with it."""

    changed_at: datetime
    started_at: datetime | None
    stopped_at: datetime | None


_experiments = table_of(Experiment)
_projects = table_of(Project)
_experiment, _project = _experiments.c, _projects.c

_lock_project = (
    select(_project.id).where(_project.id == bindparam("project")).with_for_update(key_share=True)
)
_subject = select(
    _experiment.test_id,
    _experiment.public_id,
    _experiment.project_id,
    _experiment.key,
    _experiment.name,
    _experiment.status,
    _experiment.started_at,
).where(_experiment.project_id == bindparam("project"))
_read = _subject.where(_experiment.test_id == bindparam("experiment"))
_read_by_public_id = _subject.where(_experiment.public_id == bindparam("experiment"))
_set_status = (
    update(_experiments)
    .where(_experiment.test_id == bindparam("experiment"))
    .values(
        status=bindparam("to_status"),
        started_at=bindparam("new_started_at"),
        stopped_at=bindparam("new_stopped_at"),
        changed_at=bindparam("moment"),
        updated_at=bindparam("moment"),
        user_id=bindparam("by_user"),
        api_key_id=bindparam("by_key"),
    )
)
_add_history = insert(table_of(History)).inline()
_bump_version = (
    update(_projects)
    .where(_project.id == bindparam("project"))
    .values(version=_project.version + 1)
)


def lock_project(session: Session, project_id: int) -> None:
    """Let nobody else change statuses in this project until the unit of work ends."""
    session.execute(_lock_project, {"project": project_id})


def bump_version(session: Session, project_id: int) -> None:
    """Tell every page of the project that something on it has changed."""
    session.execute(_bump_version, {"project": project_id})


def read(session: Session, project_id: int, test_id: int) -> Subject | None:
    """The experiment as it is now, None if the project has no such one."""
    row = session.execute(_read, {"project": project_id, "experiment": test_id}).first()
    return None if row is None else Subject(*row)


def read_by_public_id(session: Session, project_id: int, public_id: str) -> Subject | None:
    """`read` by the experiment's `exp_` id."""
    values = {"project": project_id, "experiment": public_id}
    row = session.execute(_read_by_public_id, values).first()
    return None if row is None else Subject(*row)


def record(
    session: Session, experiment: Subject, target: Status, moments: Timestamps, actor: Actor
) -> None:
    """Write the new status, its one history row, and the project's new version."""
    session.execute(
        _set_status,
        {
            "experiment": experiment.test_id,
            "to_status": target,
            "new_started_at": moments.started_at,
            "new_stopped_at": moments.stopped_at,
            "moment": moments.changed_at,
            "by_user": actor.user_id,
            "by_key": actor.api_key_id,
        },
    )
    session.execute(
        _add_history,
        {
            "test_id": experiment.test_id,
            "from_status": experiment.status,
            "to_status": target,
            "door": actor.door,
            "at": moments.changed_at,
            "user_id": actor.user_id,
            "api_key_id": actor.api_key_id,
        },
    )
    bump_version(session, experiment.project_id)
