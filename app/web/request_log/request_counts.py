"""How many requests there are and how long they take, by kind, and the connections in use."""

import time

from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.pool import QueuePool

from app.core import metrics
from app.database.engine import db
from app.web.request_kinds import UNCOUNTED, kind_of
from app.web.request_log.answered import Answered

SECONDS_BETWEEN = 1.0


class RequestCounts:
    """The counts and times of what was answered, but not of files and operators."""

    def __init__(self, engine: Engine, most: int) -> None:
        self.engine = engine
        self.most = most
        self._sampled_at = 0.0
        self._sampled = 0

    def count(self, answered: Answered) -> None:
        """Count a request."""
        if answered.first in UNCOUNTED:
            return
        kind = kind_of(answered.method, answered.first)
        metrics.of_process.count(
            lambda counters: counters.time(kind, f"{answered.status[0]}xx", answered.seconds)
        )
        self._sample_connections()

    def _sample_connections(self) -> None:
        # Seldom, and when the last connection is given back: each time would cost too much.
        pool, moment = self.engine.pool, time.monotonic()
        in_use = pool.checkedout() if isinstance(pool, QueuePool) else 0
        if moment - self._sampled_at > SECONDS_BETWEEN or (self._sampled and not in_use):
            self._sampled, self._sampled_at = in_use, moment
            metrics.of_process.count(lambda counters: counters.tell_of_pool(in_use, self.most))


def of(app: Flask) -> RequestCounts:
    """Return what counts the requests of the application."""
    with app.app_context():
        return RequestCounts(db.engine, app.config["DATABASE_CONNECTIONS"])
