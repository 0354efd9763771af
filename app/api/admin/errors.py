"""Errors as this contract words them: `error`, `code` and `detail`."""

from werkzeug.exceptions import HTTPException

from app.api import refusal_member
from app.core.errors import (
    AlreadyExists,
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


def error_response(error: DomainError | HTTPException) -> tuple[dict[str, object], int]:
    """Return an error in this contract's shape, with its HTTP status.

    A refusal has one member more.
    """
    if isinstance(error, HTTPException):
        code = error.name.upper().replace(" ", "_")
        return _shape(error.name, code, error.description or ""), error.code or 500
    if isinstance(error, Refused):
        code = error.refusal.code
        title, status = _REFUSALS.get(code, ("Illegal transition", 409))
        return _shape(title, code, str(error)) | refusal_member.beside(error.refusal), status
    title, code, status = next(_ERRORS[kind] for kind in type(error).__mro__ if kind in _ERRORS)
    return _shape(title, code, str(error)), status


_ERRORS: dict[type[DomainError], tuple[str, str, int]] = {
    Unauthenticated: ("Unauthorized", "UNAUTHORIZED", 401),
    Forbidden: ("Forbidden", "FORBIDDEN", 403),
    NotFound: ("Not found", "NOT_FOUND", 404),
    AlreadyExists: ("Already exists", "ALREADY_EXISTS", 409),
    Conflict: ("Conflict", "CONFLICT", 409),
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
}


def _shape(error: str, code: str, detail: str) -> dict[str, object]:
    return {"error": error, "code": code, "detail": detail}
