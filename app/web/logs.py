"""How log lines are written: one line each, which names the request that it is of."""

import logging
import re

from flask import Flask
from flask.logging import default_handler

from app.core import current_request

FORMAT = "[%(asctime)s] %(levelname)s in %(module)s: %(message)s"
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
    """Have the application's log written this way."""
    default_handler.setFormatter(TextFormatter())
    # Flask hangs its handler in when somebody first asks; others may log before that.
    app.logger  # noqa: B018


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()
