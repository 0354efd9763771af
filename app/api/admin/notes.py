"""Notes on an experiment, for programs; `GET /api/admin/history?kind=noted` reads them."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, StrictStr

from app.api import bodies
from app.api.admin import callers
from app.experiments import notes
from app.models import Door

blueprint = Blueprint("notes_api", __name__, url_prefix="/api/admin")


class NoteBody(BaseModel):
    """A note."""

    note: StrictStr


@blueprint.post("/experiments/<public_id>/notes")
def add(public_id: str) -> ResponseReturnValue:
    """Keep a note in the history of an experiment."""
    caller, subject = callers.marketer(public_id)
    note = bodies.read(NoteBody).note
    entry_id = notes.add(caller.project_id, subject.test_id, note, caller.actor(Door.NAMES))
    return jsonify(id=str(entry_id)), 201
