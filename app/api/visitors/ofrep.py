"""The OpenFeature Remote Evaluation Protocol: /ofrep/v1/evaluate/flags, an experiment a flag.

What is not running, and a unit outside the traffic, is FLAG_NOT_FOUND: clients take the default of
their own code then, quietly. A success without a value says the same, but the Python provider
fails over it.
"""

import hashlib
import json
from http import HTTPStatus
from typing import Annotated, Literal, NotRequired

from flask import Blueprint, request
from pydantic import BaseModel, Field, StrictBool
from typing_extensions import TypedDict
from werkzeug.exceptions import HTTPException

from app.api import bodies, credentials
from app.api.answers import Answer, Conditional
from app.api.openapi.descriptions import ANYWHERE, ContractDescription, Fault
from app.api.visitors import callers, contexts, contract, other_origins
from app.api.visitors.contexts import Visitor
from app.core import metrics
from app.core.errors import (
    DomainError,
    Forbidden,
    InvalidInput,
    Malformed,
    NotFound,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from app.core.validation import LONGEST_UNIT, checked_unit
from app.lifecycle import RefusalCode
from app.serving import visitor_sample
from app.serving.running_experiments import Running
from app.serving.serving_keys import ServingKey
from app.web import entity_tags
from app.web.header_names import ETAG, STALE, VISITORS_KEY

blueprint = Blueprint("ofrep", __name__, url_prefix="/ofrep/v1/evaluate/flags")
other_origins.open_to_listed(blueprint)

UNIT = "targetingKey"
GENERAL = "GENERAL"


class UnitMissing(InvalidInput):
    """The context does not name the visitor."""


class EvaluationBody(BaseModel):
    """The body of an evaluation. Its context is what the audiences of experiments are told by."""

    context: Annotated[
        dict[str, object],
        Field(
            json_schema_extra={
                "properties": {UNIT: {"type": "string", "minLength": 1, "maxLength": LONGEST_UNIT}},
                "required": [UNIT],
            }
        ),
    ]
    """What is known of the visitor: `targetingKey` is their id, the rest is for audiences."""
    sample: StrictBool = True
    """Whether the rest may be kept for a day, to say how many visitors an audience covers."""


class EvaluationMetadata(TypedDict):
    """What else there is to say of an evaluation."""

    run: str
    """The run's salt: another once visitors are split afresh."""


class Evaluation(TypedDict):
    """The variant of one experiment for a unit."""

    key: str
    """The experiment's key."""
    value: object
    """What the visitor gets."""
    reason: Literal["SPLIT", "STATIC", "TARGETING_MATCH"]
    """Why: visitors are split; or everybody gets the same, or this one always gets this, and
    nothing is counted."""
    variant: str
    """The variant's key."""
    metadata: NotRequired[EvaluationMetadata]
    """There where visitors are split."""


class Evaluations(TypedDict):
    """The variants of all running experiments for a unit, and of those that are shipped."""

    flags: list[Evaluation]
    """One of each that runs and that the unit takes part in, and of each that is shipped."""


class EvaluationError(TypedDict):
    """An error, as the protocol has it."""

    key: NotRequired[str]
    """The experiment's key, where one was asked for."""
    errorCode: str
    """Its kind, for programs."""
    errorDetails: str
    """What is wrong, in one sentence."""


def _fault_worded(fault: Fault) -> tuple[int, str]:
    if isinstance(fault, RefusalCode) or issubclass(fault, HTTPException):
        return getattr(fault, "code", 400), GENERAL
    code, status = _worded(fault)
    return status, code


operations = contract.Operations(
    blueprint,
    ContractDescription(
        prefix="",
        security=("bearer", VISITORS_KEY),
        error=EvaluationError,
        worded=_fault_worded,
        code_member="errorCode",
        answer_headers=(STALE,),
        is_repeatable=False,
        usual_faults=(*ANYWHERE, UnitMissing),
    ),
)


@operations.post("/<path:key>", EvaluationBody, faults=(NotFound,))
def evaluate(key: str) -> Answer[Evaluation]:
    """Return the variant of one experiment for a unit."""
    caller, running = callers.known(credentials.presented_token(VISITORS_KEY))
    visitor = _visitor(caller, running)
    evaluation = _evaluated(running, key, visitor)
    metrics.of_process.evaluated("none" if evaluation is None else "variant")
    if evaluation is None:
        raise NotFound(running.why_none(key, visitor.known))
    return Answer(evaluation)


@operations.post("", EvaluationBody)
def evaluate_all() -> Conditional[Evaluations]:
    """Return the variants of all running and shipped experiments for a unit.

    Or 304 where they are the same.
    """
    caller, running = callers.known(credentials.presented_token(VISITORS_KEY))
    visitor = _visitor(caller, running)
    version = _version(running, visitor)
    tag = {ETAG: entity_tags.quoted(version)}
    if entity_tags.is_known(version):
        metrics.of_process.evaluated("unchanged")
        return Conditional({"flags": []}, tag, HTTPStatus.NOT_MODIFIED)
    metrics.of_process.evaluated("all")
    return Conditional({"flags": _evaluations(running, visitor)}, tag)


def error_response(error: DomainError | HTTPException) -> tuple[EvaluationError, int]:
    """Return an error in the protocol's shape, with its HTTP status."""
    if isinstance(error, HTTPException):
        code, status, details = GENERAL, error.code or 500, error.description or error.name
    else:
        code, status = _worded(type(error))
        details = str(error)
    told: EvaluationError = {"errorCode": code, "errorDetails": details}
    return ({"key": request.view_args["key"], **told} if request.view_args else told), status


def _worded(kind: type[DomainError]) -> tuple[str, int]:
    return next((_ERRORS[each] for each in kind.__mro__ if each in _ERRORS), (GENERAL, 400))


_ERRORS: dict[type[DomainError], tuple[str, int]] = {
    UnitMissing: ("TARGETING_KEY_MISSING", 400),
    InvalidInput: ("INVALID_CONTEXT", 400),
    Malformed: ("PARSE_ERROR", 400),
    NotFound: ("FLAG_NOT_FOUND", 404),
    Unauthenticated: (GENERAL, 401),
    Forbidden: (GENERAL, 403),
    TooManyRequests: (GENERAL, 429),
    Unavailable: (GENERAL, 503),
}


def _visitor(key: ServingKey, running: Running) -> Visitor:
    body = bodies.read(EvaluationBody)
    unit = body.context.get(UNIT)
    if unit is None or unit == "":
        raise UnitMissing(f"The context has no {UNIT}.", UNIT)
    visitor = Visitor(checked_unit(unit), contexts.known(body.context, key))
    if body.sample:
        visitor_sample.of_app().note(key.project_id, running.unit_salt, *visitor)
    return visitor


def _version(running: Running, visitor: Visitor) -> str:
    """Return what tells the answer to a visitor from any other."""
    known = json.dumps(visitor.known, sort_keys=True) if running.has_audiences else ""
    return hashlib.sha256(f"{running.fingerprint} {visitor.unit} {known}".encode()).hexdigest()[:32]


def _evaluations(running: Running, visitor: Visitor) -> list[Evaluation]:
    keys = (*running.experiments, *running.shipped)
    return [found for key in keys if (found := _evaluated(running, key, visitor))]


def _evaluated(running: Running, key: str, visitor: Visitor) -> Evaluation | None:
    """Return what a visitor gets of an experiment by its key; None for nothing."""
    if shipped := running.shipped.get(key):
        return {"key": key, "value": shipped.value, "reason": "STATIC", "variant": shipped.key}
    live = running.experiments.get(key)
    variant = live and live.variant_of(*visitor)
    if not (live and variant):
        return None
    given: Evaluation = {
        "key": key,
        "value": variant.value,
        "reason": "TARGETING_MATCH",
        "variant": variant.key,
    }
    if visitor.unit in live.always_shown:
        return given
    return {**given, "reason": "SPLIT", "metadata": {"run": live.salt}}
