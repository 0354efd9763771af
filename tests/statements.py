"""The SQL that the application sends."""

from collections.abc import Generator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import event

from app.core.database import db


@contextmanager
def recorded(app: Flask) -> Generator[list[str]]:
    """Every statement that `app` sends to its database, in order, while this is open."""
    statements: list[str] = []

    def record(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", record)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", record)
