"""The access log: a line for a request that was answered, and who sent it.

Evaluations, events, files, the questions of operators' machines, and polls that find nothing new
are most of the requests of a server, and say the least: they have a line only if ACCESS_LOG is
`all`. A line never has the query of an address, which may hold what people search for.
"""

import logging

from flask import Flask

from app.core import current_request
from app.web.request_kinds import QUIET
from app.web.request_log import logs
from app.web.request_log.answered import Answered

NONE, ALL = "none", "all"
UNCHANGED = "304"
LONGEST_PATH = 2000

_log = logging.getLogger(__name__)


class AccessLog:
    """The log of what was answered."""

    def __init__(self, *, logs_all: bool) -> None:
        self.logs_all = logs_all

    def tell(self, answered: Answered) -> None:
        """Log a request, if it is one to be logged. Its caller is known until its end."""
        is_quiet = answered.first in QUIET or answered.status == UNCHANGED
        if is_quiet and not self.logs_all:
            return
        path = _readable(answered.path[:LONGEST_PATH])
        milliseconds = round(answered.seconds * 1000, 1)
        members: dict[str, object] = {
            "method": answered.method,
            "path": path,
            "status": int(answered.status),
            "ms": milliseconds,
        }
        caller, by = current_request.caller(), ""
        if caller:
            members[caller[0]] = caller[1]
            by = f" by {caller[0]} {caller[1]}"
        shown = logs.shown_path(path)
        line = (answered.method, shown, answered.status, milliseconds, by)
        _log.info("%s %s %s in %s ms%s", *line, extra=members)


def of(app: Flask) -> AccessLog | None:
    """Return what logs the requests of the application, as ACCESS_LOG says; None for nothing."""
    wanted = app.config["ACCESS_LOG"]
    if wanted == NONE:
        return None
    _log.setLevel(logging.INFO)
    return AccessLog(logs_all=wanted == ALL)


def _readable(path: str) -> str:
    """Return a path as it was sent: WSGI gives its bytes as Latin-1."""
    return path.encode("latin-1").decode("utf-8", "replace")
