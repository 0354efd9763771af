"""What a change of status reads and writes: the experiment, its project's counts, one history row.

Statements are built once, at import: this is the path that every start and pause takes.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, exists, func, insert, select, update

from app.core import project_row
from app.core.database import db
from app.core.errors import NotFound
from app.core.unit_of_work import UnitOfWork
from app.models import (
    Conclusion,
    Experiment,
    History,
    Kind,
    Project,
    QueuedStart,
    Run,
    ScheduledChange,
    Status,
    now,
    table_of,
)


@dataclass(frozen=True)
class Subject:
    """An experiment as the rules see it.

    `changed_at` is when its status changed last. `is_queued` and `is_scheduled` say that a start
    waits for a slot, and that something is to happen at a moment, `has_queue` that anything of its
    project waits; `run_id` is its current run,
    which is planned while `run_opened_at` is None. These are known where it was read for a change.
    """

    test_id: int
    public_id: str
    project_id: int
    key: str
    name: str
    status: Status
    started_at: datetime | None
    changed_at: datetime
    is_queued: bool = False
    is_scheduled: bool = False
    has_queue: bool = False
    run_id: int = 0
    run_opened_at: datetime | None = None


@dataclass(frozen=True)
class Timestamps:
    """The moments that a status brings with it."""

    changed_at: datetime
    started_at: datetime | None
    stopped_at: datetime | None


@dataclass(frozen=True)
class Note:
    """What history keeps with a change: why, how it ended, and whom a swap paused."""

    reason: str = ""
    conclusion: Conclusion | None = None
    paused_test_id: int | None = None


Reference = int | str
"""How an experiment is named: by its `test_id`, or by its `exp_` id."""

NO_NOTE = Note()
NOTHING = frozenset[Status]()

_experiments = table_of(Experiment)
_projects = table_of(Project)
_entries = table_of(History)
_experiment, _project, _entry = _experiments.c, _projects.c, _entries.c
_queued, _scheduled = table_of(QueuedStart).c, table_of(ScheduledChange).c
_runs = table_of(Run)
_run = _runs.c

_select = (
    select(
        _experiment.test_id,
        _experiment.public_id,
        _experiment.project_id,
        _experiment.key,
        _experiment.name,
        _experiment.status,
        _experiment.started_at,
        _experiment.changed_at,
        exists().where(_queued.test_id == _experiment.test_id),
        exists().where(_scheduled.test_id == _experiment.test_id),
        exists().where(_queued.project_id == _experiment.project_id),
        _run.id,
        _run.opened_at,
    )
    .join(_runs, (_run.test_id == _experiment.test_id) & _run.is_current)
    .where(_experiment.project_id == bindparam("project"))
)
_read = _select.where(_experiment.test_id == bindparam("experiment"))
_read_by_public_id = _select.where(_experiment.public_id == bindparam("experiment"))
_set_status = (
    update(_experiments)
    .where(_experiment.test_id == bindparam("experiment"))
    .values(
        status=bindparam("to_status"),
        started_at=bindparam("new_started_at"),
        stopped_at=bindparam("new_stopped_at"),
        changed_at=bindparam("moment"),
        updated_at=bindparam("moment"),
        user_id=bindparam("by_user"),
        api_key_id=bindparam("by_key"),
    )
)
_ENTRY_VALUES = {
    column.name: bindparam(f"entry_{column.name}", type_=column.type)
    for column in _entry
    if column.name != "id"
}
_add_entry = insert(_entries).values(_ENTRY_VALUES).returning(_entry.id)
_of_project = _project.id == bindparam("project")
_COUNTS = {status: f"{status}_count" for status in Status}
_count = (
    update(_projects)
    .where(_of_project)
    .values(
        {"version": _project.version + 1}
        | {name: _project[name] + bindparam(f"more_{status}") for status, name in _COUNTS.items()}
    )
)
_write_at_once = _add_entry.add_cte(_set_status.cte("changed"), _count.cte("counted"))
# Each half has an index of its own: asked with OR, a database may go through all of history.
_latest_others = [
    select(func.coalesce(func.max(_entry.id), 0))
    .where(is_its_own == bindparam("experiment"), _entry.kind != Kind.REFUSED)
    .scalar_subquery()
    for is_its_own in (_entry.test_id, _entry.paused_test_id)
]
_repeat_refusal = (
    update(_entries)
    .where(
        _entry.test_id == bindparam("experiment"),
        _entry.kind == Kind.REFUSED,
        *(_entry.id > latest for latest in _latest_others),
        _entry.to_status == bindparam("wanted"),
        _entry.code == bindparam("for_code"),
        _entry.door == bindparam("by_door"),
        func.coalesce(_entry.user_id, 0) == bindparam("by_user"),
        func.coalesce(_entry.api_key_id, 0) == bindparam("by_key"),
    )
    .values(times=_entry.times + 1, at=bindparam("moment"), detail=bindparam("saying"))
    .returning(_entry.id)
)


def write_creation(work: UnitOfWork, experiment: Subject, kind: Kind, detail: str = "") -> None:
    """Count one more draft, enter it in the history, and tell every page of the project."""
    work.execute(_add_entry, _row(work, experiment, kind, None, detail=detail))
    work.execute(_count, _counts(work, {Status.DRAFT: 1}))


def find(project_id: int, experiment: Reference) -> Subject | None:
    """Return an experiment as it is now, outside of a unit of work; None if there is none."""
    statement, values = _reading(project_id, experiment)
    return _subject(db.session.execute(statement, values).first())


def read(work: UnitOfWork, experiment: Reference) -> Subject | None:
    """Return an experiment of the project as it is now, None if the project has no such one."""
    statement, values = _reading(work.project_id, experiment)
    return _subject(work.execute(statement, values).first())


def load(work: UnitOfWork, experiment: Reference, hidden: frozenset[Status] = NOTHING) -> Subject:
    """Do what `read` does; raise NotFound for none, or one whose status is `hidden`."""
    found = read(work, experiment)
    if found is None or found.status in hidden:
        raise NotFound("Experiment not found.")
    return found


def set_status(work: UnitOfWork, experiment: Subject, target: Status, moments: Timestamps) -> None:
    """Write the new status, and count it in the project, whose version grows."""
    work.execute(_set_status, _status_values(work, experiment, target, moments))
    work.execute(_count, _counts(work, {experiment.status: -1, target: 1}))


def write_change(
    work: UnitOfWork, experiment: Subject, target: Status, moments: Timestamps, note: Note
) -> int:
    """Write an accepted transition and its one history row, and return that row's id.

    On PostgreSQL in one statement: each more is a wait of 0.1 ms for the server.
    """
    row = _row(
        work,
        experiment,
        Kind.CHANGED,
        target,
        at=moments.changed_at,
        reason=note.reason,
        conclusion=note.conclusion,
        paused_test_id=note.paused_test_id,
    )
    if not work.is_on_postgresql:
        set_status(work, experiment, target, moments)
        return work.execute(_add_entry, row).scalar_one()
    values = _status_values(work, experiment, target, moments)
    counts = _counts(work, {experiment.status: -1, target: 1})
    return work.execute(_write_at_once, {**row, **values, **counts}).scalar_one()


def enter(
    work: UnitOfWork,
    experiment: Subject,
    kind: Kind,
    target: Status | None = None,
    **facts: object,
) -> None:
    """Write a history row of something that changed no status, and tell the project's pages.

    `facts` are further columns of history: `detail`, `code`, `changes`, `scheduled_for`.
    """
    work.execute(_add_entry, _row(work, experiment, kind, target, **facts))
    project_row.bump_version(work.storage.connection, work.project_id)


def enter_refusal(
    work: UnitOfWork, experiment: Subject, target: Status, code: str, sentence: str
) -> None:
    """Write the history row of a refusal, or count it where the same was refused just before."""
    row = _row(work, experiment, Kind.REFUSED, target, code=code, detail=sentence)
    repeated = work.execute(
        _repeat_refusal,
        {
            "experiment": experiment.test_id,
            "wanted": target,
            "for_code": code,
            "saying": sentence,
            "moment": row["entry_at"],
            "by_door": work.actor.door,
            "by_user": work.actor.user_id or 0,
            "by_key": work.actor.api_key_id or 0,
        },
    )
    if repeated.first() is None:
        work.execute(_add_entry, row)


def _reading(
    project_id: int, experiment: Reference
) -> tuple[Select[*tuple[Any, ...]], dict[str, object]]:
    by_number = isinstance(experiment, int)
    # No text in the database holds a NUL, and PostgreSQL fails when it is asked for one.
    named = "" if not by_number and "\0" in experiment else experiment
    return _read if by_number else _read_by_public_id, {"project": project_id, "experiment": named}


def _subject(row: Row[*tuple[Any, ...]] | None) -> Subject | None:
    return None if row is None else Subject(*row)


def _status_values(
    work: UnitOfWork, experiment: Subject, target: Status, moments: Timestamps
) -> dict[str, object]:
    return {
        "experiment": experiment.test_id,
        "to_status": target,
        "new_started_at": moments.started_at,
        "new_stopped_at": moments.stopped_at,
        "moment": moments.changed_at,
        "by_user": work.actor.user_id,
        "by_key": work.actor.api_key_id,
    }


def _counts(work: UnitOfWork, more: dict[Status, int]) -> dict[str, int]:
    return {"project": work.project_id} | {
        f"more_{status}": more.get(status, 0) for status in Status
    }


def _row(
    work: UnitOfWork, experiment: Subject, kind: Kind, target: Status | None, **facts: object
) -> dict[str, object]:
    """Return a row of history with these `facts`; what is not said of it is empty."""
    cause, by = work.cause, work.cause.by
    row = {
        "project_id": work.project_id,
        "test_id": experiment.test_id,
        "kind": kind,
        "from_status": experiment.status,
        "to_status": target,
        "paused_test_id": None,
        "door": work.actor.door,
        "at": now(),
        "user_id": work.actor.user_id,
        "api_key_id": work.actor.api_key_id,
        "cause": cause.kind,
        "cause_entry_id": cause.entry_id,
        "cause_user_id": by and by.user_id,
        "cause_api_key_id": by and by.api_key_id,
        "reason": "",
        "conclusion": None,
        "code": "",
        "detail": "",
        "changes": None,
        "scheduled_for": None,
        "times": 1,
        **facts,
    }
    return {f"entry_{name}": value for name, value in row.items()}
