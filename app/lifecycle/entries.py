"""The entries of history: what was done, refused, queued, scheduled, edited, and why."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, bindparam, exists, func, insert, select, update

from app.core import current_request
from app.database.prepared import Prepared, PreparedInsert
from app.database.rows import project_row
from app.database.unit_of_work import UnitOfWork
from app.lifecycle.ends.endings import Ending
from app.lifecycle.refusals import Refusal
from app.lifecycle.subjects import Subject
from app.models import (
    OF_A_CHANGE,
    DecisionKept,
    Experiment,
    History,
    Kind,
    Status,
    now,
    table_of,
)


class Pause(NamedTuple):
    """A pause in history: its entry, what it paused, and when."""

    entry_id: int
    test_id: int
    at: datetime


class Unserved(NamedTuple):
    """What was shipped and is not any more, in history: when that ended, and the variant.

    `left` is what that left decided of it.
    """

    entry_id: int
    test_id: int
    at: datetime
    variant: str
    variant_name: str
    left: Ending


_entries = table_of(History)
_entry, _experiments = _entries.c, table_of(Experiment)
_ENTRY_VALUES = {
    column.name: bindparam(f"entry_{column.name}", type_=column.type)
    for column in _entry
    if column.name != "id"
}

ADDITION = insert(_entries).values(_ENTRY_VALUES)
ADD = PreparedInsert(ADDITION)
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
        _entry.decision.is_not_distinct_from(bindparam("asked", type_=_entry.decision.type)),
        _entry.door == bindparam("by_door"),
        func.coalesce(_entry.user_id, 0) == bindparam("by_user"),
        func.coalesce(_entry.api_key_id, 0) == bindparam("by_key"),
    )
    .values(times=_entry.times + 1, at=bindparam("moment"), detail=bindparam("saying"))
    .returning(_entry.id)
)

_move_version = Prepared(
    update(_experiments)
    .where(_experiments.c.test_id == bindparam("experiment"))
    .values(version=bindparam("entry"))
)

IS_PAUSE = and_(
    _entry.kind == Kind.CHANGED,
    _entry.from_status == Status.RUNNING,
    _entry.to_status == Status.STOPPED,
)
IS_UNSERVED = and_(_entry.kind == Kind.EDITED, _entry.decision.is_not(None))
"""Of an entry that belongs to a Stop everything: what was shipped is served no more."""
_later = _entries.alias("later")
DECIDED_SINCE = (
    exists()
    .where(_later.c.test_id == _entry.test_id, _later.c.id > _entry.id)
    .where(_later.c.decision.is_not(None), _later.c.kind != Kind.REFUSED)
)
"""Whether, after an entry, somebody has decided how its experiment ends, or taken that back."""
_unserved = (
    select(_entry.id, _entry.test_id, _entry.at, _entry.decision)
    .where(
        _entry.project_id == bindparam("project"),
        _entry.cause_project_entry_id == bindparam("project_entry"),
        IS_UNSERVED,
    )
    .order_by(_entry.id)
)
_paused = (
    select(_entry.id, _entry.test_id, _entry.at)
    .where(
        _entry.project_id == bindparam("project"),
        _entry.cause_project_entry_id == bindparam("project_entry"),
        IS_PAUSE,
    )
    .order_by(_entry.id)
)


def paused_by(work: UnitOfWork, project_entry_id: int) -> list[Pause]:
    """Return the pauses that belong to an entry of the project, in their order."""
    values = {"project": work.project_id, "project_entry": project_entry_id}
    return [Pause(*row) for row in work.execute(_paused, values)]


def unserved_by(work: UnitOfWork, project_entry_id: int) -> list[Unserved]:
    """Return what is served no more since an entry of the project, in its order."""
    values = {"project": work.project_id, "project_entry": project_entry_id}
    return [_unserved_by(row) for row in work.execute(_unserved, values)]


def _unserved_by(row: Row[*tuple[Any, ...]]) -> Unserved:
    variant, name = row.decision["before"]["variant"], row.decision["name"]
    left = Ending.of(row.decision["after"])
    return Unserved(row.id, row.test_id, row.at, variant, name, left)


def enter(
    work: UnitOfWork,
    experiment: Subject,
    kind: Kind,
    target: Status | None = None,
    **facts: object,
) -> int:
    """Write a history row of something that changed no status, and tell the project's pages.

    Returns the row's id, which is the experiment's version where it has changed anything of it.

    `facts` are further columns of history: `detail`, `code`, `changes`, `decision`,
    `scheduled_for`.
    """
    entry_id = work.new_id(ADD, row(work, experiment, kind, target, **facts))
    if kind in OF_A_CHANGE:
        move_version(work, experiment, entry_id)
    project_row.bump_version(work.storage.connection, work.project_id)
    return entry_id


def move_version(work: UnitOfWork, experiment: Subject, entry_id: int) -> None:
    """Make an entry the version of an experiment that it has changed."""
    work.rows(_move_version, {"experiment": experiment.test_id, "entry": entry_id})
    work.note_version(experiment.test_id, entry_id)


def enter_refusal(
    work: UnitOfWork,
    experiment: Subject,
    target: Status,
    refusal: Refusal,
    decision: DecisionKept | None = None,
) -> None:
    """Write the history row of a refusal, or count it where the same was refused just before.

    `decision` is the one that was refused, if it was one.
    """
    why = {"code": refusal.code, "detail": refusal.sentence}
    values = row(work, experiment, Kind.REFUSED, target, **why, decision=decision)
    repeated = work.execute(
        _repeat_refusal,
        {
            "experiment": experiment.test_id,
            "wanted": target,
            "for_code": refusal.code,
            "saying": refusal.sentence,
            "asked": decision,
            "moment": values["entry_at"],
            "by_door": work.actor.door,
            "by_user": work.actor.user_id or 0,
            "by_key": work.actor.api_key_id or 0,
        },
    )
    if repeated.first() is None:
        work.rows(ADD, values)


def row(
    work: UnitOfWork, experiment: Subject, kind: Kind, target: Status | None, **facts: object
) -> dict[str, object]:
    """Return the values of `ADD` for an entry; what `facts` do not say of it is empty."""
    cause, by = work.cause, work.cause.by
    values = {
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
        "cause_project_entry_id": cause.project_entry_id,
        "reason": "",
        "conclusion": None,
        "code": "",
        "detail": cause.detail,
        "changes": None,
        "decision": None,
        "scheduled_for": cause.due_at,
        "times": 1,
        **current_request.origin(),
        **facts,
    }
    return {f"entry_{name}": value for name, value in values.items()}
