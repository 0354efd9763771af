"""Errors as this contract words them: `error`, `code` and `detail`."""

from typing import NotRequired

from typing_extensions import TypedDict
from werkzeug.exceptions import HTTPException

from app.api import refusal_member
from app.api.openapi.descriptions import Fault
from app.api.refusal_member import RefusalMember
from app.core.errors import (
    AlreadyExists,
    ChangedMeanwhile,
    Conflict,
    DomainError,
    Forbidden,
    InvalidInput,
    Malformed,
    NotFound,
    SharesOff,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    UnknownReference,
)
from app.lifecycle import RefusalCode, Refused


class Error(TypedDict):
    """An error."""

    error: str
    """Its kind, in words."""
    code: str
    """Its kind; stable, for programs."""
    detail: str
    """What is wrong, in one sentence."""
    refusal: NotRequired[RefusalMember]
    """Of what the rule book refuses: what else there is to say."""


def error_response(error: DomainError | HTTPException) -> tuple[Error, int]:
    """Return an error in this contract's shape, with its HTTP status.

    A refusal has one member more.
    """
    if isinstance(error, HTTPException):
        return _shape(error.name, _code_of(error), error.description or ""), error.code or 500
    if isinstance(error, Refused):
        code = error.refusal.code
        title, status = _refusal(code)
        return {**_shape(title, code, str(error)), **refusal_member.beside(error.refusal)}, status
    title, code, status = _domain_error(type(error))
    return _shape(title, code, str(error)), status


def worded(fault: Fault) -> tuple[int, str]:
    """Return the HTTP status of an error of this kind, and its code."""
    if isinstance(fault, RefusalCode):
        return _refusal(fault)[1], fault
    if issubclass(fault, HTTPException):
        return fault.code or 500, _code_of(fault())
    _, code, status = _domain_error(fault)
    return status, code


def _refusal(code: RefusalCode) -> tuple[str, int]:
    return _REFUSALS.get(code, ("Illegal transition", 409))


def _domain_error(kind: type[DomainError]) -> tuple[str, str, int]:
    return next(_ERRORS[each] for each in kind.__mro__ if each in _ERRORS)


def _code_of(error: HTTPException) -> str:
    return error.name.upper().replace(" ", "_")


_ERRORS: dict[type[DomainError], tuple[str, str, int]] = {
    Unauthenticated: ("Unauthorized", "UNAUTHORIZED", 401),
    Forbidden: ("Forbidden", "FORBIDDEN", 403),
    NotFound: ("Not found", "NOT_FOUND", 404),
    AlreadyExists: ("Already exists", "ALREADY_EXISTS", 409),
    Conflict: ("Conflict", "CONFLICT", 409),
    ChangedMeanwhile: ("Changed meanwhile", "CHANGED", 412),
    TooManyRequests: ("Too many requests", "RATE_LIMITED", 429),
    Unavailable: ("Unavailable", "UNAVAILABLE", 503),
    SharesOff: ("Invalid value", "GROUPS_WEIGHT_SUM", 422),
    UnknownReference: ("Invalid value", "REFERENCED_NOT_FOUND", 422),
    Malformed: ("Bad request", "BAD_REQUEST", 400),
    InvalidInput: ("Invalid value", "VALIDATION", 422),
    DomainError: ("Not done", "CONFLICT", 409),
}
_REFUSALS = {
    RefusalCode.PLAN_LIMIT: ("Plan limit reached", 429),
    RefusalCode.PLAN_UNREADABLE: ("Plan unavailable", 503),
    RefusalCode.NOT_A_DRAFT: ("Not a draft", 409),
    RefusalCode.CHANGED_MEANWHILE: ("Changed meanwhile", 412),
    RefusalCode.HOLDER_NOT_RUNNING: ("Nothing to swap with", 409),
    RefusalCode.QUEUE_FULL: ("Queue full", 409),
    RefusalCode.TRAFFIC_NOT_HIGHER: ("Traffic not higher", 409),
    RefusalCode.NOT_STARTED: ("Not started", 409),
}


def _shape(error: str, code: str, detail: str) -> Error:
    return {"error": error, "code": code, "detail": detail}
