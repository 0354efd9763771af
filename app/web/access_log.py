"""The access log: a line for a request that was answered, and who sent it.

Evaluations, events, files, the questions of operators' machines, and polls that find nothing new
are most of the requests of a server, and say the least: they have a line only if ACCESS_LOG is
`all`. A line never has the query of an address, which may hold what people search for.
"""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask

from app.core import current_request

NONE, ALL = "none", "all"
UNCHANGED = "304"
QUIET = frozenset(
    {"ofrep", "collect", "static", "switchyard.js", "healthz", "readyz", "metrics"},
)
"""The first parts of addresses that are asked for again and again."""

_log = logging.getLogger(__name__)


class AccessLog:
    """WSGI middleware that logs requests."""

    def __init__(self, application: WSGIApplication, *, logs_all: bool) -> None:
        self.application = application
        self.logs_all = logs_all

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the application does, and log that."""
        path = environ["PATH_INFO"]
        if not self.logs_all and path[1:].partition("/")[0] in QUIET:
            return self.application(environ, start_response)
        began, said = time.perf_counter(), ["500"]

        def start(
            status: str,
            headers: list[tuple[str, str]],
            exc_info: Any = None,  # noqa: ANN401
        ) -> Callable[[bytes], object]:
            said.append(status[:3])
            return start_response(status, headers, exc_info)

        try:
            return self.application(environ, start)
        finally:
            if self.logs_all or said[-1] != UNCHANGED:
                _tell(
                    environ["REQUEST_METHOD"],
                    _readable(path),
                    said[-1],
                    time.perf_counter() - began,
                )


def register(app: Flask) -> None:
    """Log the requests of the application, as ACCESS_LOG says."""
    wanted = app.config["ACCESS_LOG"]
    if wanted != NONE:
        _log.setLevel(logging.INFO)
        app.wsgi_app = AccessLog(app.wsgi_app, logs_all=wanted == ALL)


def _tell(method: str, path: str, status: str, seconds: float) -> None:
    milliseconds = round(seconds * 1000, 1)
    members: dict[str, object] = {
        "method": method,
        "path": path,
        "status": int(status),
        "ms": milliseconds,
    }
    caller, by = current_request.caller(), ""
    if caller:
        members[caller[0]] = caller[1]
        by = f" by {caller[0]} {caller[1]}"
    _log.info("%s %s %s in %s ms%s", method, path, status, milliseconds, by, extra=members)


def _readable(path: str) -> str:
    """Return a path as it was sent: WSGI gives its bytes as Latin-1."""
    return path.encode("latin-1").decode("utf-8", "replace")
