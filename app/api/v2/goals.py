"""The goals of a project."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import StrictStr

from app.accounts.caller import Caller
from app.api.v2 import answers, callers, goal_members
from app.api.v2.callers import OpenBody, PageQuery
from app.api.v2.goal_members import GoalBody, ShownGoal
from app.experiments import goals
from app.models import Door, Goal, Scope

blueprint = Blueprint("v2_goals", __name__, url_prefix="/v2/project/<project_key>")
operations = callers.operations(blueprint, "Integers")


class GoalChangeBody(OpenBody):
    """What of a goal may change: its name. Its key stays, since sites send it."""

    goal_name: StrictStr | None = None


@operations.get("/goals")
def list_goals(caller: Caller, query: PageQuery) -> ResponseReturnValue:
    """Return the project's goals, by name, but for deleted ones."""
    page = goals.listed(caller.project_id)[query.offset :][: query.limit]
    return answers.read(count=len(page), goals=[_shown(goal) for goal in page])


@operations.post("/goal", Scope.WRITE)
def create_goal(caller: Caller, body: GoalBody) -> ResponseReturnValue:
    """Add a goal to the project's library."""
    new, actor = body.new, caller.actor(Door.INTEGERS)
    goal = goals.create(caller.project_id, new.key, actor, new.name, new.wanted)
    return answers.changed(**_shown(goal))


@operations.get("/goal/<goal_profile_id>")
def show_goal(caller: Caller, goal_profile_id: str) -> ResponseReturnValue:
    """Return one goal."""
    return answers.read(goal=_shown(goals.by_id(caller.project_id, goal_profile_id)))


@operations.patch("/goal/<goal_profile_id>", Scope.WRITE)
def change_goal(caller: Caller, goal_profile_id: str, body: GoalChangeBody) -> ResponseReturnValue:
    """Give a goal another name."""
    goal = goals.by_id(caller.project_id, goal_profile_id)
    if body.goal_name is not None:
        actor = caller.actor(Door.INTEGERS)
        goal = goals.rename(caller.project_id, goal.key, body.goal_name, actor)
    return answers.changed(**_shown(goal))


@operations.delete("/goal/<goal_profile_id>", Scope.WRITE)
def delete_goal(caller: Caller, goal_profile_id: str) -> ResponseReturnValue:
    """Retire a goal: what was measured by it is kept."""
    key = goals.by_id(caller.project_id, goal_profile_id).key
    goal = goals.retire(caller.project_id, key, caller.actor(Door.INTEGERS))
    return answers.changed(
        goal_profile_id=goal.id, goal_name=goal.name, deleted=True, message="Goal deleted."
    )


def _shown(goal: Goal) -> ShownGoal:
    return goal_members.shown(goal.id, goal.key, goal.name, goal.wanted)
