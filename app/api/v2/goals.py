"""The goals of a project."""

from typing import Literal

from flask import Blueprint
from pydantic import Field

from app.accounts.caller import Caller
from app.api.answers import Answer, Changed
from app.api.dry_runs import Tried
from app.api.shapes import Name
from app.api.v2 import answers, contract, goal_members
from app.api.v2.answers import Success
from app.api.v2.goal_members import CodedGoalBody, MeasuredGoal
from app.api.v2.shapes import OpenBody, PageQuery
from app.core.errors import AlreadyExists
from app.experiments import goals
from app.models import Door, Scope

blueprint = Blueprint("v2_goals", __name__, url_prefix="/v2/project/<project_key>")
operations = contract.operations(blueprint, "V2")


class GoalChangeBody(OpenBody):
    """What of a goal may change: its name. Its key stays, since sites send it."""

    goal_name: Name | None = Field(None, examples=["Bought"])
    """Its new name."""


class CodedGoalList(Success):
    """A page of goals."""

    count: int
    """How many the page has."""
    goals: list[MeasuredGoal]
    """The goals of the page."""


class OneCodedGoal(Success):
    """One goal."""

    goal: MeasuredGoal
    """The goal."""


class CodedGoalChanged(MeasuredGoal, Success, Tried):
    """The goal as it is from now on."""


class CodedGoalDeleted(Success, Tried):
    """The goal that is retired."""

    goal_profile_id: int
    """Its number."""
    goal_name: str
    """Its name."""
    deleted: Literal[True]
    """Always true: what is not done is an error."""
    message: str
    """The same in a sentence."""


@operations.get("/goals")
def list_goals(caller: Caller, query: PageQuery) -> Answer[CodedGoalList]:
    """Return the project's goals, by name, but for deleted ones."""
    page = goals.listed_by_offset(caller.project_id, query.limit, query.offset)
    shown = [goal_members.of(goal) for goal in page]
    return Answer({**answers.success(), "count": len(page), "goals": shown})


@operations.post(
    "/goal", Scope.WRITE, faults=(AlreadyExists,), gives=("goal_profile_id", "goal_profile_id")
)
def create_goal(caller: Caller, body: CodedGoalBody) -> Changed[CodedGoalChanged]:
    """Add a goal to the project's library."""
    new, actor = body.new, caller.actor(Door.INTEGERS)
    goal = goals.create(caller.project_id, new.key, actor, new.name, new.wanted, new.measure)
    return Changed({**answers.success(), **goal_members.of(goal)})


@operations.get("/goal/<goal_profile_id>")
def show_goal(caller: Caller, goal_profile_id: str) -> Answer[OneCodedGoal]:
    """Return one goal."""
    goal = goals.by_id(caller.project_id, goal_profile_id)
    return Answer({**answers.success(), "goal": goal_members.of(goal)})


@operations.patch("/goal/<goal_profile_id>", Scope.WRITE)
def change_goal(
    caller: Caller, goal_profile_id: str, body: GoalChangeBody
) -> Changed[CodedGoalChanged]:
    """Give a goal another name."""
    goal = goals.by_id(caller.project_id, goal_profile_id)
    if body.goal_name is not None:
        actor = caller.actor(Door.INTEGERS)
        goal = goals.rename(caller.project_id, goal.key, body.goal_name, actor)
    return Changed({**answers.success(), **goal_members.of(goal)})


@operations.delete("/goal/<goal_profile_id>", Scope.WRITE)
def delete_goal(caller: Caller, goal_profile_id: str) -> Changed[CodedGoalDeleted]:
    """Retire a goal: what was measured by it is kept."""
    key = goals.by_id(caller.project_id, goal_profile_id).key
    goal = goals.retire(caller.project_id, key, caller.actor(Door.INTEGERS))
    return Changed(
        {
            **answers.success(),
            "goal_profile_id": goal.id,
            "goal_name": goal.name,
            "deleted": True,
            "message": "Goal deleted.",
        }
    )
