"""How plans are used: what is on each of them, and where there is no room left."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from app.core.errors import NotFound
from app.database.engine import db
from app.database.rows import plan_limits
from app.database.rows.plan_limits import HAVING, SlotRoom
from app.models import Plan, Project


@dataclass(frozen=True)
class Usage:
    """A plan, how many projects are on it, and how many experiments are live in all of them.

    `at_limit` are the projects whose slots are all taken, `over` those in which more is live.
    Retired projects are not counted.
    """

    plan: Plan
    projects: int
    live: int
    at_limit: int
    over: int


def listed() -> Sequence[Usage]:
    """Return all plans with their usage, by code, those that are retired too."""
    return [Usage(*row) for row in db.session.execute(_USAGE)]


def of(code: int) -> Usage:
    """Return the usage of the plan with this code; NotFound when there is none."""
    row = db.session.execute(_USAGE.where(Plan.code == code)).first()
    if row is None:
        raise NotFound("Plan not found.")
    return Usage(*row)


_USAGE: Select[*tuple[Any, ...]] = (
    plan_limits.joined(
        select(
            Plan,
            func.count(Project.id),
            func.coalesce(func.sum(Project.running_count), 0),
            func.count(Project.id).filter(HAVING[SlotRoom.AT]),
            func.count(Project.id).filter(HAVING[SlotRoom.OVER]),
        ).outerjoin(Project, (Project.plan_code == Plan.code) & Project.retired_at.is_(None))
    )
    .group_by(Plan.code)
    .order_by(Plan.code)
)
