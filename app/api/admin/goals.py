"""The project's library of goals, for programs."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, StrictStr

from app.api import bodies
from app.api.admin import callers
from app.experiments import goals
from app.models import Door, Goal, Role, Wanted

blueprint = Blueprint("admin_goals", __name__, url_prefix="/api/admin")


class NewGoalBody(BaseModel):
    """The body that adds a goal."""

    key: StrictStr = ""
    name: StrictStr = ""
    wanted: Wanted = Wanted.MORE


@blueprint.get("/goals")
def list_goals() -> ResponseReturnValue:
    """Return the project's goals, by name."""
    caller = callers.caller()
    return jsonify(goals=[_shown_goal(goal) for goal in goals.listed(caller.project_id)])


@blueprint.post("/goals")
def create_goal() -> ResponseReturnValue:
    """Add a goal to the project's library."""
    caller = callers.caller()
    caller.require(Role.MARKETER)
    body = bodies.read(NewGoalBody)
    goal = goals.create(
        caller.project_id, body.key, caller.actor(Door.NAMES), body.name, body.wanted
    )
    return jsonify(_shown_goal(goal)), 201


def _shown_goal(goal: Goal) -> dict[str, str]:
    return {"key": goal.key, "name": goal.name, "wanted": goal.wanted}
