"""Named audiences as designs refer to them, by their keys."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import UnknownReference
from app.core.validation import KEY_PATTERN
from app.models import NamedAudience

FIELD = "named_audience"


def found(session: Session, project_id: int, key: str) -> NamedAudience | None:
    """Return the project's audience with this key; None if there is none."""
    # PostgreSQL fails when it is asked for some of what cannot be a key.
    if not KEY_PATTERN.fullmatch(key):
        return None
    statement = select(NamedAudience).where(
        NamedAudience.project_id == project_id, NamedAudience.key == key
    )
    return session.scalar(statement)


def required(session: Session, project_id: int, key: str) -> NamedAudience:
    """Return the audience that a design names; UnknownReference where the project has none."""
    named = found(session, project_id, key)
    if named is None:
        raise UnknownReference(f"The project has no audience {key}.", FIELD)
    return named
