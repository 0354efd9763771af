"""The limit of a project: its plan's, or another that an admin has given it until a moment.

By the clock: where nobody takes an override away whose time is up, it counts no more all the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, or_

from app.models import Plan, PlanOverride, Project, now, table_of


class SlotRoom(StrEnum):
    """What room the limit of a project leaves: it has a free slot, none, or more is live."""

    OVER = "over"
    AT = "at"
    FREE = "free"


@dataclass(frozen=True)
class Override:
    """Until when another limit than the plan's holds in a project, why, and the plan's, `after`.

    None is unlimited.
    """

    until: datetime
    reason: str
    after: int | None


_overrides, _override = table_of(PlanOverride), table_of(PlanOverride).c
_project, _plan = table_of(Project).c, table_of(Plan).c
_NOW = bindparam("limit_at", callable_=now, type_=_override.until.type)

LIMIT = case(
    (_override.project_id.is_not(None), _override.experiments_running),
    else_=_plan.experiments_running,
)
"""The limit of each row of a statement that is `joined`; empty without one."""
HAVING: Mapping[SlotRoom, ColumnElement[bool]] = {
    SlotRoom.OVER: _project.running_count > LIMIT,
    SlotRoom.AT: _project.running_count == LIMIT,
    SlotRoom.FREE: or_(LIMIT.is_(None), _project.running_count < LIMIT),
}
"""The condition that a project has such room, in a statement that is `joined`."""
COLUMNS = (_override.until, _override.reason, _plan.experiments_running)


def room(running: int, limit: int | None) -> SlotRoom:
    """Return what room a limit leaves where so many run; None is unlimited."""
    if limit is None or running < limit:
        return SlotRoom.FREE
    return SlotRoom.AT if running == limit else SlotRoom.OVER


def joined(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Return a statement about projects and their plans that may have `LIMIT` and `COLUMNS`."""
    in_force = (_override.project_id == _project.id) & (_override.until > _NOW)
    return statement.outerjoin(_overrides, in_force)


def of(row: Sequence[Any]) -> Override | None:
    """Return the override that a row with `COLUMNS` at its end describes; None without one."""
    until, reason, after = row[-len(COLUMNS) :]
    return None if until is None else Override(until, reason, after)
