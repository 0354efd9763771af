"""Projects of which something of their visitors may be written."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Project


def whole(session: Session, project_ids: Collection[int]) -> frozenset[int]:
    """Return those of the projects that there are, and of which nothing is being erased."""
    statement = select(Project.id).where(Project.id.in_(project_ids), Project.unit_salt != "")
    return frozenset(session.scalars(statement))
