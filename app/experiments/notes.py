"""Notes: short comments on an experiment, kept in its history."""

from app.core.validation import checked_note
from app.database.unit_of_work import changing
from app.lifecycle import entries, preconditions, subjects
from app.lifecycle.preconditions import Precondition
from app.models import Actor, Kind


def add(
    project_id: int, test_id: int, text: str, actor: Actor, expected: Precondition | None = None
) -> int:
    """Keep a note on an experiment of any status, and return the id of its entry in history.

    Raises NotFound, InvalidInput for a note that is none or cannot be kept, and Refused where the
    experiment is not as `expected`.
    """
    note = checked_note(text)
    with changing(project_id, actor) as work:
        experiment = subjects.load(work, test_id)
        preconditions.require(work, experiment, expected)
        return entries.enter(work, experiment, Kind.NOTED, reason=note)
