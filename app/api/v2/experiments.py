"""The contract that asks for a status by integer: /v2/project/{project_key}/..."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, StrictInt, StrictStr

from app import lifecycle
from app.accounts import access
from app.accounts.caller import Caller
from app.api import (
    answers,
    bodies,
    credentials,
    queries,
    start_warnings,
)
from app.api.change_requests import NotedBody, change_request
from app.api.moments import written
from app.api.v2 import results
from app.api.v2.statuses import CODES, HIDDEN, OFFERS
from app.core.errors import InvalidInput, Malformed, Unauthenticated
from app.core.validation import LARGEST_NUMBER
from app.experiments import creation, lookup
from app.experiments.creation import Draft
from app.experiments.texts import Texts
from app.lifecycle import Offer
from app.models import Door, Role, Status
from app.results import report

blueprint = Blueprint("v2", __name__, url_prefix="/v2/project/<project_key>")

LARGEST_LIMIT = 500


class StatusBody(NotedBody):
    """The body of a status change."""

    status: StrictInt


class CreateBody(BaseModel):
    """The body that creates an experiment; other members are not looked at."""

    test_name: StrictStr
    url: StrictStr
    status: StrictInt = CODES[Status.DRAFT]


@blueprint.patch("/experiment/<test_id>/status")
def set_status(project_key: str, test_id: str) -> ResponseReturnValue:
    """Start, pause, resume or redraft; asking for the present status changes nothing."""
    caller = _caller(project_key)
    caller.require(Role.MARKETER)
    number = lookup.test_id_of(test_id)
    body = bodies.read_after(
        lambda: lookup.subject_by_test_id(caller.project_id, test_id, HIDDEN), _status_body
    )
    change = lifecycle.transition(
        caller.project_id,
        number,
        change_request(OFFERS[body.status], body),
        caller.actor(Door.INTEGERS),
    )
    return answers.changed(
        change.entry_id,
        success=True,
        test_id=number,
        status=CODES[change.status],
        **start_warnings.beside(change.split_fault),
    )


@blueprint.get("/experiment/<test_id>/result")
def show_result(project_key: str, test_id: str) -> ResponseReturnValue:
    """Return the counts of the last run that was started, of all its days or of those asked for."""
    caller = _caller(project_key)
    subject = lookup.subject_by_test_id(caller.project_id, test_id, HIDDEN)
    found = report.of(subject, days=queries.days())
    return jsonify(results.document(found, CODES[subject.status]))


@blueprint.get("/experiments")
def list_experiments(project_key: str) -> ResponseReturnValue:
    """Return the experiments that are not archived, newest first."""
    caller = _caller(project_key)
    limit = queries.number("limit", default=50, smallest=1, largest=LARGEST_LIMIT)
    offset = queries.number("offset", default=0, smallest=0, largest=LARGEST_NUMBER)
    found = lookup.listed_by_offset(caller.project_id, limit, offset, HIDDEN)
    rows = [
        {
            "test_id": experiment.test_id,
            "test_name": experiment.name,
            "url": experiment.url,
            "status": CODES[experiment.status],
            "created_at": written(experiment.created_at),
            "updated_at": written(experiment.updated_at),
        }
        for experiment in found
    ]
    return jsonify(success=True, count=len(rows), experiments=rows)


@blueprint.post("/create-experiment")
def create_experiment(project_key: str) -> ResponseReturnValue:
    """Create an experiment, as a draft unless another status is wanted."""
    caller = _caller(project_key)
    caller.require(Role.MARKETER)
    body = bodies.read(CreateBody)
    experiment = creation.create(
        caller.project_id,
        Draft(Texts(body.test_name, body.url)),
        caller.actor(Door.INTEGERS),
        _offer(body.status),
    )
    return jsonify(success=True, test_id=experiment.test_id, status=CODES[experiment.status])


def _caller(project_key: str) -> Caller:
    token = credentials.presented_token("x-api-key", "api-key")
    if not token:
        return access.by_membership(credentials.signed_in_user_id(), project_key)
    caller = credentials.by_token(token)
    if caller.project_key != project_key:
        raise Unauthenticated("Invalid or missing API key.")
    return caller


def _status_body() -> StatusBody:
    try:
        body = bodies.read(StatusBody)
    except InvalidInput as error:
        if isinstance(error, Malformed) or error.field in NotedBody.model_fields:
            raise
        raise _bad_status() from None
    _offer(body.status)
    return body


def _offer(code: int) -> Offer:
    if code not in OFFERS:
        raise _bad_status()
    return OFFERS[code]


def _bad_status() -> InvalidInput:
    return InvalidInput("Invalid status value: must be 0, 1, or 9.", "status")
