"""Signs of life of the process that does what nobody presses a button for: `flask jobs`.

It writes when it was last at its work. Whoever reads that it was long ago knows since when what is
scheduled, and what is queued, stands still.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Executable, bindparam, select
from sqlalchemy.orm import Session

from app.database.batches import INSERTS
from app.database.engine import read_row
from app.database.prepared import Prepared
from app.database.transactions import writing
from app.models import Heartbeat, now, table_of

JOBS = "jobs"
SECONDS_BETWEEN = 5.0
AWAY_AFTER = timedelta(seconds=30)
"""How long nothing is heard of it before it is told to be away: a few turns of its work."""

_heartbeats = table_of(Heartbeat)
LAST_OF_JOBS = select(_heartbeats.c.at).where(_heartbeats.c.name == JOBS).scalar_subquery()
"""The column that says when it was last at its work; none where it never was."""
_last = select(_heartbeats.c.at).where(_heartbeats.c.name == bindparam("name"))
_read_last = Prepared(_last)
_locked = _last.with_for_update()


@dataclass(frozen=True)
class Away:
    """It is not at its work, since a moment; None where it has never been."""

    since: datetime | None


OnReturn = Callable[[datetime, datetime], None]
"""Called with since when the process was away, and until when."""


def _tell_nobody(_since: datetime, _until: datetime) -> None:
    """Do nothing about an absence that has ended."""


class Heart:
    """Says of a process that it lives, every few seconds. `clock` is in seconds.

    After the first beat since it was away, `on_return` is told: one process of several alone is
    the first. Where that fails it is told after the next beat.
    """

    def __init__(
        self,
        name: str,
        clock: Callable[[], float] = time.monotonic,
        on_return: OnReturn = _tell_nobody,
    ) -> None:
        self._name = name
        self._clock = clock
        self._on_return = on_return
        self._beaten_at = -math.inf
        self._untold: tuple[datetime, datetime] | None = None

    def beat(self) -> None:
        """Write that the process lives, unless that was written just now.

        Raises what the database does; then the next beat is tried at once. Raises what `on_return`
        does, too.
        """
        moment = self._clock()
        if moment - self._beaten_at < SECONDS_BETWEEN:
            return
        self._beaten_at = -math.inf
        with writing() as session:
            absence = self._write(session, now())
        self._untold = self._untold or absence
        self._beaten_at = moment
        if self._untold:
            self._on_return(*self._untold)
            self._untold = None

    def _write(self, session: Session, at: datetime) -> tuple[datetime, datetime] | None:
        """Write a beat, and return since when and until when the process was away, if it was."""
        last = session.scalar(_locked, {"name": self._name})
        session.execute(_upsert(session), {"name": self._name, "at": at})
        return (last, at) if last and away(last, at) else None


def away(last: datetime | None, moment: datetime) -> Away | None:
    """Return since when the process is away at `moment` that was `last` at its work then.

    None where it is at its work.
    """
    return Away(last) if last is None or last < moment - AWAY_AFTER else None


def jobs_away() -> Away | None:
    """Return since when the process of the jobs is away now; None where it is at its work."""
    return away(last_of_jobs(), now())


def last_of_jobs() -> datetime | None:
    """Return when the process of the jobs was last at its work; None where it never was."""
    row = read_row(_read_last, {"name": JOBS})
    return row.at if row else None


def _upsert(session: Session) -> Executable:
    insert = INSERTS[session.get_bind().dialect.name](_heartbeats)
    return insert.on_conflict_do_update(
        index_elements=[_heartbeats.c.name], set_={"at": insert.excluded.at}
    )
