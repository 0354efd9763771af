"""A connection to PostgreSQL that waits for no longer than whoever waits for its request."""

from collections.abc import Iterable
from typing import Any

from psycopg import Connection, OperationalError
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import Dialect
from sqlalchemy.pool import ConnectionPoolEntry

from app.core import waiting

# The server, which bounds each statement itself, is to be the first to say that it took too long.
SECONDS_OF_GRACE = 0.5
# libpq takes no less.
SHORTEST_TO_CONNECT = 2
_INTERVAL = 0.1


class BoundedConnection(Connection[Any]):
    """A connection that is closed when the server, which hangs, has not answered in time."""

    def wait(self, gen: PQGen[RV], interval: float = _INTERVAL, timeout: float | None = None) -> RV:
        """Wait for the server. Raises OperationalError where that takes too long."""
        try:
            return super().wait(gen, interval, _patience() if timeout is None else timeout)
        except OperationalError:
            # What it answers later must not be taken for the answer to something else.
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.close()
            raise


def connect(
    _dialect: Dialect,
    _record: ConnectionPoolEntry,
    arguments: Iterable[str],
    settings: dict[str, Any],
) -> BoundedConnection:
    """Return a new connection, for SQLAlchemy's pool.

    Raises OperationalError where nobody has the time to wait for one.
    """
    left = waiting.seconds_to_work()
    if left is not None:
        if left + SECONDS_OF_GRACE < SHORTEST_TO_CONNECT:
            raise OperationalError("no time is left to connect")
        longest = max(SHORTEST_TO_CONNECT, round(left))
        settings["connect_timeout"] = min(settings["connect_timeout"], longest)
    return BoundedConnection.connect(*arguments, **settings)


def _patience() -> float | None:
    seconds = waiting.seconds_to_work()
    return None if seconds is None else seconds + SECONDS_OF_GRACE
