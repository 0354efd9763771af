"""What a change of status reads and writes: the locked project, the experiment, one history row.

Statements are built once, at import: this is the path that every start and pause takes.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, exists, func, insert, select, update
from sqlalchemy.orm import Session

from app.core import project_row
from app.models import (
    Actor,
    Conclusion,
    Experiment,
    History,
    Kind,
    Project,
    QueuedStart,
    ScheduledChange,
    Status,
    now,
    table_of,
)


@dataclass(frozen=True)
class Subject:
    """An experiment as the rules see it.

    `changed_at` is when its status changed last. `is_queued` and `is_scheduled` say that a start
    waits for a slot, and that something is to happen at a moment; they are known where the
    experiment was read for a change.
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


NO_NOTE = Note()

_experiments = table_of(Experiment)
_projects = table_of(Project)
_entries = table_of(History)
_experiment, _project, _entry = _experiments.c, _projects.c, _entries.c
_queued, _scheduled = table_of(QueuedStart).c, table_of(ScheduledChange).c

_subject = select(
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
).where(_experiment.project_id == bindparam("project"))
_read = _subject.where(_experiment.test_id == bindparam("experiment"))
_read_by_public_id = _subject.where(_experiment.public_id == bindparam("experiment"))
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
_add_entry = insert(_entries).inline()
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


def count_new(session: Session, project_id: int) -> None:
    """Count one more draft, and tell every page of the project."""
    _counted(session, project_id, {Status.DRAFT: 1})


def read(session: Session, project_id: int, test_id: int) -> Subject | None:
    """The experiment as it is now, None if the project has no such one."""
    row = session.execute(_read, {"project": project_id, "experiment": test_id}).first()
    return None if row is None else Subject(*row)


def read_by_public_id(session: Session, project_id: int, public_id: str) -> Subject | None:
    """`read` by the experiment's `exp_` id."""
    values = {"project": project_id, "experiment": public_id}
    row = session.execute(_read_by_public_id, values).first()
    return None if row is None else Subject(*row)


def set_status(
    session: Session, experiment: Subject, target: Status, moments: Timestamps, actor: Actor
) -> None:
    """Write the new status, and count it in the project, whose version grows."""
    session.execute(
        _set_status,
        {
            "experiment": experiment.test_id,
            "to_status": target,
            "new_started_at": moments.started_at,
            "new_stopped_at": moments.stopped_at,
            "moment": moments.changed_at,
            "by_user": actor.user_id,
            "by_key": actor.api_key_id,
        },
    )
    _counted(session, experiment.project_id, {experiment.status: -1, target: 1})


def enter_change(
    session: Session,
    experiment: Subject,
    target: Status,
    moment: datetime,
    actor: Actor,
    note: Note,
) -> None:
    """Write the one history row of an accepted transition."""
    row = _row(experiment, Kind.CHANGED, target, actor) | {"at": moment}
    row |= {
        "reason": note.reason,
        "conclusion": note.conclusion,
        "paused_test_id": note.paused_test_id,
    }
    session.execute(_add_entry, row)


def enter(
    session: Session,
    experiment: Subject,
    kind: Kind,
    actor: Actor,
    detail: str = "",
    target: Status | None = None,
) -> None:
    """Write a history row of something that changed no status, and tell the project's pages."""
    session.execute(_add_entry, _row(experiment, kind, target, actor) | {"detail": detail})
    project_row.bump_version(session, experiment.project_id)


def enter_refusal(
    session: Session, experiment: Subject, target: Status, actor: Actor, code: str, sentence: str
) -> None:
    """Write the history row of a refusal, or count it where the same was refused just before."""
    row = _row(experiment, Kind.REFUSED, target, actor) | {"code": code, "detail": sentence}
    repeated = session.execute(
        _repeat_refusal,
        {
            "experiment": experiment.test_id,
            "wanted": target,
            "for_code": code,
            "saying": sentence,
            "moment": row["at"],
            "by_door": actor.door,
            "by_user": actor.user_id or 0,
            "by_key": actor.api_key_id or 0,
        },
    )
    if repeated.first() is None:
        session.execute(_add_entry, row)


def _row(experiment: Subject, kind: Kind, target: Status | None, actor: Actor) -> dict[str, object]:
    """A row of history; what is not said of it is empty, so that there is one statement for all."""
    return {
        "project_id": experiment.project_id,
        "test_id": experiment.test_id,
        "kind": kind,
        "from_status": experiment.status,
        "to_status": target,
        "paused_test_id": None,
        "door": actor.door,
        "at": now(),
        "user_id": actor.user_id,
        "api_key_id": actor.api_key_id,
        "reason": "",
        "conclusion": None,
        "code": "",
        "detail": "",
        "times": 1,
    }


def _counted(session: Session, project_id: int, more: dict[Status, int]) -> None:
    changes = {f"more_{status}": more.get(status, 0) for status in Status}
    session.execute(_count, {"project": project_id} | changes)
