"""The project that a request is about, for programs: its plan and its slots."""

from typing import Literal

from flask import Blueprint
from pydantic import Field
from typing_extensions import TypedDict

from app import lifecycle
from app.accounts.caller import Caller
from app.api.admin import contract
from app.api.answers import Answer
from app.api.bodies import Body
from app.api.dry_runs import Tried
from app.api.moments import Written, written
from app.api.shapes import TimeZone
from app.database.rows.plan_limits import Override
from app.lifecycle import Slots
from app.models import Door, Plan, Role, Scope
from app.tenancy import plans, projects

blueprint = Blueprint("projects_api", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Project")


class PlanShown(TypedDict):
    """A plan; `experiments_running` is null without a limit."""

    code: int
    """Its number."""
    name: str
    """Its name."""
    experiments_running: int | None
    """How many may run at once; null without a limit."""


class OverrideShown(TypedDict):
    """Until when the project has another limit than its plan's."""

    until: Written
    """Until when."""
    reason: str
    """Why, as an admin wrote it."""
    limit_after: int | None
    """How many may run at once then, as the plan says; null without a limit."""


class SlotsShown(TypedDict):
    """The project's slots: how many experiments may run at once, and how many do."""

    limit: int | None
    """How many may run at once; null without a limit."""
    running: int
    """How many run."""
    free: int | None
    """How many more may; null without a limit."""
    override: OverrideShown | None
    """Why that is not what the plan says; null where it is."""


class ProjectShown(TypedDict):
    """A project."""

    id: str
    """Its key."""
    name: str
    """Its name."""
    status: Literal["active"]
    """Always `active`: a retired one answers nobody."""
    plan: PlanShown
    """The plan that it is on."""
    slots: SlotsShown | None
    """Its slots; null where the plan cannot be read."""
    role: Role
    """What the caller may do in it."""
    time_zone: str
    """When a day begins for what is started from now on."""
    createdAt: Written
    """When it was made."""


class ProjectPatched(ProjectShown, Tried):
    """The project as it is from now on."""


class ProjectBody(Body):
    """What owners change of their project."""

    time_zone: TimeZone = Field(examples=["Europe/Berlin"])
    """The zone by whose clock the days begin of what is started from now on."""


@operations.get("/projects/current")
def show_project(caller: Caller) -> Answer[ProjectShown]:
    """Return the project, its plan, and how many slots are taken, null where that is unreadable."""
    return Answer(_shown(caller))


@operations.patch("/projects/current", Scope.WRITE, role=Role.OWNER)
def patch_project(caller: Caller, body: ProjectBody) -> Answer[ProjectPatched]:
    """Have the days of what is started from now on begin by another clock."""
    projects.set_time_zone(caller.project_id, body.time_zone, caller.actor(Door.NAMES))
    return Answer({**_shown(caller)})


def _shown(caller: Caller) -> ProjectShown:
    project = projects.by_key(caller.project_key)
    plan, slots = plans.by_code(project.plan_code), lifecycle.slots_of(caller.project_id)
    return {
        "id": project.key,
        "name": project.name,
        "status": "active",
        "plan": plan_shown(plan),
        "slots": slots_shown(slots) if slots else None,
        "role": caller.role,
        "time_zone": project.time_zone,
        "createdAt": written(project.created_at),
    }


def plan_shown(plan: Plan) -> PlanShown:
    """Return a plan as it is sent."""
    return {
        "code": plan.code,
        "name": plan.name,
        "experiments_running": plan.experiments_running,
    }


def slots_shown(slots: Slots) -> SlotsShown:
    """Return slots as they are sent."""
    return {
        "limit": slots.limit,
        "running": slots.running,
        "free": slots.free,
        "override": _override(slots.override) if slots.override else None,
    }


def _override(override: Override) -> OverrideShown:
    return {
        "until": written(override.until),
        "reason": override.reason,
        "limit_after": override.after,
    }
