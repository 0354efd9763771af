"""The row of a project: whoever changes something in it moves its version on."""

from sqlalchemy import Connection, bindparam, update
from sqlalchemy.orm import Session

from app.models import Project, table_of

_projects = table_of(Project)
_project = _projects.c

_bump_version = (
    update(_projects)
    .where(_project.id == bindparam("project"))
    .values(version=_project.version + 1)
)


def bump_version(database: Session | Connection, project_id: int) -> None:
    """Tell every page of the project that something on it has changed."""
    database.execute(_bump_version, {"project": project_id})
