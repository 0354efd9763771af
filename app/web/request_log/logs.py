"""How log lines are written: one line each, which names the request that it is of.

As text for people, or as JSON for programs (the setting LOG_FORMAT).
"""

import logging
import re
import sys
from typing import Any, TextIO, cast
from urllib.parse import quote

from flask import Flask
from flask.logging import default_handler

from app.core import current_request
from app.core.validation import is_drawn

# What no line says is not looked for: it took a tenth of the CPU of a line.
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
FORMAT = "[%(asctime)s] %(levelname)s in %(module)s: %(message)s"
SERVERS_LOG = "_granian"
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._~:@!$&'()*+,;=-]*")
# What ends a path, or begins what stands after one; and what begins an escape.
_NOT_IN_A_PATH = frozenset(' %[]"\\<>')
_BEGINS_REQUEST = "[request "


class StandardError:
    """The error stream of the process, whatever it is at the moment.

    Flask looks for one in each request, twice for a line: that took 20 µs of CPU, and takes 12 so.
    """

    def write(self, text: str) -> int:
        """Write a text, and return how long it is."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Have written what was kept back."""
        sys.stderr.flush()


class TextFormatter(logging.Formatter):
    """Lines for people. What somebody has sent cannot begin another line, or look like one.

    What cannot be seen is escaped, a change of the writing direction too. Only the end of a line
    says of which request it is, and further lines, of a traceback, are indented.
    """

    def __init__(self) -> None:
        super().__init__(FORMAT)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Return the line of a record, and after it the request, if there is one."""
        line = _visible(super().formatMessage(record))
        request_id = current_request.request_id()
        return f"{line} {_BEGINS_REQUEST}{request_id}]" if request_id else line

    def formatException(self, ei: Any) -> str:  # noqa: N802, ANN401 - as logging has it
        """Return a traceback, as lines that cannot be taken for a request's."""
        return "\n".join(f"  {_visible(line)}" for line in super().formatException(ei).split("\n"))


def shown_path(path: str) -> str:
    """Return a path for a line that goes on after it: without what could pass for its end.

    In any script as it is read, and what is escaped as it is in an address.
    """
    if _PLAIN_PATH.fullmatch(path):
        return path
    return "".join(
        each
        if each.isprintable() and is_drawn(each) and each not in _NOT_IN_A_PATH
        else quote(each, "", "utf-8", "replace")
        for each in path
    )


def register(app: Flask) -> None:
    """Have the application's log written as LOG_FORMAT says."""
    default_handler.setStream(cast("TextIO", StandardError()))
    if app.config["LOG_FORMAT"] == "json":
        _write_json()
    else:
        default_handler.setFormatter(TextFormatter())
    # Flask hangs its handler in when somebody first asks; others may log before that.
    app.logger  # noqa: B018


def _write_json() -> None:
    """Have all of the process's log written as JSON, that of libraries and of the server too."""
    # It takes 70 ms to load, which a server that writes text does without.
    from app.web.request_log.json_logs import formatter  # noqa: PLC0415

    default_handler.setFormatter(formatter())
    everybody = logging.getLogger()
    if default_handler not in everybody.handlers:
        everybody.addHandler(default_handler)
    for handler in logging.getLogger(SERVERS_LOG).handlers:
        handler.setFormatter(default_handler.formatter)


def _visible(text: str) -> str:
    """Return a text with what cannot be seen escaped, and what would name another request."""
    if not text.isascii() or not text.isprintable():
        text = "".join(each if _is_seen(each) else _escaped(each) for each in text)
    return text.replace(_BEGINS_REQUEST, r"\x5brequest ")


def _is_seen(character: str) -> bool:
    return character == " " or (character.isprintable() and is_drawn(character))


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()
