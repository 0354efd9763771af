"""What one Stop everything has done, found by what tells which one is meant, and what is left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, bindparam, func, or_, select

from app.core.errors import NotFound
from app.database.engine import db
from app.database.rows.open_hold import Hold
from app.database.unit_of_work import UnitOfWork
from app.lifecycle import entries
from app.lifecycle.entries import Pause, Unserved
from app.lifecycle.holds import hold_store
from app.lifecycle.many.orders import Expected
from app.lifecycle.preconditions import unchanged_since
from app.models import (
    Experiment,
    History,
    ProjectEntry,
    ProjectKind,
    QueueHold,
    Status,
    table_of,
)


@dataclass(frozen=True)
class StopUndo:
    """What tells which Stop everything is to be taken back: short, however much that was.

    `hold_id` is the hold that was placed by it, None where the queue was held already. What was
    paused is in history, from its first to its last entry; both are None where nothing ran. What is
    None is left as it is.
    """

    hold_id: int | None = None
    first_entry_id: int | None = None
    last_entry_id: int | None = None

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to take back."""
        return self == StopUndo()


@dataclass(frozen=True)
class Stop:
    """What is to be taken back of a Stop everything: its entry, its pauses, and its hold.

    And what it has ended that was shipped.
    """

    entry_id: int
    pauses: Sequence[Pause]
    hold_id: int | None
    unserved: Sequence[Unserved] = ()

    @property
    def expected(self) -> Expected:
        """Return by test id that it is paused since then."""
        return {pause.test_id: unchanged_since(pause.at) for pause in self.pauses}


class StillPaused(NamedTuple):
    """What a Stop everything has paused, and nobody has changed since.

    Or what it has ended that was shipped: that `was_shipped`.
    """

    test_id: int
    name: str
    was_shipped: bool = False


@dataclass(frozen=True)
class StopLeft:
    """What is left of a Stop everything: what `undo` resumes, and whether it lifts the open hold.

    `at` is when everything was stopped, `unserved` what the undo ships again.
    """

    at: datetime
    undo: StopUndo
    paused: tuple[StillPaused, ...]
    is_held: bool
    unserved: tuple[StillPaused, ...] = ()


_entry, _history = table_of(ProjectEntry).c, table_of(History).c
_experiment, _hold = table_of(Experiment).c, table_of(QueueHold).c
_stops = select(_entry.id, _entry.hold_id).where(
    _entry.project_id == bindparam("project"), _entry.kind == ProjectKind.EVERYTHING_STOPPED
)
_of_pause = _stops.join(History, _history.cause_project_entry_id == _entry.id).where(
    _history.id == bindparam("pause")
)
_of_hold = _stops.where(_entry.hold_id == bindparam("hold"))
_paused_still = (
    select(
        _history.cause_project_entry_id,
        _experiment.test_id,
        _experiment.name,
        entries.IS_UNSERVED.label("was_shipped"),
    )
    .join_from(Experiment, History, _history.test_id == _experiment.test_id)
    .where(
        _history.project_id == bindparam("project"),
        _experiment.status == Status.STOPPED,
        _experiment.changed_at == _history.at,
        ~entries.DECIDED_SINCE,
    )
)
_still_paused = _paused_still.where(_history.cause_project_entry_id == bindparam("stop")).limit(1)
_all_still_paused = _paused_still.where(
    _history.cause_project_entry_id.in_(bindparam("stops", expanding=True))
).order_by(_history.id)
_done = (
    select(
        _entry.id,
        _entry.at,
        _entry.hold_id,
        (_hold.id.is_not(None) & _hold.lifted_at.is_(None)).label("is_held"),
        func.min(_history.id).label("first"),
        func.max(_history.id).label("last"),
    )
    .select_from(ProjectEntry)
    .outerjoin(QueueHold, _hold.id == _entry.hold_id)
    .outerjoin(
        History,
        (_history.cause_project_entry_id == _entry.id) & or_(entries.IS_PAUSE, entries.IS_UNSERVED),
    )
    .where(_entry.project_id == bindparam("project"), _entry.kind == ProjectKind.EVERYTHING_STOPPED)
    .group_by(_entry.id, _entry.at, _entry.hold_id, _hold.id, _hold.lifted_at)
    .order_by(_entry.id.desc())
)
_named = _done.where(_entry.id.in_(bindparam("stops", expanding=True)))
# One that found the queue held already belongs to that hold too, but has not placed it.
_under_hold = _done.where(
    or_(_entry.hold_id == bindparam("hold"), _entry.at >= bindparam("since", type_=_entry.at.type))
)


