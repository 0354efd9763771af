"""Goals: a project's library of what its visitors are hoped to do."""

from collections.abc import Sequence

from slugify import slugify
from sqlalchemy import select

from app.core import project_row
from app.core.database import db
from app.core.errors import InvalidInput
from app.core.transactions import detached, writing
from app.core.validation import KEY_LENGTH, checked_key, checked_name
from app.models import Goal, Wanted, names


def create(project_id: int, key: str, name: str = "", wanted: Wanted = Wanted.MORE) -> Goal:
    """Add a goal. Without a name it is called as its key, without a key it gets one from its name.

    Raises InvalidInput for a field that cannot be used and for a key that the project has already.
    """
    name = checked_name(name or key)
    key = checked_key(key or slugify(name, max_length=KEY_LENGTH) or "goal")
    with writing(project_id) as session:
        taken = select(Goal.id).where(Goal.project_id == project_id, Goal.key == key)
        if session.scalar(taken) is not None:
            raise InvalidInput(f"The project has a goal with the key {key} already.", "key")
        goal = Goal(project_id=project_id, key=key, name=name, wanted=wanted)
        session.add(goal)
        project_row.bump_version(session, project_id)
        return detached(session, goal)


def listed(project_id: int) -> Sequence[Goal]:
    """Return the project's goals, by name."""
    found = db.session.scalars(select(Goal).where(Goal.project_id == project_id))
    return sorted(found, key=lambda goal: (names.sort_name(goal.name), goal.id))
