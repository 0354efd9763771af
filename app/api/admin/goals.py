"""The project's library of goals, for programs."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from pydantic import StrictBool, StrictStr

from app.accounts.caller import Caller
from app.api.admin import callers
from app.api.bodies import Body
from app.api.moments import written
from app.experiments import goals
from app.models import Door, Goal, Wanted

blueprint = Blueprint("admin_goals", __name__, url_prefix="/api/admin")
operations = callers.operations(blueprint, "Goals")


class NewGoalBody(Body):
    """The body that adds a goal."""

    key: StrictStr = ""
    name: StrictStr = ""
    wanted: Wanted = Wanted.MORE


class GoalBody(Body):
    """What changes of a goal: its name, or whether it is retired."""

    name: StrictStr | None = None
    retired: StrictBool | None = None


@operations.get("/goals")
def list_goals(caller: Caller) -> ResponseReturnValue:
    """Return the project's goals, by name, and those that are retired."""
    return jsonify(
        goals=[_shown_goal(goal) for goal in goals.listed(caller.project_id)],
        retired=[_shown_goal(goal) for goal in goals.retired(caller.project_id)],
    )


@operations.post("/goals")
def create_goal(caller: Caller, body: NewGoalBody) -> ResponseReturnValue:
    """Add a goal to the project's library."""
    goal = goals.create(
        caller.project_id, body.key, caller.actor(Door.NAMES), body.name, body.wanted
    )
    return jsonify(_shown_goal(goal)), 201


@operations.get("/goals/<goal_key>")
def show_goal(caller: Caller, goal_key: str) -> ResponseReturnValue:
    """Return one goal, a retired one too."""
    return jsonify(_shown_goal(goals.by_key(caller.project_id, goal_key)))


@operations.patch("/goals/<goal_key>")
def change_goal(caller: Caller, goal_key: str, body: GoalBody) -> ResponseReturnValue:
    """Give a goal another name, retire it, or bring it back; its key stays."""
    actor = caller.actor(Door.NAMES)
    goal = goals.change(caller.project_id, goal_key, actor, body.name, is_retired=body.retired)
    return jsonify(_shown_goal(goal))


@operations.delete("/goals/<goal_key>")
def retire_goal(caller: Caller, goal_key: str) -> ResponseReturnValue:
    """Retire a goal: what it measured is kept, and no design may use it any more."""
    goal = goals.retire(caller.project_id, goal_key, caller.actor(Door.NAMES))
    return jsonify(_shown_goal(goal))


def _shown_goal(goal: Goal) -> dict[str, str | None]:
    return {
        "key": goal.key,
        "name": goal.name,
        "wanted": goal.wanted,
        "retired_at": written(goal.retired_at),
    }