def find(work: UnitOfWork, undo: StopUndo) -> Stop:
    """Return what is meant.

    Raises NotFound for anything but exactly what one Stop everything of the project has done: a
    part of its pauses, pauses of somebody else's beside them, or another hold.
    """
    row = _row(work, undo)
    if row is None:
        raise _unknown()
    entry_id, hold_id = row.id, row.hold_id
    ends = (undo.first_entry_id, undo.last_entry_id)
    is_of_entries = ends != (None, None)
    pauses = entries.paused_by(work, entry_id) if is_of_entries else []
    unserved = entries.unserved_by(work, entry_id) if is_of_entries else []
    done = [each.entry_id for each in (*pauses, *unserved)]
    if done and ends != (min(done), max(done)):
        raise _unknown()
    if undo.hold_id not in (None, hold_id):
        raise _unknown()
    return Stop(entry_id, pauses, undo.hold_id, unserved)


def is_left(work: UnitOfWork, stop: Stop) -> bool:
    """Return whether anything of it is to be taken back still."""
    hold = hold_store.read(work)
    is_held = hold is not None and hold.id == stop.hold_id
    if is_held or not (stop.pauses or stop.unserved):
        return is_held
    values = {"project": work.project_id, "stop": stop.entry_id}
    return work.execute(_still_paused, values).first() is not None


def left_of(project_id: int, entry_ids: Sequence[int]) -> Mapping[int, StopLeft]:
    """Return by entry what is left of these Stop everythings, for a page; nothing of the others."""
    if not entry_ids:
        return {}
    return _left(project_id, _named, {"stops": list(entry_ids)})


def left_under(project_id: int, hold: Hold) -> Sequence[StopLeft]:
    """Return what is left of each Stop everything of the open hold, for a page; newest first."""
    left = _left(project_id, _under_hold, {"hold": hold.id, "since": hold.since})
    return tuple(left.values())


def _left(
    project_id: int, statement: Select[*tuple[Any, ...]], values: Mapping[str, object]
) -> dict[int, StopLeft]:
    stops = db.session.execute(statement, {"project": project_id, **values}).all()
    paused: dict[int, list[StillPaused]] = {stop.id: [] for stop in stops}
    asked = {"project": project_id, "stops": list(paused)}
    for stop_id, test_id, name, was_shipped in (
        db.session.execute(_all_still_paused, asked) if stops else ()
    ):
        paused[stop_id].append(StillPaused(test_id, name, was_shipped))
    return {
        stop.id: StopLeft(
            stop.at,
            StopUndo(stop.hold_id, stop.first, stop.last),
            tuple(each for each in paused[stop.id] if not each.was_shipped),
            bool(stop.is_held),
            tuple(each for each in paused[stop.id] if each.was_shipped),
        )
        for stop in stops
        if stop.is_held or paused[stop.id]
    }


def _row(work: UnitOfWork, undo: StopUndo) -> Row[Any] | None:
    values = {"project": work.project_id}
    if undo.first_entry_id is None:
        return work.execute(_of_hold, {**values, "hold": undo.hold_id}).first()
    return work.execute(_of_pause, {**values, "pause": undo.first_entry_id}).first()


def _unknown() -> NotFound:
    return NotFound(
        "No Stop everything of this project has done exactly this, so nothing is taken back."
    )
