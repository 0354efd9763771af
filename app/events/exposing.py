"""Exposing: what units see is let in once, and what was let in is counted on its day.

By statements that give nothing back. On PostgreSQL it is one: each is waited for. In SQLite whoever
writes is alone, so that what is new can be counted before it is let in: where it is told row by
row, other threads have their turn first at each of its columns.
"""

import json
from datetime import datetime
from functools import lru_cache

from sqlalchemy import FromClause, Insert, bindparam, exists, func, select
from sqlalchemy.orm import Session

from app.database import batches
from app.database.batches import Rows
from app.database.prepared import Prepared
from app.models import DailyVisitors, Exposure, table_of

_exposures, _visitors = table_of(Exposure), table_of(DailyVisitors)
_KEYS = list(_exposures.primary_key)
_MOMENT = bindparam("moment", type_=_visitors.c.last_at.type)


def expose(session: Session, rows: Rows, moment: datetime) -> None:
    """Insert the exposures that are new, in their order, and add them to the counts of their days.

    No two of `rows` have the same primary key. The last of them has come by `moment`.
    """
    if rows:
        connection = session.connection()
        values = {"rows": json.dumps(rows, default=str), "moment": moment}
        for statement in _statements(connection.dialect.name):
            statement.rows(connection, values)


@lru_cache
def _statements(kind: str) -> tuple[Prepared, ...]:
    sent = batches.sent(kind, list(_exposures.columns))
    let_in = batches.letting_in(kind, _exposures, sent)
    if kind == "postgresql":
        new = let_in.returning(*_exposures.columns).cte("new")
        return (Prepared(_counting(kind, new).add_cte(new)),)
    is_there = exists().where(*(sent.c[key.name] == key for key in _KEYS))
    new = select(sent).where(~is_there).subquery("new")
    return Prepared(_counting(kind, new)), Prepared(let_in)


def _counting(kind: str, new: FromClause) -> Insert:
    """Return the statement that adds what is new to the counts of its days, in their order."""
    of_day = new.c.run_id, new.c.day, new.c.position
    counts = select(*of_day, func.count(), _MOMENT).group_by(*of_day).order_by(*of_day)
    insert = batches.INSERTS[kind](_visitors).from_select(list(_visitors.columns.keys()), counts)
    return batches.adding_up(insert, _visitors, ("visitors",))
