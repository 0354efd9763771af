"""The API page: from nothing to a started experiment, and every operation of the API."""

from flask import Blueprint, current_app, render_template, request

from app.accounts import api_keys
from app.api.openapi import served
from app.experiments import creation, goals
from app.pages.common.callers import member
from app.pages.project import api_reference, api_walk, snippets
from app.pages.project.api_commands import SERVER_KEY, Reader

blueprint = Blueprint("api_guide", __name__)


@blueprint.get("/projects/<project_key>/api")
def show(project_key: str) -> str:
    """Show how programs ask, with commands for this project."""
    caller = member(project_key)
    example = snippets.example(caller.project_id)
    reader = Reader(
        request.host_url.rstrip("/"),
        caller.project_key,
        example.experiment,
        snippets.not_live(caller.project_id),
        example.test_id,
        example.goal,
        _goal_id(caller.project_id, example.goal),
        "somebody@example.com",
        api_keys.client_key(caller.project_id) or "CLIENT_KEY",
    )
    return render_template(
        "project/api.html",
        caller=caller,
        example=example,
        server_key=SERVER_KEY,
        walk=api_walk.steps(reader, creation.key_of(caller.project_id, api_walk.NAME)),
        subjects=api_reference.by_subject(served.of_app(current_app), reader),
    )


def _goal_id(project_id: int, key: str) -> int:
    """Return the number of a goal, one that no goal has where the project has none of this key."""
    return next((goal.id for goal in goals.listed(project_id) if goal.key == key), 0)
