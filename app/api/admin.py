"""The contract that asks for a status by name: /api/admin/..."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, StrictStr
from werkzeug.exceptions import BadRequest, HTTPException

from app import access, api_keys, designs, experiments, goals, lifecycle
from app.access import Caller
from app.api import admin_result, bodies, callers, queries
from app.api.designs import DesignBody
from app.api.designs import shown as shown_design
from app.api.moments import written
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
from app.lifecycle import Contract, RefusalCode, Refused
from app.models import Door, Experiment, Goal, KeyType, Role, Status, Wanted
from app.results import report
from app.wording import LARGEST_NUMBER

blueprint = Blueprint("admin_api", __name__, url_prefix="/api/admin")

LARGEST_LIMIT = 200


class StatusBody(BaseModel):
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
    caller = _caller(public_id)
    caller.require(Role.MARKETER)
    subject = experiments.subject_by_public_id(caller.project_id, public_id, Contract.NAMES)
    status = lifecycle.transition(
        caller.project_id,
        subject.test_id,
        bodies.read(StatusBody).status,
        Contract.NAMES,
        caller.actor(Door.NAMES),
    )
    answer = jsonify(id=public_id, status=status)
    answer.headers["HX-Trigger"] = "experiments-changed"
    return answer


@blueprint.get("/experiments")
def list_experiments() -> ResponseReturnValue:
    """A page of the project's experiments, newest first, archived ones too."""
    caller = _caller()
    limit = queries.number("limit", default=50, smallest=1, largest=LARGEST_LIMIT)
    cursor = request.args.get("cursor", "")
    after = experiments.by_public_id(caller.project_id, cursor).test_id if cursor else None
    page = experiments.listed_by_cursor(caller.project_id, after, limit)
    last = page.experiments[-1].public_id if page.next_after else None
    return jsonify(experiments=[_shown(each) for each in page.experiments], next_cursor=last)


@blueprint.post("/experiments")
def create_experiment() -> ResponseReturnValue:
    """Create a draft."""
    caller = _caller()
    caller.require(Role.MARKETER)
    body = bodies.read(CreateBody)
    draft = Draft(body.name, body.key, body.url, body.description, design=body.changed())
    experiment = experiments.create(caller.project_id, draft, caller.actor(Door.NAMES))
    return jsonify(id=experiment.public_id, name=experiment.name), 201


@blueprint.get("/experiments/<public_id>")
def show_experiment(public_id: str) -> ResponseReturnValue:
    """One experiment, with its design."""
    caller = _caller(public_id)
    experiment = experiments.by_public_id(caller.project_id, public_id)
    design = designs.of(designs.current(experiment.test_id))
    return jsonify(**_shown(experiment), **shown_design(design))


@blueprint.get("/experiments/<public_id>/results")
def show_results(public_id: str) -> ResponseReturnValue:
    """What came of a run, by default the last that was started; of all its days or of some."""
    caller = _caller(public_id)
    subject = experiments.subject_by_public_id(caller.project_id, public_id, Contract.NAMES)
    asked = "run" in request.args
    run = queries.number("run", default=1, smallest=1, largest=LARGEST_NUMBER) if asked else None
    return jsonify(admin_result.document(report.of(subject, run, queries.days())))


@blueprint.patch("/experiments/<public_id>")
def change_design(public_id: str) -> ResponseReturnValue:
    """Change a draft's variants, traffic, goals or minimums; what is not sent stays as it is."""
    caller = _caller(public_id)
    caller.require(Role.MARKETER)
    subject = experiments.subject_by_public_id(caller.project_id, public_id, Contract.NAMES)
    body = bodies.read(DesignBody)
    kept = designs.change(caller.project_id, subject.test_id, body.changed)
    return jsonify(id=public_id, **shown_design(kept))


@blueprint.post("/experiments/<public_id>/clone")
def clone_experiment(public_id: str) -> ResponseReturnValue:
    """A new draft like this experiment, whatever this one's status is."""
    caller = _caller(public_id)
    caller.require(Role.MARKETER)
    original = experiments.by_public_id(caller.project_id, public_id)
    experiment = experiments.clone(original, caller.actor(Door.NAMES))
    return jsonify(id=experiment.public_id, name=experiment.name), 201


@blueprint.get("/goals")
def list_goals() -> ResponseReturnValue:
    """The project's goals, by name."""
    caller = _caller()
    return jsonify(goals=[_shown_goal(goal) for goal in goals.listed(caller.project_id)])


@blueprint.post("/goals")
def create_goal() -> ResponseReturnValue:
    """Add a goal to the project's library."""
    caller = _caller()
    caller.require(Role.MARKETER)
    body = bodies.read(NewGoalBody)
    goal = goals.create(caller.project_id, body.key, body.name, body.wanted)
    return jsonify(_shown_goal(goal)), 201


@blueprint.post("/keys")
def mint_key() -> ResponseReturnValue:
    """Mint a key of the project; its token is in this answer and never again."""
    caller = _caller()
    caller.require(Role.OWNER)
    body = bodies.read(KeyBody)
    minted = api_keys.mint(caller.project_id, body.type, body.name, parent_id=caller.api_key_id)
    key = minted.key
    created_at = written(key.created_at)
    return jsonify(
        id=key.id, type=key.type, name=key.name, key=minted.token, created_at=created_at
    ), 201


def word(error: DomainError | HTTPException) -> tuple[dict[str, str], int]:
    """An error in this contract's shape, with its HTTP status."""
    if isinstance(error, HTTPException):
        code = error.name.upper().replace(" ", "_")
        return _shape(error.name, code, error.description or ""), error.code or 500
    if isinstance(error, Refused):
        code = error.refusal.code
        title, status = _REFUSALS.get(code, ("Illegal transition", 409))
        return _shape(title, code, str(error)), status
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
}


def _shape(error: str, code: str, detail: str) -> dict[str, str]:
    return {"error": error, "code": code, "detail": detail}


def _caller(public_id: str | None = None) -> Caller:
    """Who calls, in the project of X-Project-Id, of the key, or of the experiment in the path."""
    wanted = request.headers.get("X-Project-Id", "")
    token = callers.presented_token("X-SDK-Key")
    if token:
        caller = callers.by_token(token)
        if wanted and wanted != caller.project_key:
            raise Forbidden("X-Project-Id is not the project of this key.")
        return caller
    user_id = callers.signed_in_user_id()
    if wanted:
        return access.by_membership(user_id, wanted)
    if public_id:
        return access.by_experiment(user_id, public_id)
    raise BadRequest("Name the project in X-Project-Id.")


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
        "created_at": written(experiment.created_at),
        "updated_at": written(experiment.updated_at),
        "started_at": written(experiment.started_at),
        "stopped_at": written(experiment.stopped_at),
    }
