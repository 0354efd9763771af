"""Whose projects an overview goes over, and how many of each kind it shows."""

from typing import Any

from sqlalchemy import Integer, Select, bindparam, select

from app.accounts.members import is_open_to
from app.models import Membership, Project

MOST_OF_A_KIND = 10

is_mine = is_open_to(bindparam("user", type_=Integer))


def of_my_projects(*columns: Any) -> Select[*tuple[Any, ...]]:  # noqa: ANN401
    """Return the start of a statement over the projects that the reader, `user`, is in."""
    return (
        select(*columns)
        .select_from(Membership)
        .join(Project, Project.id == Membership.project_id)
        .where(is_mine)
    )
