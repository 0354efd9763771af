"""Notes on an experiment, for programs; `GET /api/admin/history?kind=noted` reads them."""

from flask import Blueprint

from app.accounts.caller import Caller
from app.api.admin import contract
from app.api.answers import Created
from app.api.bodies import Body
from app.api.dry_runs import Tried
from app.api.shapes import NoteText
from app.experiments import lookup, notes
from app.lifecycle import Precondition
from app.models import Door, Scope

blueprint = Blueprint("notes_api", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "History")


class NoteBody(Body):
    """A note."""

    note: NoteText
    """What to keep."""


class NoteKept(Tried):
    """The entry of the history that is the note."""

    id: str
    """The id of the entry."""


@operations.post("/experiments/<experiment:public_id>/notes", Scope.WRITE)
def add_note(
    caller: Caller, public_id: str, body: NoteBody, expected: Precondition | None
) -> Created[NoteKept]:
    """Keep a note in the history of an experiment."""
    subject = lookup.subject_by_public_id(caller.project_id, public_id)
    actor = caller.actor(Door.NAMES)
    entry_id = notes.add(caller.project_id, subject.test_id, body.note, actor, expected)
    return Created({"id": str(entry_id)})
