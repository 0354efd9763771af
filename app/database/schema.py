"""The version of the database's tables, beside the one that this version of Switchyard knows.

Migrations are numbered, and their files say which there are: Alembic, which is slow to load, is not
asked.
"""

from enum import StrEnum
from functools import cache
from pathlib import Path

from sqlalchemy import String, column, select, table
from sqlalchemy.exc import OperationalError, ProgrammingError, SQLAlchemyError

from app.database import database_errors
from app.database.engine import read_row
from app.database.prepared import Prepared

MIGRATIONS = Path(__file__).parent.parent.parent / "migrations" / "versions"
_versions = table("alembic_version", column("version_num", String))
_present = Prepared(select(_versions.c.version_num))


class Fit(StrEnum):
    """How the tables of the database fit this version of Switchyard."""

    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"
    UNREADABLE = "unreadable"

    @property
    def can_serve(self) -> bool:
        """Return whether it can do its work on them: migrations only add, so on newer ones, too."""
        return self in {Fit.CURRENT, Fit.NEWER}


@cache
def known() -> tuple[str, ...]:
    """Return the versions of the tables that this version of Switchyard knows, in order."""
    return tuple(sorted(path.name.partition("_")[0] for path in MIGRATIONS.glob("[0-9]*_*.py")))


def fit() -> Fit:
    """Return how the tables fit: a database that cannot be read is an answer here, not an error."""
    try:
        row = read_row(_present, {})
    except SQLAlchemyError as error:
        is_missing = isinstance(error, OperationalError | ProgrammingError)
        is_away = database_errors.as_unavailable(error) is not None
        return Fit.OLDER if is_missing and not is_away else Fit.UNREADABLE
    if row is None:
        return Fit.OLDER
    if row.version_num == known()[-1]:
        return Fit.CURRENT
    return Fit.OLDER if row.version_num in known() else Fit.NEWER


def sentence(found: Fit) -> str:
    """Return what an operator is told of it, in one line."""
    match found:
        case Fit.CURRENT:
            return "The database's tables are up to date."
        case Fit.OLDER:
            return (
                "The database's tables are older than this version: "
                "run flask --app wsgi db upgrade."
            )
        case Fit.NEWER:
            return "The database's tables are a later version's: this one goes on serving on them."
        case Fit.UNREADABLE:
            return "The version of the database's tables cannot be read now."
