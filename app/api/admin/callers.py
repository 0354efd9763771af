"""The caller of a door of /api/admin, and their project."""

from flask import request
from werkzeug.exceptions import BadRequest

from app.accounts import access
from app.accounts.caller import Caller
from app.api import credentials
from app.core.errors import Forbidden
from app.experiments import lookup
from app.lifecycle import Subject
from app.models import Role


def caller(public_id: str | None = None) -> Caller:
    """Return who calls, in the project of X-Project-Id, the key, or the experiment in the path.

    Raises Unauthenticated, Forbidden, NotFound, TooManyRequests, and BadRequest where nothing names
    the project.
    """
    wanted = request.headers.get("X-Project-Id", "")
    token = credentials.presented_token("X-SDK-Key")
    if token:
        known = credentials.by_token(token)
        if wanted and wanted != known.project_key:
            raise Forbidden("X-Project-Id is not the project of this key.")
        return known
    user_id = credentials.signed_in_user_id()
    if wanted:
        return access.by_membership(user_id, wanted)
    if public_id:
        return access.by_experiment(user_id, public_id)
    raise BadRequest("Name the project in X-Project-Id.")


def marketer(public_id: str) -> tuple[Caller, Subject]:
    """Return who changes the experiment in the path, and that experiment.

    Raises as `caller` does.
    """
    known = caller(public_id)
    known.require(Role.MARKETER)
    subject = lookup.subject_by_public_id(known.project_id, public_id)
    return known, subject
