"""Demand for slots over time: refused starts and requests, by project, plan and week."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, literal, select, tuple_

from app.database.engine import db
from app.models import Plan, Project, SlotDemand, now

WEEKS = 12
WEEK = timedelta(days=7)
EXPORTED_AT_ONCE = 1_000


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


def exported() -> Iterator[Sequence[OnDay]]:
    """Return all demand by day, the oldest first, some at a time."""
    found = db.session.execute(_BY_DAY.limit(EXPORTED_AT_ONCE)).all()
    while found:
        yield [_on_day(row) for row in found]
        last = found[-1]
        behind = tuple_(*_PLACE) > tuple_(*(literal(value) for value in last[:3]))
        found = db.session.execute(_BY_DAY.where(behind).limit(EXPORTED_AT_ONCE)).all()


def _since(day: date) -> Sequence[OnDay]:
    """Return all demand since a day, by plan, project and day."""
    in_order = _DEMAND.where(SlotDemand.day >= day).order_by(
        Plan.code, Project.sort_name, Project.id, SlotDemand.day
    )
    return [_on_day(row) for row in db.session.execute(in_order)]


def _on_day(row: Row[*tuple[Any, ...]]) -> OnDay:
    day, plan_code, _, *others = row
    return OnDay(day, plan_code, *others)


_PLACE = (SlotDemand.day, SlotDemand.plan_code, SlotDemand.project_id)
_DEMAND: Select[*tuple[Any, ...]] = (
    select(
        *_PLACE,
        Plan.name,
        Project.key,
        Project.name,
        SlotDemand.refusals,
        SlotDemand.requests,
    )
    .join(Plan, Plan.code == SlotDemand.plan_code)
    .join(Project, Project.id == SlotDemand.project_id)
)
_BY_DAY = _DEMAND.order_by(*_PLACE)


def by_week(mondays: Sequence[date]) -> list[OfProject]:
    """Return the demand of the weeks that began then, by plan and project."""
    days = _since(mondays[0])
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
