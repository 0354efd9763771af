"""The runs of an experiment: planned, opened by a start, and followed by others.

Statements are built once, at import: a start takes this path.
"""

from datetime import datetime

from sqlalchemy import Insert, Table, bindparam, insert, literal_column, select, update

from app.database.prepared import Prepared
from app.database.unit_of_work import UnitOfWork
from app.lifecycle.subjects import Subject
from app.models import Project, Run, RunGoal, Variant, new_salt, table_of

_runs = table_of(Run)
_run = _runs.c

# Days begin by the zone that the project has as a run opens, as long as that lasts.
_time_zone = select(Project.time_zone).where(Project.id == bindparam("project")).scalar_subquery()
_open = Prepared(
    update(_runs)
    .where(_run.id == bindparam("run"))
    .values(opened_at=bindparam("moment"), time_zone=_time_zone)
)
_succeed = update(_runs).where(_run.id == bindparam("run")).values(is_current=False)
# A repeated run is like the one before it in all of its design. Nothing was counted in it yet.
_OF_ONE_RUN = {"id", "is_current", "rows_deleted_at", "recounted_at"}
_repeated = {
    **{column.name: column for column in _run if column.name not in _OF_ONE_RUN},
    "number": _run.number + 1,
    "is_current": literal_column("true"),
    "salt": bindparam("salt", type_=_run.salt.type),
    "opened_at": bindparam("moment", type_=_run.opened_at.type),
    "time_zone": _time_zone,
}
_repeat = (
    insert(_runs)
    .from_select(
        list(_repeated),
        select(*_repeated.values()).where(_run.id == bindparam("run")),
    )
    .returning(_run.id)
)


def _repeat_parts(parts: Table) -> Insert:
    """Give the rows of one run to another, as they are."""
    columns = {column.name: column for column in parts.c} | {
        "run_id": bindparam("new_run", type_=parts.c.run_id.type)
    }
    selected = select(*columns.values()).where(parts.c.run_id == bindparam("run"))
    return insert(parts).from_select(list(columns), selected)


_repeat_variants, _repeat_goals = (_repeat_parts(table_of(part)) for part in (Variant, RunGoal))


def enter(work: UnitOfWork, experiment: Subject, moment: datetime, *, afresh: bool) -> None:
    """Have the experiment running in its current run.

    A planned one is opened at `moment`. One that has been open already is gone on with, unless
    the visitors are to be split `afresh`: then one like it follows, with a salt of its own.
    """
    if experiment.run_opened_at is None:
        opened = {"run": experiment.run_id, "moment": moment, "project": work.project_id}
        work.rows(_open, opened)
    elif afresh:
        _follow(work, experiment.run_id, moment)


def supersede(work: UnitOfWork, run_id: int) -> None:
    """Make room for a run that becomes the current one."""
    work.execute(_succeed, {"run": run_id})


def _follow(work: UnitOfWork, run_id: int, moment: datetime) -> None:
    supersede(work, run_id)
    values = {"run": run_id, "salt": new_salt(), "moment": moment, "project": work.project_id}
    new_run = work.execute(_repeat, values).scalar_one()
    for statement in (_repeat_variants, _repeat_goals):
        work.execute(statement, {"run": run_id, "new_run": new_run})
