"""Changes into live and out of it: when experiments began to run and stopped, by their history."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, false, func, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from app.models import Experiment, History, Kind, Status

_Of = InstrumentedAttribute[int] | InstrumentedAttribute[int | None]
"""The column of an entry that names the experiment: its own, or the one that a swap paused."""


class Change(NamedTuple):
    """A transition into running, or out of it."""

    at: datetime
    is_start: bool


def read(
    session: Session, test_ids: Iterable[int], since: datetime | None = None
) -> defaultdict[int, list[Change]]:
    """Return the changes of each experiment in order, by its test id.

    With `since` the later ones, and what says whether it was live at that moment.
    """
    ids = set(test_ids)
    own = _statement(History.test_id, History.to_status == Status.RUNNING, ids, since)
    by_swap = _statement(History.paused_test_id, false(), ids, since)
    found = defaultdict[int, list[Change]](list)
    rows = session.execute(union_all(own, by_swap)).all()
    for test_id, _, at, is_start in sorted(rows, key=itemgetter(1)):
        found[test_id].append(Change(at, bool(is_start)))
    return found


def _statement(
    of: _Of, is_start: ColumnElement[bool], test_ids: set[int], since: datetime | None
) -> Select[*tuple[Any, ...]]:
    statement = (
        select(Experiment.test_id, History.id, History.at, is_start.label("is_start"))
        .join(History, of == Experiment.test_id)
        .where(Experiment.test_id.in_(test_ids), _is_change(History))
    )
    return statement if since is None else statement.where(History.id >= _last_by(of, since))


def _last_by(of: _Of, moment: datetime) -> ColumnElement[int]:
    """Return the number of an experiment's last change by that moment, 0 where there is none.

    It is looked for from the newest entry back, so that what was long ago costs nothing.
    """
    entry = aliased(History)
    last = (
        select(entry.id)
        .where(getattr(entry, of.key) == Experiment.test_id, _is_change(entry), entry.at <= moment)
        .order_by(entry.id.desc())
        .limit(1)
        .correlate(Experiment)
        .scalar_subquery()
    )
    return func.coalesce(last, 0)


def _is_change(entry: type[History]) -> ColumnElement[bool]:
    touches = (entry.from_status == Status.RUNNING) | (entry.to_status == Status.RUNNING)
    return (entry.kind == Kind.CHANGED) & touches
