"""Log lines as JSON: an object a line, a traceback in one of its members."""

import logging

import structlog
from structlog.types import EventDict

from app.core import current_request


def formatter() -> logging.Formatter:
    """Return what makes a line of a record; what was given to it as `extra` are members too."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            _add_request_id,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
    )


def _add_request_id(_logger: object, _method: str, members: EventDict) -> EventDict:
    if request_id := current_request.request_id():
        members["request_id"] = request_id
    return members
