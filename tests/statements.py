"""The SQL that the application sends, and the connections that it takes for it."""

import re
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import event

from app.database.engine import db
from app.serving import visitor_sample
from app.web.limits import concurrency
from app.web.request_kinds import Kind

# What bounds a wait: whether it is sent, and with what, depends on how long a request has taken.
_BOUND = re.compile(
    r"(; )?(PRAGMA busy_timeout|SET LOCAL lock_timeout|SET statement_timeout) = \d+"
)


@contextmanager
def recorded(app: Flask) -> Generator[list[str]]:
    """Every statement that `app` sends to its database, in order, while this is open.

    But for how long it is to wait, and what a thread writes of visitors at its own time.
    """
    statements: list[str] = []

    def record(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        if threading.current_thread().name == visitor_sample.THREAD:
            return
        if told := _BOUND.sub("", statement):
            statements.append(told)

    with listened_to(app, "before_cursor_execute", record):
        yield statements


@contextmanager
def listened_to(app: Flask, name: str, listener: Callable[..., None]) -> Generator[None]:
    """Have an event of the engine of `app` told to `listener` while this is open."""
    with app.app_context():
        engine = db.engine
    event.listen(engine, name, listener)
    try:
        yield
    finally:
        event.remove(engine, name, listener)


@contextmanager
def places_of_connections(app: Flask, kind: Kind) -> Generator[list[bool]]:
    """Note for each connection that is taken whether the only place of this kind was."""
    taken: list[bool] = []
    place = app.extensions[concurrency.EXTENSION][kind]

    def look(*_: object) -> None:
        is_free = place.acquire(0)
        taken.append(not is_free)
        if is_free:
            place.release()

    with listened_to(app, "checkout", look):
        yield taken
