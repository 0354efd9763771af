"""The contract that asks for a status by name: /api/admin/..."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, StrictStr
from werkzeug.exceptions import HTTPException

from app import api_keys, designs, experiments, goals, transitions
from app.api import admin_callers, admin_result, answers, bodies, queries, refused, wishes
from app.api.designs import DesignBody
from app.api.designs import shown as shown_design
from app.api.moments import written
from app.api.wishes import NotedBody
from app.errors import (
    Conflict,
    DomainError,
    Forbidden,
    InvalidInput,
    Malformed,
    NotFound,
    TooManyRequests,
    Unauthenticated,
)
from app.experiments import Draft
from app.lifecycle import Contract
from app.models import Door, Experiment, Goal, KeyType, Role, Status, Wanted
from app.refusals import RefusalCode, Refused
from app.results import report
from app.stamps import stamp
from app.wording import LARGEST_NUMBER

blueprint = Blueprint("admin_api", __name__, url_prefix="/api/admin")

LARGEST_LIMIT = 200


class StatusBody(NotedBody):
    """What a status change sends."""

    status: Status


class CreateBody(DesignBody):
    """What creating an experiment sends."""

    name: StrictStr
    key: StrictStr = ""
    url: StrictStr = ""
    description: StrictStr = ""


class NewGoalBody(BaseModel):
    """What adding a goal sends."""

    key: StrictStr = ""
    name: StrictStr = ""
    wanted: Wanted = Wanted.MORE


class KeyBody(BaseModel):
    """What minting a key sends."""

    type: KeyType
    name: StrictStr = "API key"


@blueprint.post("/experiments/<public_id>/status")
def set_status(public_id: str) -> ResponseReturnValue:
    """Move an experiment along an edge that this contract offers."""
    caller, subject = admin_callers.marketer(public_id)
    body = bodies.read(StatusBody)
    wish = wishes.wish(body.status, Contract.NAMES, body)
    status = transitions.transition(
        caller.project_id, subject.test_id, wish, caller.actor(Door.NAMES)
    )
    return answers.changed(id=public_id, status=status)


@blueprint.get("/experiments")
def list_experiments() -> ResponseReturnValue:
    """A page of the project's experiments, newest first, archived ones too."""
    caller = admin_callers.caller()
    limit = queries.number("limit", default=50, smallest=1, largest=LARGEST_LIMIT)
    cursor = request.args.get("cursor", "")
    after = experiments.by_public_id(caller.project_id, cursor).test_id if cursor else None
    page = experiments.listed_by_cursor(caller.project_id, after, limit)
    last = page.experiments[-1].public_id if page.next_after else None
    return jsonify(experiments=[_shown(each) for each in page.experiments], next_cursor=last)


@blueprint.post("/experiments")
def create_experiment() -> ResponseReturnValue:
    """Create a draft."""
    caller = admin_callers.caller()
    caller.require(Role.MARKETER)
    body = bodies.read(CreateBody)
    draft = Draft(body.name, body.key, body.url, body.description, design=body.changed())
    experiment = experiments.create(caller.project_id, draft, caller.actor(Door.NAMES))
    return jsonify(id=experiment.public_id, name=experiment.name), 201


@blueprint.get("/experiments/<public_id>")
def show_experiment(public_id: str) -> ResponseReturnValue:
    """One experiment, with its design."""
    caller = admin_callers.caller(public_id)
    experiment = experiments.by_public_id(caller.project_id, public_id)
    design = designs.of(designs.current(experiment.test_id))
    return jsonify(**_shown(experiment), **shown_design(design))


@blueprint.get("/experiments/<public_id>/results")
def show_results(public_id: str) -> ResponseReturnValue:
    """What came of a run, by default the last that was started; of all its days or of some."""
    caller = admin_callers.caller(public_id)
    subject = experiments.subject_by_public_id(caller.project_id, public_id, Contract.NAMES)
    asked = "run" in request.args
    run = queries.number("run", default=1, smallest=1, largest=LARGEST_NUMBER) if asked else None
    return jsonify(admin_result.document(report.of(subject, run, queries.days())))


@blueprint.patch("/experiments/<public_id>")
def change_design(public_id: str) -> ResponseReturnValue:
    """Change a draft's variants, traffic, goals or minimums; what is not sent stays as it is."""
    caller, subject = admin_callers.marketer(public_id)
    body = bodies.read(DesignBody)
    actor = caller.actor(Door.NAMES)
    kept = designs.change(caller.project_id, subject.test_id, body.changed, actor)
    return jsonify(id=public_id, **shown_design(kept))


