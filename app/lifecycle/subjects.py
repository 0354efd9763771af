"""An experiment as the rules see it, read as it is now.

Statements are built once, at import: this is the path that every start and pause takes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Row, bindparam, exists, select

from app.accounts import rights
from app.core.errors import NotFound
from app.core.version_tokens import token_of, token_of_version
from app.database.engine import db
from app.database.prepared import Prepared
from app.database.unit_of_work import UnitOfWork
from app.lifecycle import splits
from app.lifecycle.ends.endings import UNDECIDED, Ending
from app.models import (
    WHOLE,
    Actor,
    AnnouncementKind,
    CauseKind,
    Conclusion,
    Door,
    Experiment,
    QueuedStart,
    Run,
    ScheduledChange,
    ScheduledRise,
    SplitFault,
    Status,
    Variant,
    is_shipped,
    table_of,
)
from app.notifications.listeners import is_listened_to

Reference = int | str
"""How an experiment is named: by its `test_id`, or by its `exp_` id."""

NOTHING = frozenset[Status]()
NOBODY = Actor(Door.COMMAND_LINE)


@dataclass(frozen=True)
class Subject:
    """An experiment as the rules see it.

    `changed_at` is when its status changed last, `version` the entry of history that changed
    anything of it last. `is_queued` and `is_scheduled` say that a start
    waits for a slot, and that something is to happen at a moment, `has_queue` that anything of its
    project waits; `run_id` is its current run, which is planned while `run_opened_at` is None,
    `live_since` is when it went live last, and `may_change` whether whoever acts may change it.
    These are known where it was read for a change. `is_listened_to` says whether anybody wants to
    be told that it changes, `is_awaited` whether anybody is to be told where a start that waited
    for a slot comes. `is_to_start` says that a start is set for a moment, `is_to_rise` that a rise
    of its traffic is; `traffic_allocation` is that of its current run, in basis points.
    `split_fault` says why it could never measure anything, if so. `ending` is what is decided of
    it, and `variant_name` the name of the variant that was decided for. `run_number` counts its
    runs, the current one with them.
    """

    test_id: int
    public_id: str
    project_id: int
    key: str
    name: str
    status: Status
    started_at: datetime | None
    changed_at: datetime
    version: int
    is_queued: bool = False
    is_scheduled: bool = False
    has_queue: bool = False
    run_id: int = 0
    run_opened_at: datetime | None = None
    may_change: bool = True
    split_fault: SplitFault | None = None
    live_since: datetime | None = None
    is_listened_to: bool = False
    is_awaited: bool = False
    stopped_at: datetime | None = None
    conclusion: Conclusion | None = None
    shipped_variant: str | None = None
    shipped_at: datetime | None = None
    variant_name: str | None = None
    run_number: int = 1
    is_to_start: bool = False
    traffic_allocation: int = WHOLE
    is_to_rise: bool = False

    @property
    def ending(self) -> Ending:
        """Return what is decided of it."""
        is_shipped = self.status is Status.STOPPED and self.shipped_at == self.changed_at
        return Ending(self.conclusion, self.shipped_variant, is_shipped)

    @property
    def has_run(self) -> bool:
        """Return whether any of its runs was open: another follows only one that was."""
        return self.run_opened_at is not None or self.run_number > 1

    @property
    def status_token(self) -> str:
        """Return the token for a change to which only the status matters.

        And what is decided: a decision leaves the moment of the status, so its version counts.
        """
        is_decided = self.ending != UNDECIDED
        return token_of_version(self.version) if is_decided else token_of(self.changed_at)

    @property
    def has_plans(self) -> bool:
        """Return whether anything is to happen to it later: in the queue, or at a moment."""
        return self.is_queued or self.is_scheduled or self.is_to_rise


_experiment = table_of(Experiment).c
_queued, _scheduled = table_of(QueuedStart).c, table_of(ScheduledChange).c
_rise = table_of(ScheduledRise).c
_runs, _variant = table_of(Run), table_of(Variant).c
_run = _runs.c
_variant_name = (
    select(_variant.name)
    .where(_variant.run_id == _run.id, _variant.key == _experiment.shipped_variant)
    .correlate(_runs, table_of(Experiment))
    .scalar_subquery()
)

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
        _experiment.version,
        exists().where(_queued.test_id == _experiment.test_id),
        exists().where(_scheduled.test_id == _experiment.test_id),
        exists().where(_queued.project_id == _experiment.project_id),
        _run.id,
        _run.opened_at,
        # Here, not in a statement of its own: every start and pause asks it under the lock.
        rights.may_change(
            rights.BY_USER, rights.BY_KEY, bindparam("project", type_=Integer), rights.MOMENT
        ),
        splits.fault(_experiment.test_id),
        _experiment.live_since,
        is_listened_to(bindparam("project", type_=Integer), AnnouncementKind.EXPERIMENT_CHANGED),
        is_listened_to(bindparam("project", type_=Integer), AnnouncementKind.QUEUED_START_CAME),
        _experiment.stopped_at,
        _experiment.conclusion,
        _experiment.shipped_variant,
        _experiment.shipped_at,
        _variant_name,
        _run.number,
        exists().where(
            _scheduled.test_id == _experiment.test_id, _scheduled.target == Status.RUNNING
        ),
        _run.traffic_allocation,
        exists().where(_rise.test_id == _experiment.test_id),
    )
    .join(_runs, (_run.test_id == _experiment.test_id) & _run.is_current)
    .where(_experiment.project_id == bindparam("project"))
)
_read = Prepared(_select.where(_experiment.test_id == bindparam("experiment")))
_read_by_public_id = Prepared(_select.where(_experiment.public_id == bindparam("experiment")))
_read_all = _select.where(_experiment.test_id.in_(bindparam("experiments", expanding=True)))
_running = (
    select(_experiment.test_id)
    .where(_experiment.project_id == bindparam("project"), _experiment.status == Status.RUNNING)
    .order_by(_experiment.changed_at.desc(), _experiment.test_id.desc())
)

_shipped = (
    select(_experiment.test_id)
    .where(_experiment.project_id == bindparam("project"), _experiment.shipped_at.is_not(None))
    .where(is_shipped)
    .order_by(_experiment.shipped_at.desc(), _experiment.test_id.desc())
)


def find(project_id: int, experiment: Reference) -> Subject | None:
    """Return an experiment as it is now, outside of a unit of work; None if there is none."""
    statement, values = _reading(project_id, experiment, NOBODY)
    return _subject(statement.row(db.session.connection(), values))


def find_all(project_id: int, test_ids: Sequence[int]) -> tuple[Subject, ...]:
    """Return experiments as they are now, outside of a unit of work, in the order given."""
    values = {"project": project_id, "experiments": list(test_ids), **rights.asking(NOBODY)}
    rows = db.session.execute(_read_all, values) if test_ids else ()
    found = {row.test_id: Subject(*row) for row in rows}
    return tuple(found[test_id] for test_id in test_ids if test_id in found)


def load(work: UnitOfWork, experiment: Reference, hidden: frozenset[Status] = NOTHING) -> Subject:
    """Return an experiment of the project as it is now.

    Raises NotFound for one that the project does not have, or whose status is `hidden`.

    Whoever asks for a change has to have the right to it still, now that the project is locked:
    raises NotFound, Forbidden or Unauthenticated where it ended while they waited for the lock.
    """
    found = read(work, experiment)
    if found is None or found.status in hidden:
        raise NotFound("Experiment not found.")
    if work.cause.kind is CauseKind.REQUEST and not found.may_change:
        raise rights.ended(work.storage.connection, work.project_id, work.actor)
    return found


def read(work: UnitOfWork, experiment: Reference) -> Subject | None:
    """Return an experiment of the project as it is now, whoever acts; None if there is none."""
    statement, values = _reading(work.project_id, experiment, work.actor)
    return _subject(work.row(statement, values))


def running_ids(work: UnitOfWork) -> list[int]:
    """Return the test ids of what runs in the project, the latest first."""
    return list(work.execute(_running, {"project": work.project_id}).scalars())


def shipped_ids(work: UnitOfWork) -> list[int]:
    """Return the test ids of what is shipped in the project, the latest first."""
    return list(work.execute(_shipped, {"project": work.project_id}).scalars())


def shipped(project_id: int) -> tuple[Subject, ...]:
    """Return what is shipped in a project, the latest first, for a page."""
    found = db.session.scalars(_shipped, {"project": project_id}).all()
    return find_all(project_id, found)


def _reading(
    project_id: int, experiment: Reference, actor: Actor
) -> tuple[Prepared, dict[str, object]]:
    by_number = isinstance(experiment, int)
    # No text in the database holds a NUL, and PostgreSQL fails when it is asked for one.
    named = "" if not by_number and "\0" in experiment else experiment
    values = {"project": project_id, "experiment": named, **rights.asking(actor)}
    return _read if by_number else _read_by_public_id, values


def _subject(row: Row[*tuple[Any, ...]] | None) -> Subject | None:
    return None if row is None else Subject(*row)
