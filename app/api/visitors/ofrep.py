"""The OpenFeature Remote Evaluation Protocol: /ofrep/v1/evaluate/flags, an experiment a flag.

What is not running, and a unit outside the traffic, is FLAG_NOT_FOUND: clients take the default of
their own code then, quietly. A success without a value says the same, but the Python provider
fails over it.
"""

import hashlib

from flask import Blueprint, jsonify, make_response, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from werkzeug.exceptions import HTTPException

from app.api import bodies, credentials
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
from app.serving import units
from app.serving.running_experiments import Running, Served

blueprint = Blueprint("ofrep", __name__, url_prefix="/ofrep/v1/evaluate/flags")
visitors.open_to_other_origins(blueprint)

KEY_HEADER = "X-API-Key"
UNIT = "targetingKey"


class EvaluationBody(BaseModel):
    """The body of an evaluation; of its context only the targeting key is looked at."""

    context: dict[str, object]


@blueprint.post("/<key>")
def evaluate(key: str) -> ResponseReturnValue:
    """Return the variant of one experiment for a unit."""
    _, running = visitors.known(credentials.presented_token(KEY_HEADER))
    unit = _unit()
    live = running.experiments.get(key)
    variant = live and live.variant_of(unit)
    metrics.of_process.evaluated("none" if variant is None else "variant")
    if variant is None:
        raise NotFound("It is not running, or this unit is outside its traffic.")
    return jsonify(_evaluation(key, variant))


@blueprint.post("")
def evaluate_all() -> ResponseReturnValue:
    """Return the variants of all running experiments for a unit, or 304 where they are the same."""
    _, running = visitors.known(credentials.presented_token(KEY_HEADER))
    unit = _unit()
    version = hashlib.sha256(f"{running.fingerprint} {unit}".encode()).hexdigest()[:32]
    if version in request.if_none_match.as_set(include_weak=True):
        metrics.of_process.evaluated("unchanged")
        answer = make_response("", 304)
    else:
        metrics.of_process.evaluated("all")
        answer = jsonify(flags=_evaluations(running, unit))
    answer.set_etag(version)
    return answer


def error_response(error: DomainError | HTTPException) -> tuple[dict[str, str], int]:
    """Return an error in the protocol's shape, with its HTTP status."""
    if isinstance(error, HTTPException):
        code, status, details = "GENERAL", error.code or 500, error.description or error.name
    else:
        is_missing = isinstance(error, InvalidInput) and error.field == UNIT
        code, status = _MISSING if is_missing else _worded(error)
        details = str(error)
    named = {"key": request.view_args["key"]} if request.view_args else {}
    return {**named, "errorCode": code, "errorDetails": details}, status


def _worded(error: DomainError) -> tuple[str, int]:
    known = (_ERRORS[kind] for kind in type(error).__mro__ if kind in _ERRORS)
    return next(known, ("GENERAL", 400))


_MISSING = ("TARGETING_KEY_MISSING", 400)
_ERRORS: dict[type[DomainError], tuple[str, int]] = {
    InvalidInput: ("INVALID_CONTEXT", 400),
    Malformed: ("PARSE_ERROR", 400),
    NotFound: ("FLAG_NOT_FOUND", 404),
    Unauthenticated: ("GENERAL", 401),
    Forbidden: ("GENERAL", 403),
    TooManyRequests: ("GENERAL", 429),
    Unavailable: ("GENERAL", 503),
}


def _unit() -> str:
    unit = bodies.read(EvaluationBody).context.get(UNIT)
    if unit is None or unit == "":
        raise InvalidInput(f"The context has no {UNIT}.", UNIT)
    return units.checked(unit)


def _evaluations(running: Running, unit: str) -> list[dict[str, object]]:
    return [
        _evaluation(key, variant)
        for key, live in running.experiments.items()
        if (variant := live.variant_of(unit))
    ]


def _evaluation(key: str, variant: Served) -> dict[str, object]:
    return {"key": key, "value": variant.value, "reason": "SPLIT", "variant": variant.key}
