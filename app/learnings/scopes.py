"""Whose learnings somebody may see: those of their projects, and admins those of all."""

from sqlalchemy import Select, select

from app.database.engine import db
from app.experiments import filters
from app.models import Project


def of_reader(user_id: int, *, is_admin: bool) -> Select[int]:
    """Return the scope of all projects of which somebody may see the learnings."""
    if is_admin:
        return select(Project.id).where(Project.retired_at.is_(None))
    return filters.of_member(user_id)


def projects_of_member(user_id: int) -> frozenset[int]:
    """Return the ids of the projects whose pages somebody may open."""
    return frozenset(db.session.scalars(filters.of_member(user_id)))
