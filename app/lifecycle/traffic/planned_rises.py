"""Rises of traffic that wait for their moment, as a table, and as history keeps them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update

from app.core.validation import percents
from app.database.unit_of_work import UnitOfWork
from app.lifecycle import entries
from app.lifecycle.subjects import Subject
from app.models import Actor, FieldChange, Kind, ScheduledRise, table_of


@dataclass(frozen=True)
class PlannedRise:
    """A rise to a share of all visitors, in basis points, at a moment, and who asked for it."""

    test_id: int
    traffic_allocation: int
    at: datetime
    asked_by: Actor


_rises = table_of(ScheduledRise)
_rise = _rises.c
_of_one = _rise.test_id == bindparam("experiment")
_columns = (
    _rise.test_id,
    _rise.traffic_allocation,
    _rise.at,
    _rise.door,
    _rise.user_id,
    _rise.api_key_id,
)
_read = select(*_columns).where(_of_one)
_due = (
    select(*_columns)
    .where(_rise.project_id == bindparam("project"), _rise.at <= bindparam("moment"))
    .order_by(_rise.at, _rise.test_id)
)
_plan = insert(_rises).inline()
_drop = delete(_rises).where(_of_one)
_settle = _drop.where(_rise.traffic_allocation <= bindparam("share"))
_take_over = (
    update(_rises)
    .where(_of_one)
    .values(door=bindparam("by_door"), user_id=bindparam("by_user"), api_key_id=bindparam("by_key"))
)


def of(work: UnitOfWork, test_id: int) -> PlannedRise | None:
    """Return the rise that is set for an experiment, None for none."""
    row = work.execute(_read, {"experiment": test_id}).first()
    return None if row is None else _planned(row)


def due(work: UnitOfWork, moment: datetime) -> list[PlannedRise]:
    """Return what is due in the project at `moment`, the earliest first."""
    rows = work.execute(_due, {"project": work.project_id, "moment": moment})
    return [_planned(row) for row in rows]


def _planned(row: Row[*tuple[Any, ...]]) -> PlannedRise:
    asked_by = Actor(row.door, row.user_id, row.api_key_id)
    return PlannedRise(row.test_id, row.traffic_allocation, row.at, asked_by)


def plan(work: UnitOfWork, experiment: Subject, share: int, at: datetime) -> None:
    """Set a rise to a checked share at a checked moment, in place of the one before if any."""
    work.execute(_drop, {"experiment": experiment.test_id})
    values = {
        "test_id": experiment.test_id,
        "traffic_allocation": share,
        "project_id": work.project_id,
        "at": at,
        "door": work.actor.door,
        "user_id": work.actor.user_id,
        "api_key_id": work.actor.api_key_id,
    }
    work.execute(_plan, values)
    words = f"To {percents(share):g} % at {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    changes = [change(experiment.traffic_allocation, share)]
    entries.enter(work, experiment, Kind.SCHEDULED, detail=words, changes=changes, scheduled_for=at)


def drop(work: UnitOfWork, experiment: Subject, why: str, code: str = "") -> bool:
    """Take the rise back that is set for an experiment; history keeps `why`.

    Returns whether one was.
    """
    planned = of(work, experiment.test_id)
    if planned is None:
        return False
    work.execute(_drop, {"experiment": experiment.test_id})
    changes = [change(experiment.traffic_allocation, planned.traffic_allocation)]
    entries.enter(work, experiment, Kind.UNSCHEDULED, detail=why, code=code, changes=changes)
    return True


def settle(work: UnitOfWork, experiment: Subject, share: int) -> None:
    """Take a rise back that has nothing left to raise, now that traffic has risen to a share.

    That it came earlier than planned is no news.
    """
    work.execute(_settle, {"experiment": experiment.test_id, "share": share})


def give_way(work: UnitOfWork, experiment: Subject, share: int) -> None:
    """Take a rise back that a design with so much traffic has nothing left for; history says so."""
    planned = of(work, experiment.test_id)
    if planned and planned.traffic_allocation <= share:
        drop(work, experiment, "Its design has as much traffic by itself.")


def hand_over(work: UnitOfWork, experiment: Subject, why: str) -> None:
    """Make whoever acts now the author of the rise that is set, if one is; history keeps `why`."""
    planned = of(work, experiment.test_id)
    if planned is None:
        return
    values = {
        "experiment": experiment.test_id,
        "by_door": work.actor.door,
        "by_user": work.actor.user_id,
        "by_key": work.actor.api_key_id,
    }
    work.execute(_take_over, values)
    changes = [change(experiment.traffic_allocation, planned.traffic_allocation)]
    facts = {"detail": why, "changes": changes, "scheduled_for": planned.at}
    entries.enter(work, experiment, Kind.HANDED_OVER, **facts)


def change(before: int, after: int) -> FieldChange:
    """Return what history keeps of a rise: from what to what, as of the design of a draft."""
    return FieldChange(field="traffic_allocation", before=before, after=after)