@blueprint.post("/experiments/<public_id>/clone")
def clone_experiment(public_id: str) -> ResponseReturnValue:
    """A new draft like this experiment, whatever this one's status is."""
    caller = admin_callers.caller(public_id)
    caller.require(Role.MARKETER)
    original = experiments.by_public_id(caller.project_id, public_id)
    experiment = experiments.clone(original, caller.actor(Door.NAMES))
    return jsonify(id=experiment.public_id, name=experiment.name), 201


@blueprint.get("/goals")
def list_goals() -> ResponseReturnValue:
    """The project's goals, by name."""
    caller = admin_callers.caller()
    return jsonify(goals=[_shown_goal(goal) for goal in goals.listed(caller.project_id)])


@blueprint.post("/goals")
def create_goal() -> ResponseReturnValue:
    """Add a goal to the project's library."""
    caller = admin_callers.caller()
    caller.require(Role.MARKETER)
    body = bodies.read(NewGoalBody)
    goal = goals.create(caller.project_id, body.key, body.name, body.wanted)
    return jsonify(_shown_goal(goal)), 201


@blueprint.post("/keys")
def mint_key() -> ResponseReturnValue:
    """Mint a key of the project; its token is in this answer and never again."""
    caller = admin_callers.caller()
    caller.require(Role.OWNER)
    body = bodies.read(KeyBody)
    minted = api_keys.mint(caller.project_id, body.type, body.name, parent_id=caller.api_key_id)
    key = minted.key
    created_at = written(key.created_at)
    return jsonify(
        id=key.id, type=key.type, name=key.name, key=minted.token, created_at=created_at
    ), 201


def word(error: DomainError | HTTPException) -> tuple[dict[str, object], int]:
    """An error in this contract's shape, with its HTTP status; a refusal has one member more."""
    if isinstance(error, HTTPException):
        code = error.name.upper().replace(" ", "_")
        return _shape(error.name, code, error.description or ""), error.code or 500
    if isinstance(error, Refused):
        code = error.refusal.code
        title, status = _REFUSALS.get(code, ("Illegal transition", 409))
        return _shape(title, code, str(error)) | refused.beside(error.refusal), status
    title, code, status = _ERRORS[type(error)]
    return _shape(title, code, str(error)), status


_ERRORS: dict[type[DomainError], tuple[str, str, int]] = {
    Unauthenticated: ("Unauthorized", "UNAUTHORIZED", 401),
    Forbidden: ("Forbidden", "FORBIDDEN", 403),
    NotFound: ("Not found", "NOT_FOUND", 404),
    Conflict: ("Conflict", "CONFLICT", 409),
    TooManyRequests: ("Too many requests", "RATE_LIMITED", 429),
    Malformed: ("Bad request", "BAD_REQUEST", 400),
    InvalidInput: ("Invalid value", "VALIDATION", 422),
}
_REFUSALS = {
    RefusalCode.PLAN_LIMIT: ("Plan limit reached", 429),
    RefusalCode.PLAN_UNREADABLE: ("Plan unavailable", 503),
    RefusalCode.NOT_A_DRAFT: ("Not a draft", 409),
    RefusalCode.CHANGED_MEANWHILE: ("Changed meanwhile", 412),
    RefusalCode.HOLDER_NOT_RUNNING: ("Nothing to swap with", 409),
    RefusalCode.QUEUE_FULL: ("Queue full", 409),
}


def _shape(error: str, code: str, detail: str) -> dict[str, object]:
    return {"error": error, "code": code, "detail": detail}


def _shown_goal(goal: Goal) -> dict[str, str]:
    return {"key": goal.key, "name": goal.name, "wanted": goal.wanted}


def _shown(experiment: Experiment) -> dict[str, str | int | None]:
    return {
        "id": experiment.public_id,
        "test_id": experiment.test_id,
        "key": experiment.key,
        "name": experiment.name,
        "url": experiment.url,
        "description": experiment.description,
        "status": experiment.status,
        "stamp": stamp(experiment.changed_at),
        "created_at": written(experiment.created_at),
        "updated_at": written(experiment.updated_at),
        "started_at": written(experiment.started_at),
        "stopped_at": written(experiment.stopped_at),
    }
