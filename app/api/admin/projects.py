"""The project that a request is about, for programs: its plan and its slots."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app import lifecycle
from app.accounts.caller import Caller
from app.api.admin import callers
from app.api.moments import written
from app.tenancy import plans, projects

blueprint = Blueprint("projects_api", __name__, url_prefix="/api/admin")
operations = callers.operations(blueprint, "Project")


@operations.get("/projects/current")
def show_project(caller: Caller) -> ResponseReturnValue:
    """Return the project, its plan, and how many slots are taken, null where that is unreadable."""
    project = projects.by_key(caller.project_key)
    plan, slots = plans.by_code(project.plan_code), lifecycle.slots_of(caller.project_id)
    return jsonify(
        id=project.key,
        name=project.name,
        status="active",
        plan={
            "code": plan.code,
            "name": plan.name,
            "experiments_running": plan.experiments_running,
        },
        slots=slots and {"limit": slots.limit, "running": slots.running, "free": slots.free},
        role=caller.role,
        createdAt=written(project.created_at),
    )
