"""The runs of an experiment: planned, opened by a start, and followed by others.

Statements are built once, at import: a start takes this path.
"""

from datetime import datetime

from sqlalchemy import bindparam, insert, literal_column, select, update
from sqlalchemy.orm import Session

from app.models import Run, RunGoal, Variant, new_salt, table_of

_runs, _variants, _goals = table_of(Run), table_of(Variant), table_of(RunGoal)
_run, _variant, _goal = _runs.c, _variants.c, _goals.c

_current = select(_run.id, _run.opened_at).where(
    _run.test_id == bindparam("experiment"), _run.is_current
)
_open = update(_runs).where(_run.id == bindparam("run")).values(opened_at=bindparam("moment"))
_succeed = update(_runs).where(_run.id == bindparam("run")).values(is_current=False)
_repeated = {
    "test_id": _run.test_id,
    "number": _run.number + 1,
    "is_current": literal_column("true"),
    "salt": bindparam("salt", type_=_run.salt.type),
    "traffic_allocation": _run.traffic_allocation,
    "minimum_days": _run.minimum_days,
    "minimum_visitors": _run.minimum_visitors,
    "opened_at": bindparam("moment", type_=_run.opened_at.type),
}
_repeat = (
    insert(_runs)
    .from_select(
        list(_repeated),
        select(*_repeated.values()).where(_run.id == bindparam("run")),
    )
    .returning(_run.id)
)
_new_run = bindparam("new_run", type_=_run.id.type)
_repeat_variants = insert(_variants).from_select(
    ["run_id", "position", "key", "name", "weight", "value"],
    select(
        _new_run, _variant.position, _variant.key, _variant.name, _variant.weight, _variant.value
    ).where(_variant.run_id == bindparam("run")),
)
_repeat_goals = insert(_goals).from_select(
    ["run_id", "goal_id", "position", "role"],
    select(_new_run, _goal.goal_id, _goal.position, _goal.role).where(
        _goal.run_id == bindparam("run")
    ),
)


def enter(session: Session, test_id: int, moment: datetime, *, afresh: bool) -> None:
    """Have the experiment running in its current run.

    A planned one is opened at `moment`. One that has been open already is gone on with, unless
    the visitors are to be split `afresh`: then one like it follows, with a salt of its own.
    """
    run_id, opened_at = session.execute(_current, {"experiment": test_id}).one()
    if opened_at is None:
        session.execute(_open, {"run": run_id, "moment": moment})
    elif afresh:
        _follow(session, run_id, moment)


def supersede(session: Session, run_id: int) -> None:
    """Make room for a run that becomes the current one."""
    session.execute(_succeed, {"run": run_id})


def _follow(session: Session, run_id: int, moment: datetime) -> None:
    supersede(session, run_id)
    values = {"run": run_id, "salt": new_salt(), "moment": moment}
    new_run = session.execute(_repeat, values).scalar_one()
    for statement in (_repeat_variants, _repeat_goals):
        session.execute(statement, {"run": run_id, "new_run": new_run})
