"""Writes of a status change: the experiment, its project's counts, one history row.

Statements are built once, at import: this is the path that every start and pause takes.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update

from app.database.prepared import Prepared
from app.database.rows.project_row import NEXT_VERSION
from app.database.unit_of_work import UnitOfWork
from app.lifecycle import entries
from app.lifecycle.ends.endings import UNDECIDED, Ending
from app.lifecycle.subjects import Subject
from app.models import (
    Conclusion,
    DecisionKept,
    Experiment,
    History,
    Kind,
    Project,
    Status,
    table_of,
)


@dataclass(frozen=True)
class Timestamps:
    """The moments that a status brings with it."""

    changed_at: datetime
    started_at: datetime | None
    stopped_at: datetime | None
    live_since: datetime | None


@dataclass(frozen=True)
class Note:
    """The facts that history keeps with a change: reason, outcome, and whom a swap paused.

    And the variant that is decided for, by its key and its name.
    """

    reason: str = ""
    conclusion: Conclusion | None = None
    paused_test_id: int | None = None
    variant: str | None = None
    variant_name: str = ""


NO_NOTE = Note()


@dataclass(frozen=True)
class Decided:
    """What is decided of an experiment after a change, and what history keeps of that, if any."""

    ending: Ending = UNDECIDED
    decision: DecisionKept | None = None


_experiments = table_of(Experiment)
_projects = table_of(Project)
_experiment, _project = _experiments.c, _projects.c
_status_set = (
    update(_experiments)
    .where(_experiment.test_id == bindparam("experiment"))
    .values(
        status=bindparam("to_status"),
        started_at=bindparam("new_started_at"),
        stopped_at=bindparam("new_stopped_at"),
        live_since=bindparam("new_live_since"),
        changed_at=bindparam("moment"),
        updated_at=bindparam("moment"),
        user_id=bindparam("by_user"),
        api_key_id=bindparam("by_key"),
        conclusion=bindparam("new_conclusion"),
        shipped_variant=bindparam("new_shipped_variant"),
        shipped_at=bindparam("new_shipped_at", type_=_experiment.shipped_at.type),
        version=bindparam("entry"),
    )
)
_set_ending = (
    update(_experiments)
    .where(_experiment.test_id == bindparam("experiment"))
    .values(
        conclusion=bindparam("new_conclusion"),
        shipped_variant=bindparam("new_shipped_variant"),
        updated_at=bindparam("moment"),
    )
)
_set_what_is_shipped = _set_ending.values(
    shipped_at=bindparam("new_shipped_at", type_=_experiment.shipped_at.type),
    changed_at=bindparam("moment"),
    user_id=bindparam("by_user"),
    api_key_id=bindparam("by_key"),
)
_COUNTS = {status: f"{status}_count" for status in Status}
_counted = (
    update(_projects)
    .where(_project.id == bindparam("project"))
    .values(
        NEXT_VERSION
        | {name: _project[name] + bindparam(f"more_{status}") for status, name in _COUNTS.items()}
    )
)
_added = entries.ADDITION.returning(table_of(History).c.id).cte("added")
_set_status, _count = Prepared(_status_set), Prepared(_counted)
_write_at_once = Prepared(
    _status_set.values(version=select(_added.c.id).scalar_subquery())
    .add_cte(_counted.cte("counted"))
    .returning(_experiment.version)
)


def write_creation(work: UnitOfWork, experiment: Subject, kind: Kind, detail: str = "") -> None:
    """Count one more draft, enter it in the history, and tell every page of the project."""
    row = entries.row(work, experiment, kind, None, detail=detail)
    entries.move_version(work, experiment, work.new_id(entries.ADD, row))
    work.rows(_count, _counts(work, {Status.DRAFT: 1}))


def set_status(
    work: UnitOfWork,
    experiment: Subject,
    target: Status,
    moments: Timestamps,
    entry_id: int,
    ending: Ending = UNDECIDED,
) -> None:
    """Write the new status and its entry, and count it in the project, whose version grows."""
    values = _status_values(work, experiment, target, moments, ending)
    work.rows(_set_status, {**values, "entry": entry_id})
    work.note_version(experiment.test_id, entry_id)
    work.rows(_count, _counts(work, {experiment.status: -1, target: 1}))


def set_ending(work: UnitOfWork, experiment: Subject, ending: Ending, moment: datetime) -> None:
    """Write what is decided of an experiment whose status stays.

    Where visitors get another variant from now on, or none, it is kept since when and by whom.
    """
    is_same = ending.shipped_variant == experiment.ending.shipped_variant
    values = _ending_values(work, experiment, ending, moment)
    work.execute(_set_ending if is_same else _set_what_is_shipped, values)


def write_change(
    work: UnitOfWork,
    experiment: Subject,
    target: Status,
    moments: Timestamps,
    note: Note,
    decided: Decided,
) -> int:
    """Write an accepted transition and its one history row, and return that row's id.

    On PostgreSQL in one statement: each more is a wait of 0.1 ms for the server.
    """
    ending = decided.ending
    row = entries.row(
        work,
        experiment,
        Kind.CHANGED,
        target,
        at=moments.changed_at,
        reason=note.reason,
        conclusion=ending.outcome if target is Status.ARCHIVED else None,
        paused_test_id=note.paused_test_id,
        decision=decided.decision,
    )
    if not work.is_on_postgresql:
        entry_id = work.new_id(entries.ADD, row)
        set_status(work, experiment, target, moments, entry_id, ending)
        return entry_id
    values = _status_values(work, experiment, target, moments, ending)
    counts = _counts(work, {experiment.status: -1, target: 1})
    entry_id = work.rows(_write_at_once, {**row, **values, **counts})[0].version
    work.note_version(experiment.test_id, entry_id)
    return entry_id


def _status_values(
    work: UnitOfWork,
    experiment: Subject,
    target: Status,
    moments: Timestamps,
    ending: Ending,
) -> dict[str, object]:
    return {
        **_ending_values(work, experiment, ending, moments.changed_at),
        "to_status": target,
        "new_started_at": moments.started_at,
        "new_stopped_at": moments.stopped_at,
        "new_live_since": moments.live_since,
    }


def _ending_values(
    work: UnitOfWork, experiment: Subject, ending: Ending, moment: datetime
) -> dict[str, object]:
    return {
        "experiment": experiment.test_id,
        "moment": moment,
        "by_user": work.actor.user_id,
        "by_key": work.actor.api_key_id,
        "new_conclusion": ending.outcome,
        "new_shipped_variant": ending.variant,
        "new_shipped_at": moment if ending.is_shipped else None,
    }


def _counts(work: UnitOfWork, more: dict[Status, int]) -> dict[str, int]:
    return {"project": work.project_id} | {
        f"more_{status}": more.get(status, 0) for status in Status
    }
