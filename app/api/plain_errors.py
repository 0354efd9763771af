"""Errors as one member, as /v2 and /collect word them."""

from typing_extensions import TypedDict
from werkzeug.exceptions import HTTPException

from app.api.openapi.descriptions import Fault
from app.core.errors import (
    AlreadyExists,
    ChangedMeanwhile,
    Conflict,
    DomainError,
    Ended,
    Forbidden,
    IdTaken,
    NotFound,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from app.lifecycle import RefusalCode


class ShortError(TypedDict):
    """An error."""

    error: str
    """What is wrong, in one sentence."""


def error_response(error: DomainError | HTTPException) -> tuple[ShortError, int]:
    """Return the error's sentence, with its HTTP status; what nobody expects is a bad request."""
    if isinstance(error, HTTPException):
        return {"error": error.description or error.name}, error.code or 500
    return {"error": str(error)}, status_of(type(error))


def status_of(fault: Fault) -> int:
    """Return the HTTP status of an error of this kind; what nobody expects is a bad request."""
    if isinstance(fault, RefusalCode):
        return 400
    if issubclass(fault, HTTPException):
        return fault.code or 500
    return next((_STATUSES[each] for each in fault.__mro__ if each in _STATUSES), 400)


_STATUSES: dict[type[DomainError], int] = {
    Unauthenticated: 401,
    Forbidden: 403,
    Ended: 410,
    NotFound: 404,
    IdTaken: 422,
    AlreadyExists: 409,
    Conflict: 409,
    ChangedMeanwhile: 412,
    TooManyRequests: 429,
    Unavailable: 503,
}
