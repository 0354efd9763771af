"""The row of a project: whoever changes something in it locks it, and moves its version on."""

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from app.models import Project, table_of

_projects = table_of(Project)
_project = _projects.c

_lock_project = (
    select(_project.id).where(_project.id == bindparam("project")).with_for_update(key_share=True)
)
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
