"""The row of a project: whoever changes something in it moves its version on.

A version counts, and has a random nonce beside it: after an older state of the database was
restored, a number that comes again is told from the one that was abandoned. A server that knows no
nonce moves the number alone, so both are compared.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, String, bindparam, select, update
from sqlalchemy.orm import Session

from app.models import Project, new_nonce, table_of

_projects = table_of(Project)
_project = _projects.c

# What an update of a project sets to move its version on; a nonce is drawn at each execution.
NEXT_VERSION: dict[str, Any] = {
    "version": _project.version + 1,
    "nonce": bindparam("new_nonce", callable_=new_nonce, type_=String()),
}
_bump_version = update(_projects).where(_project.id == bindparam("project")).values(NEXT_VERSION)


def bump_version(database: Session | Connection, project_id: int) -> None:
    """Tell every page of the project that something on it has changed."""
    database.execute(_bump_version, {"project": project_id})


def whole(session: Session, project_ids: Collection[int]) -> frozenset[int]:
    """Return those of the projects that there are, and of which nothing is being erased."""
    statement = select(Project.id).where(Project.id.in_(project_ids), Project.unit_salt != "")
    return frozenset(session.scalars(statement))
