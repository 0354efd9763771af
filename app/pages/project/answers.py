"""An answer to a request for slots is dismissed."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.models import Door
from app.pages.common.callers import member
from app.pages.common.forms import is_confirmed
from app.tenancy import slot_answers

blueprint = Blueprint("answers", __name__)


@blueprint.post("/projects/<project_key>/answers/<number:request_id>/dismiss")
def dismiss(project_key: str, request_id: int) -> ResponseReturnValue:
    """Show an answer no more, and the page that it was on."""
    caller = member(project_key)
    if is_confirmed():
        slot_answers.dismiss(request_id, caller.project_id, caller.actor(Door.BROWSER))
    is_of_start_page = request.form.get("back") == url_for("projects.show")
    project = url_for("project.show", project_key=project_key)
    return redirect(url_for("projects.show") if is_of_start_page else project)
