"""The project's library of goals, for programs."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from pydantic import StrictStr

from app.accounts.caller import Caller
from app.api.admin import callers
from app.api.bodies import Body
from app.experiments import goals
from app.models import Door, Goal, Wanted

blueprint = Blueprint("admin_goals", __name__, url_prefix="/api/admin")
operations = callers.operations(blueprint)


class NewGoalBody(Body):
    """The body that adds a goal."""

    key: StrictStr = ""
    name: StrictStr = ""
    wanted: Wanted = Wanted.MORE


@operations.get("/goals")
def list_goals(caller: Caller) -> ResponseReturnValue:
    """Return the project's goals, by name."""
    return jsonify(goals=[_shown_goal(goal) for goal in goals.listed(caller.project_id)])


@operations.post("/goals")
def create_goal(caller: Caller, body: NewGoalBody) -> ResponseReturnValue:
    """Add a goal to the project's library."""
    goal = goals.create(
        caller.project_id, body.key, caller.actor(Door.NAMES), body.name, body.wanted
    )
    return jsonify(_shown_goal(goal)), 201


def _shown_goal(goal: Goal) -> dict[str, str]:
    return {"key": goal.key, "name": goal.name, "wanted": goal.wanted}
