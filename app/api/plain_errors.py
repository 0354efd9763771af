"""Errors as one member, as /v2 and /collect word them."""

from werkzeug.exceptions import HTTPException

from app.core.errors import (
    AlreadyExists,
    Conflict,
    DomainError,
    Forbidden,
    IdTaken,
    NotFound,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)


def error_response(error: DomainError | HTTPException) -> tuple[dict[str, object], int]:
    """Return the error's sentence, with its HTTP status; what nobody expects is a bad request."""
    if isinstance(error, HTTPException):
        return {"error": error.description or error.name}, error.code or 500
    statuses = (_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES)
    return {"error": str(error)}, next(statuses, 400)


_STATUSES: dict[type[DomainError], int] = {
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    IdTaken: 422,
    AlreadyExists: 409,
    Conflict: 409,
    TooManyRequests: 429,
    Unavailable: 503,
}
