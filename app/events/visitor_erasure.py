"""Erasing of what is kept of single visitors: their rows go, the sums of days stay.

A result is made of those sums alone, so that it stays what it was.
"""

import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from flask import current_app
from sqlalchemy import CursorResult, Row, Select, Table, delete, exists, select
from sqlalchemy.orm import Session

from app.accounts import rights
from app.core.validation import checked_unit
from app.database import unit_of_work
from app.database.deletion import SECONDS_AT_A_TIME, delete_some
from app.database.engine import db
from app.database.rows import project_history, project_row
from app.database.transactions import writing
from app.events import units
from app.events.kept import keeping
from app.experiments import always_shown
from app.models import (
    Actor,
    Cause,
    CauseKind,
    Conversion,
    Door,
    Experiment,
    Exposure,
    GoalEvent,
    Project,
    ProjectEntry,
    ProjectKind,
    Role,
    Run,
    RunGoal,
    Status,
    table_of,
)
from app.serving import visitor_sample

BETWEEN_LOOKS = timedelta(minutes=10)
EXTENSION = "switchyard_rows_looked_at"

_SCHEDULE, _ON_TIME = Actor(Door.SCHEDULE), Cause(CauseKind.SCHEDULE)
_exposures, _conversions = table_of(Exposure), table_of(Conversion)
_goal_events = table_of(GoalEvent)


class Erased(NamedTuple):
    """How many rows of a visitor were deleted, and of what was `kept`: events without rows yet."""

    exposures: int
    conversions: int
    kept: int


def erase(project_id: int, unit: str, actor: Actor) -> Erased:
    """Delete all that the database and this machine's file of kept events hold of a visitor.

    Whoever always saw a variant does so no more. History keeps how much that was, if it was
    anything, and not of whom. What another machine keeps
    at this moment it records later. One who comes back while an experiment is live is a new
    visitor. Raises InvalidInput for what cannot be a visitor's name, and Forbidden, NotFound or
    Unauthenticated for who is no owner.
    """
    checked_unit(unit)
    # The turn before the lock, as who records takes them.
    with (
        keeping.nothing_recorded(),
        rights.changing_by_right(project_id, actor, Role.OWNER) as work,
    ):
        session = work.session
        salt = _salt(session, project_id)
        hashed = units.hashed(salt, unit)
        visitor_sample.erase(session, project_id, salt, unit)
        # Locked, so that a conversion which is recorded meanwhile waits, or is there to be deleted.
        sights = (
            select(Exposure.run_id)
            .where(Exposure.run_id.in_(_runs(project_id)), Exposure.unit == hashed)
            .order_by(Exposure.run_id)
            .with_for_update()
        )
        run_ids = session.scalars(sights).all()
        exposures, conversions = _delete_rows(session, run_ids, hashed)
        always_shown.forget(work, unit)
        erased = Erased(exposures, conversions, keeping.erase(hashed))
        if any(erased):
            project_history.enter(work, ProjectKind.VISITOR_ERASED, erased._asdict())
        return erased


def delete_old_rows(moment: datetime, kept_for: timedelta) -> None:
    """Delete rows of runs whose experiments were archived so long before `moment`.

    It goes on for a part of a second, and at the next call; where nothing is left it looks again
    after ten minutes.
    """
    if moment < cast("datetime", current_app.extensions.get(EXTENSION, moment)):
        return
    until = time.monotonic() + SECONDS_AT_A_TIME
    while time.monotonic() < until:
        run = _next_run(moment - kept_for)
        if run is None:
            current_app.extensions[EXTENSION] = moment + BETWEEN_LOOKS
            return
        while _delete_some_of(run.project_id, run.id, moment) and time.monotonic() < until:
            pass


def delete_rows_of_run(session: Session, run_id: int) -> dict[str, int]:
    """Delete some of the rows of a run, and return how many of which; none are left when none."""
    for table in (_goal_events, _conversions, _exposures):
        if deleted := delete_some(session, table, table.c.run_id == run_id):
            return {f"{table.name}s": deleted}
    return {}


def _delete_rows(session: Session, run_ids: Sequence[int], hashed: str) -> tuple[int, int]:
    """Delete a unit's rows of the runs, and return how many exposures and conversions they were."""
    goal_ids = session.scalars(select(RunGoal.goal_id).where(RunGoal.run_id.in_(run_ids)))
    # All goals are named, so that the primary keys, of run, goal and unit, find the rows.
    at_goals = {"run_id": run_ids, "goal_id": set(goal_ids), "unit": [hashed]}
    _delete_all(session, _goal_events, at_goals)
    conversions = _delete_all(session, _conversions, at_goals)
    exposures = _delete_all(session, _exposures, {"run_id": run_ids, "unit": [hashed]})
    return exposures, conversions


def _delete_all(session: Session, table: Table, among: Mapping[str, Collection[object]]) -> int:
    its = delete(table).where(*(table.c[name].in_(values) for name, values in among.items()))
    return cast("CursorResult[Any]", session.execute(its)).rowcount


def _delete_some_of(project_id: int, run_id: int, moment: datetime) -> bool:
    """Delete some of the rows of a run, and return whether there were any.

    That they are gone is said with the first: from then on no event that was kept is recorded.
    """
    with writing(project_id) as session:
        run = session.get_one(Run, run_id)
        run.rows_deleted_at = run.rows_deleted_at or moment
        project_row.bump_version(session, project_id)
        deleted = delete_rows_of_run(session, run_id)
        if deleted:
            _enter_deletion(session, project_id, run.test_id, deleted)
        return bool(deleted)


def _enter_deletion(
    session: Session, project_id: int, test_id: int, deleted: Mapping[str, int]
) -> None:
    """Keep in history how many rows were deleted of an experiment: one entry, which counts on."""
    its = select(ProjectEntry).where(
        ProjectEntry.project_id == project_id,
        ProjectEntry.test_id == test_id,
        ProjectEntry.kind == ProjectKind.OLD_ROWS_ERASED,
    )
    entry = session.scalar(its)
    if entry is None:
        work = unit_of_work.within(session, project_id, _SCHEDULE).acted_by(_SCHEDULE, _ON_TIME)
        project_history.enter(work, ProjectKind.OLD_ROWS_ERASED, deleted, test_id=test_id)
    else:
        entry.counts = dict(Counter(entry.counts or {}) + Counter(deleted))


def _next_run(archived_before: datetime) -> Row[int, int] | None:
    """Return an opened run, archived before that moment, whose rows are to be deleted still."""
    # Not a join: SQLite would go through all experiments for one.
    with_archived = select(Project.id).where(Project.archived_count > 0)
    is_left = Run.rows_deleted_at.is_(None) | exists().where(Exposure.run_id == Run.id)
    statement = (
        select(Run.id, Experiment.project_id)
        .join(Experiment, Experiment.test_id == Run.test_id)
        .where(
            Experiment.project_id.in_(with_archived),
            Experiment.status == Status.ARCHIVED,
            Experiment.changed_at < archived_before,
            Run.opened_at.is_not(None),
            is_left,
        )
        .limit(1)
    )
    return db.session.execute(statement).first()


def _runs(project_id: int) -> Select[int]:
    return (
        select(Run.id)
        .join(Experiment, Experiment.test_id == Run.test_id)
        .where(Experiment.project_id == project_id)
    )


def _salt(session: Session, project_id: int) -> str:
    return session.scalars(select(Project.unit_salt).where(Project.id == project_id)).one()
