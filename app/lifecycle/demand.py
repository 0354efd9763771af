"""Counting of demand for slots: starts that a limit has refused, and requests for more."""

from datetime import UTC, datetime

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from app.database.unit_of_work import UnitOfWork
from app.models import Project, SlotDemand, now, table_of

Insert = sqlite.Insert | postgresql.Insert

_demand, _project = table_of(SlotDemand), table_of(Project).c
_plan_code = select(_project.plan_code).where(_project.id == bindparam("project")).scalar_subquery()
_VALUES = {
    "project_id": bindparam("project"),
    "plan_code": _plan_code,
    "day": bindparam("on_day", type_=_demand.c.day.type),
    "refusals": bindparam("more_refusals"),
    "requests": bindparam("more_requests"),
}


def _adding(insert: Insert) -> Insert:
    return insert.on_conflict_do_update(
        index_elements=[_demand.c.project_id, _demand.c.plan_code, _demand.c.day],
        set_={
            "refusals": _demand.c.refusals + insert.excluded.refusals,
            "requests": _demand.c.requests + insert.excluded.requests,
        },
    )


_ADD = {
    "sqlite": _adding(sqlite.insert(_demand).values(_VALUES)),
    "postgresql": _adding(postgresql.insert(_demand).values(_VALUES)),
}


def count(
    work: UnitOfWork, *, refusals: int = 0, requests: int = 0, at: datetime | None = None
) -> None:
    """Count refused starts and requests of a moment's day in UTC, by default now's.

    Under the plan that the project is on.
    """
    if not refusals and not requests:
        return
    values = {
        "project": work.project_id,
        "on_day": (at or now()).astimezone(UTC).date(),
        "more_refusals": refusals,
        "more_requests": requests,
    }
    work.execute(_ADD[work.storage.connection.dialect.name], values)
