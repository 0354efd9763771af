"""How log lines are written: one line each, which names the request that it is of.

As text for people, or as JSON for programs (the setting LOG_FORMAT).
"""

import logging
import re

from flask import Flask
from flask.logging import default_handler

from app.core import current_request

FORMAT = "[%(asctime)s] %(levelname)s in %(module)s: %(message)s"
SERVERS_LOG = "_granian"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class TextFormatter(logging.Formatter):
    """Lines for people. What somebody has sent cannot begin another line."""

    def __init__(self) -> None:
        super().__init__(FORMAT)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Return the line of a record, and after it the request, if there is one."""
        line = _CONTROL.sub(_escaped, super().formatMessage(record))
        request_id = current_request.request_id()
        return f"{line} [request {request_id}]" if request_id else line


def register(app: Flask) -> None:
    """Have the application's log written as LOG_FORMAT says."""
    if app.config["LOG_FORMAT"] == "json":
        _write_json()
    else:
        default_handler.setFormatter(TextFormatter())
    # Flask hangs its handler in when somebody first asks; others may log before that.
    app.logger  # noqa: B018


def _write_json() -> None:
    """Have all of the process's log written as JSON, that of libraries and of the server too."""
    # It takes 70 ms to load, which a server that writes text does without.
    from app.web.json_logs import formatter  # noqa: PLC0415

    default_handler.setFormatter(formatter())
    everybody = logging.getLogger()
    if default_handler not in everybody.handlers:
        everybody.addHandler(default_handler)
    for handler in logging.getLogger(SERVERS_LOG).handlers:
        handler.setFormatter(default_handler.formatter)


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()
