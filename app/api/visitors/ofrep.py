"""The OpenFeature Remote Evaluation Protocol: /ofrep/v1/evaluate/flags, an experiment a flag.

What is not running, and a unit outside the traffic, is FLAG_NOT_FOUND: clients take the default of
their own code then, quietly. A success without a value says the same, but the Python provider
fails over it.
"""

import hashlib
from http import HTTPStatus
from typing import Annotated, Literal, NotRequired

from flask import Blueprint, request
from pydantic import BaseModel, Field
from typing_extensions import TypedDict
from werkzeug.exceptions import HTTPException

from app.api import bodies, credentials
from app.api.answers import Answer, Conditional
from app.api.openapi.descriptions import ANYWHERE, ContractDescription, Fault
from app.api.visitors import callers as visitors
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
from app.lifecycle import RefusalCode
from app.serving import units
from app.serving.running_experiments import Running
from app.serving.units import LONGEST_UNIT
from app.web import entity_tags
from app.web.header_names import ETAG, STALE, VISITORS_KEY

blueprint = Blueprint("ofrep", __name__, url_prefix="/ofrep/v1/evaluate/flags")
visitors.open_to_other_origins(blueprint)

UNIT = "targetingKey"
GENERAL = "GENERAL"


class UnitMissing(InvalidInput):
    """The context does not name the visitor."""


class EvaluationBody(BaseModel):
    """The body of an evaluation; of its context only the targeting key is looked at."""

    context: Annotated[
        dict[str, object],
        Field(
            json_schema_extra={
                "properties": {UNIT: {"type": "string", "minLength": 1, "maxLength": LONGEST_UNIT}},
                "required": [UNIT],
            }
        ),
    ]
    """What is known of the visitor: `targetingKey` is their id."""


class Evaluation(TypedDict):
    """The variant of one experiment for a unit."""

    key: str
    """The experiment's key."""
    value: object
    """What the visitor gets."""
    reason: Literal["SPLIT", "STATIC"]
    """Why: visitors are split, or everybody gets the same and nothing is counted."""
    variant: str
    """The variant's key."""


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


operations = visitors.Operations(
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
    _, running = visitors.known(credentials.presented_token(VISITORS_KEY))
    unit = _unit()
    evaluation = _evaluated(running, key, unit)
    metrics.of_process.evaluated("none" if evaluation is None else "variant")
    if evaluation is None:
        raise NotFound(running.why_none(key))
    return Answer(evaluation)


@operations.post("", EvaluationBody)
def evaluate_all() -> Conditional[Evaluations]:
    """Return the variants of all running and shipped experiments for a unit.

    Or 304 where they are the same.
    """
    _, running = visitors.known(credentials.presented_token(VISITORS_KEY))
    unit = _unit()
    version = hashlib.sha256(f"{running.fingerprint} {unit}".encode()).hexdigest()[:32]
    tag = {ETAG: entity_tags.quoted(version)}
    if entity_tags.is_known(version):
        metrics.of_process.evaluated("unchanged")
        return Conditional({"flags": []}, tag, HTTPStatus.NOT_MODIFIED)
    metrics.of_process.evaluated("all")
    return Conditional({"flags": _evaluations(running, unit)}, tag)


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


def _unit() -> str:
    unit = bodies.read(EvaluationBody).context.get(UNIT)
    if unit is None or unit == "":
        raise UnitMissing(f"The context has no {UNIT}.", UNIT)
    return units.checked(unit)


def _evaluations(running: Running, unit: str) -> list[Evaluation]:
    keys = (*running.experiments, *running.shipped)
    return [found for key in keys if (found := _evaluated(running, key, unit))]


def _evaluated(running: Running, key: str, unit: str) -> Evaluation | None:
    """Return what a unit gets of an experiment by its key; None for nothing."""
    if shipped := running.shipped.get(key):
        return {"key": key, "value": shipped.value, "reason": "STATIC", "variant": shipped.key}
    live = running.experiments.get(key)
    variant = live and live.variant_of(unit)
    if variant is None:
        return None
    return {"key": key, "value": variant.value, "reason": "SPLIT", "variant": variant.key}
