"""Caps that are proposed for goals that sum up, by what the project's own visitors did of late."""

from datetime import date, timedelta

from sqlalchemy import Double, case, cast, func, select

from app.core.days import day_of
from app.database.engine import db
from app.models import Conversion, Exposure, Goal, GoalKind, Project, RunGoal, is_left_out, now

LOOKED_BACK = timedelta(days=28)
SMALLEST_CAP, LARGEST_CAP = 1e-6, 1e9
"""Beside the square of a larger one those of usual orders would be lost, for good: fractions have
so many digits and no more."""
EXCEEDED_BY = 0.01
"""How many of those who reached the goal did more than what is proposed."""


def proposed(project_id: int) -> dict[str, float]:
    """Return by the goals' keys what one in a hundred exceeded, of those who came in 28 days.

    A goal that nobody has reached has none.
    """
    did = case(
        (Goal.kind == GoalKind.REVENUE, Conversion.value), else_=cast(Conversion.events, Double)
    )
    ranked = (
        select(
            Goal.key,
            did.label("did"),
            func.cume_dist().over(partition_by=Goal.id, order_by=did).label("share"),
        )
        .join(RunGoal, RunGoal.goal_id == Goal.id)
        .join(
            Conversion,
            (Conversion.run_id == RunGoal.run_id) & (Conversion.goal_id == RunGoal.goal_id),
        )
        .join(Exposure, (Exposure.run_id == Conversion.run_id) & (Exposure.unit == Conversion.unit))
        .where(
            Goal.project_id == project_id,
            Goal.kind != GoalKind.CONVERSION,
            Goal.retired_at.is_(None),
            Exposure.day >= _today(project_id) - LOOKED_BACK,
            ~is_left_out(Exposure.run_id, Exposure.day),
        )
        .subquery()
    )
    statement = (
        select(ranked.c.key, func.min(ranked.c.did))
        .where(ranked.c.share >= 1 - EXCEEDED_BY, ranked.c.did > 0)
        .group_by(ranked.c.key)
    )
    rounded = {key: float(f"{did:.6g}") for key, did in db.session.execute(statement)}
    return {key: did for key, did in rounded.items() if SMALLEST_CAP <= did <= LARGEST_CAP}


def _today(project_id: int) -> date:
    zone = select(Project.time_zone).where(Project.id == project_id)
    return day_of(now(), db.session.scalars(zone).one())
