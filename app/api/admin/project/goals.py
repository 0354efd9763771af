"""The project's library of goals, for programs."""

from flask import Blueprint, url_for
from pydantic import Field, StrictBool
from typing_extensions import TypedDict

from app.accounts.caller import Caller
from app.api import shapes
from app.api.admin import contract
from app.api.answers import Answer, CreatedAt
from app.api.bodies import Body
from app.api.dry_runs import Tried
from app.api.moments import Written, written
from app.api.shapes import CurrencyOrNone, KeyOrNone, Name, NameOrNone, WindowDays
from app.core.errors import AlreadyExists
from app.experiments import goals
from app.experiments.measures import DEFAULT_WINDOW_DAYS, Measure
from app.models import Door, Goal, GoalKind, Scope, Wanted

blueprint = Blueprint("admin_goals", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Goals")


_SCHEMA = shapes.one_of_both("key", "name") | {
    "allOf": [shapes.only_where("kind", GoalKind.REVENUE, "currency")]
}


class NewGoalBody(Body, json_schema_extra=_SCHEMA):
    """The body that adds a goal."""

    key: KeyOrNone = ""
    """Its key, which sites send; by default made of the name."""
    name: NameOrNone = Field("", examples=["Signed up"])
    """Its name; by default its key."""
    wanted: Wanted = Wanted.MORE
    """Whether more of it is better, or less."""
    kind: GoalKind = GoalKind.CONVERSION
    """What is measured of each visitor: whether they reach it, how often, or the sum of values."""
    window_days: WindowDays = DEFAULT_WINDOW_DAYS
    """Until how many days after they were exposed it counts; null: as long as the run is live."""
    currency: CurrencyOrNone = None
    """Of revenue: its currency, by ISO 4217. Of nothing else."""


class GoalBody(Body):
    """What changes of a goal: its name, or whether it is retired."""

    name: Name | None = Field(None, examples=["Bought"])
    """Its new name."""
    retired: StrictBool | None = None
    """Whether no design may use it any more."""


class GoalShown(TypedDict):
    """A goal of the project."""

    key: str
    """Its key, which sites send."""
    name: str
    """Its name."""
    wanted: Wanted
    """Whether more of it is better, or less."""
    kind: GoalKind
    """What is measured of each visitor: whether they reach it, how often, or the sum of values."""
    window_days: int | None
    """Until how many days after they were exposed it counts; null: as long as the run is live."""
    currency: str | None
    """Of revenue: its currency, by ISO 4217."""
    retired_at: Written | None
    """Null where designs may use it."""


class ChangedGoal(GoalShown, Tried):
    """The goal as it is from now on."""


class GoalLibrary(TypedDict):
    """The goals of the project that designs may use, and those that are retired."""

    goals: list[GoalShown]
    """Those that designs may use, by name."""
    retired: list[GoalShown]
    """Those that are retired, by name."""


@operations.get("/goals")
def list_goals(caller: Caller) -> Answer[GoalLibrary]:
    """Return the project's goals, by name, and those that are retired."""
    return Answer(
        {
            "goals": [_shown_goal(goal) for goal in goals.listed(caller.project_id)],
            "retired": [_shown_goal(goal) for goal in goals.retired(caller.project_id)],
        }
    )


@operations.post("/goals", Scope.WRITE, faults=(AlreadyExists,), gives=("goal_key", "key"))
def create_goal(caller: Caller, body: NewGoalBody) -> CreatedAt[ChangedGoal]:
    """Add a goal to the project's library."""
    actor = caller.actor(Door.NAMES)
    measure = Measure(body.kind, body.window_days, body.currency)
    goal = goals.create(caller.project_id, body.key, actor, body.name, body.wanted, measure)
    return CreatedAt({**_shown_goal(goal)}, url_for(".show_goal", goal_key=goal.key))


@operations.get("/goals/<goal_key>")
def show_goal(caller: Caller, goal_key: str) -> Answer[GoalShown]:
    """Return one goal, a retired one too."""
    return Answer(_shown_goal(goals.by_key(caller.project_id, goal_key)))


@operations.patch("/goals/<goal_key>", Scope.WRITE)
def change_goal(caller: Caller, goal_key: str, body: GoalBody) -> Answer[ChangedGoal]:
    """Give a goal another name, retire it, or bring it back; its key stays."""
    actor = caller.actor(Door.NAMES)
    goal = goals.change(caller.project_id, goal_key, actor, body.name, is_retired=body.retired)
    return Answer({**_shown_goal(goal)})


@operations.delete("/goals/<goal_key>", Scope.WRITE)
def retire_goal(caller: Caller, goal_key: str) -> Answer[ChangedGoal]:
    """Retire a goal: it is kept with what it measured, and no design may use it any more."""
    goal = goals.retire(caller.project_id, goal_key, caller.actor(Door.NAMES))
    return Answer({**_shown_goal(goal)})


def _shown_goal(goal: Goal) -> GoalShown:
    return {
        "key": goal.key,
        "name": goal.name,
        "wanted": goal.wanted,
        "kind": goal.kind,
        "window_days": goal.window_days,
        "currency": goal.currency,
        "retired_at": written(goal.retired_at),
    }
