"""Demand for slots over time: refused starts and requests, by project, plan and week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from itertools import groupby

from sqlalchemy import select

from app.database.engine import db
from app.models import Plan, Project, SlotDemand, now

WEEKS = 12
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class OnDay:
    """The demand of a project on a day of UTC, under the plan that it was on then."""

    day: date
    plan_code: int
    plan_name: str
    project_key: str
    project_name: str
    refusals: int
    requests: int


@dataclass(frozen=True)
class OfProject:
    """The demand of a project under a plan, week by week, the oldest first."""

    plan_code: int
    plan_name: str
    project_key: str
    project_name: str
    refusals: tuple[int, ...]
    requests: tuple[int, ...]


def weeks() -> list[date]:
    """Return the Mondays on which the latest weeks began, the oldest first; the last is this."""
    today = now().astimezone(UTC).date()
    monday = today - timedelta(days=today.weekday())
    return [monday - WEEK * back for back in reversed(range(WEEKS))]


def by_day(since: date | None = None) -> Sequence[OnDay]:
    """Return all demand since a day, by plan, project and day."""
    statement = (
        select(
            SlotDemand.day,
            Plan.code,
            Plan.name,
            Project.key,
            Project.name,
            SlotDemand.refusals,
            SlotDemand.requests,
        )
        .join(Plan, Plan.code == SlotDemand.plan_code)
        .join(Project, Project.id == SlotDemand.project_id)
        .order_by(Plan.code, Project.sort_name, Project.id, SlotDemand.day)
    )
    if since is not None:
        statement = statement.where(SlotDemand.day >= since)
    return [OnDay(*row) for row in db.session.execute(statement)]


def by_week(mondays: Sequence[date]) -> list[OfProject]:
    """Return the demand of the weeks that began then, by plan and project."""
    days = by_day(mondays[0])
    return [
        _of_project(list(found), mondays)
        for _, found in groupby(days, key=lambda each: (each.plan_code, each.project_key))
    ]


def _of_project(found: Sequence[OnDay], mondays: Sequence[date]) -> OfProject:
    first = found[0]
    weeks_of = [(each.day - mondays[0]) // WEEK for each in found]
    refusals, requests = ([0] * len(mondays) for _ in range(2))
    for week, each in zip(weeks_of, found, strict=True):
        refusals[week] += each.refusals
        requests[week] += each.requests
    return OfProject(
        first.plan_code,
        first.plan_name,
        first.project_key,
        first.project_name,
        tuple(refusals),
        tuple(requests),
    )
