"""What a server says when it starts of the tables that it finds."""

import logging
from threading import Thread

from flask import Flask

from app.core.errors import Busy
from app.database import schema
from app.database.schema import Fit
from app.web.limits import concurrency
from app.web.request_kinds import Kind

LEVELS = {Fit.CURRENT: logging.INFO, Fit.NEWER: logging.WARNING}


def begin(app: Flask) -> Thread:
    """Start to log in one line how the database's tables fit.

    Beside the start, which a database that is away must not hold up.
    """
    app.logger.setLevel(logging.INFO)
    thread = Thread(target=_tell, args=(app,), name="schema", daemon=True)
    thread.start()
    return thread


def _tell(app: Flask) -> None:
    with app.app_context():
        found = _found()
        app.logger.log(LEVELS.get(found, logging.ERROR), schema.sentence(found))


def _found() -> Fit:
    """Return how the tables fit, read at a place of its own, so that no request lacks one."""
    try:
        with concurrency.room_for(Kind.READING):
            return schema.fit()
    except Busy:
        return Fit.UNREADABLE
