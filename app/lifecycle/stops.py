"""What one Stop everything has done, found by what tells which one is meant."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, select

from app.core.errors import NotFound
from app.core.unit_of_work import UnitOfWork
from app.lifecycle import entries, hold_store
from app.lifecycle.bulk import Expected
from app.lifecycle.entries import Pause
from app.models import Experiment, History, ProjectEntry, ProjectKind, Status, table_of


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
    """What is to be taken back of a Stop everything: its entry, its pauses, and its hold."""

    entry_id: int
    pauses: Sequence[Pause]
    hold_id: int | None

    @property
    def expected(self) -> Expected:
        """Return by test id when each was paused."""
        return {pause.test_id: pause.at for pause in self.pauses}


_entry, _history = table_of(ProjectEntry).c, table_of(History).c
_experiment = table_of(Experiment).c
_stops = select(_entry.id, _entry.hold_id).where(
    _entry.project_id == bindparam("project"), _entry.kind == ProjectKind.EVERYTHING_STOPPED
)
_of_pause = _stops.join(History, _history.cause_project_entry_id == _entry.id).where(
    _history.id == bindparam("pause")
)
_of_hold = _stops.where(_entry.hold_id == bindparam("hold"))
_still_paused = (
    select(_experiment.test_id)
    .join_from(Experiment, History, _history.test_id == _experiment.test_id)
    .where(
        _history.project_id == bindparam("project"),
        _history.cause_project_entry_id == bindparam("stop"),
        _experiment.status == Status.STOPPED,
        _experiment.changed_at == _history.at,
    )
    .limit(1)
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
    pauses = [] if ends == (None, None) else entries.paused_by(work, entry_id)
    if pauses and ends != (pauses[0].entry_id, pauses[-1].entry_id):
        raise _unknown()
    if undo.hold_id not in (None, hold_id):
        raise _unknown()
    return Stop(entry_id, pauses, undo.hold_id)


def is_left(work: UnitOfWork, stop: Stop) -> bool:
    """Return whether anything of it is to be taken back still."""
    hold = hold_store.read(work)
    is_held = hold is not None and hold.id == stop.hold_id
    if is_held or not stop.pauses:
        return is_held
    values = {"project": work.project_id, "stop": stop.entry_id}
    return work.execute(_still_paused, values).first() is not None


def _row(work: UnitOfWork, undo: StopUndo) -> Row[Any] | None:
    values = {"project": work.project_id}
    if undo.first_entry_id is None:
        return work.execute(_of_hold, {**values, "hold": undo.hold_id}).first()
    return work.execute(_of_pause, {**values, "pause": undo.first_entry_id}).first()


def _unknown() -> NotFound:
    return NotFound(
        "No Stop everything of this project has done exactly this, so nothing is taken back."
    )
