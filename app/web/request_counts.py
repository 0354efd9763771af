"""How many requests there are and how long they take, by kind, and the connections in use."""

import time
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.pool import QueuePool

from app.core import metrics
from app.core.database import db
from app.web.access_log import QUIET
from app.web.concurrency import Kind

SECONDS_BETWEEN = 1.0
_BY_FIRST_PART = {"ofrep": Kind.EVALUATING, "collect": Kind.COLLECTING}
_UNCOUNTED = QUIET - _BY_FIRST_PART.keys()
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class RequestCounts:
    """WSGI middleware that counts requests and times them, but not of files and operators."""

    def __init__(self, application: WSGIApplication, engine: Engine, most: int) -> None:
        self.application = application
        self.engine = engine
        self.most = most
        self._sampled_at = 0.0
        self._sampled = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the application does, and count that."""
        first = environ["PATH_INFO"][1:].partition("/")[0]
        if first in _UNCOUNTED:
            return self.application(environ, start_response)
        kind = _BY_FIRST_PART.get(first) or _by_method(environ["REQUEST_METHOD"])
        began, said = time.perf_counter(), ["5"]

        def start(
            status: str,
            headers: list[tuple[str, str]],
            exc_info: Any = None,  # noqa: ANN401
        ) -> Callable[[bytes], object]:
            said.append(status[0])
            return start_response(status, headers, exc_info)

        try:
            return self.application(environ, start)
        finally:
            self._count(kind, said[-1], began)

    def _count(self, kind: Kind, status: str, began: float) -> None:
        ended = time.perf_counter()
        metrics.of_process.count(lambda counters: counters.time(kind, f"{status}xx", ended - began))
        # Seldom, and when the last connection is given back: each time would cost too much.
        pool = self.engine.pool
        in_use = pool.checkedout() if isinstance(pool, QueuePool) else 0
        if ended - self._sampled_at > SECONDS_BETWEEN or (self._sampled and not in_use):
            self._sampled, self._sampled_at = in_use, ended
            metrics.of_process.count(lambda counters: counters.tell_of_pool(in_use, self.most))


def register(app: Flask) -> None:
    """Count the requests of the application."""
    with app.app_context():
        engine = db.engine
    app.wsgi_app = RequestCounts(app.wsgi_app, engine, app.config["DATABASE_CONNECTIONS"])


def _by_method(method: str) -> Kind:
    return Kind.READING if method in _READING else Kind.WRITING
