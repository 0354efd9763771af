"""Errors as this contract words them: one sentence in `error`."""

from werkzeug.exceptions import HTTPException

from app.api import plain_errors, refusal_member
from app.api.v2.statuses import CODE_NAMES
from app.core.errors import DomainError
from app.lifecycle import Refusal, RefusalCode, Refused


def error_response(error: DomainError | HTTPException) -> tuple[dict[str, object], int]:
    """Return an error in this contract's shape, with its HTTP status.

    A refusal has one member more.
    """
    if isinstance(error, Refused):
        sentence, status = _refusal(error.refusal)
        return {"error": sentence} | refusal_member.beside(error.refusal), status
    return plain_errors.error_response(error)


def _refusal(refusal: Refusal) -> tuple[str, int]:
    match refusal.code:
        case RefusalCode.PLAN_LIMIT:
            return f"Plan limit: {refusal.sentence}", 403
        case RefusalCode.PLAN_UNREADABLE:
            return refusal.sentence, 503
        case RefusalCode.CHANGED_MEANWHILE:
            return refusal.sentence, 412
        case _:
            origins = " or ".join(CODE_NAMES[status] for status in refusal.allowed_from)
            return f"{refusal.sentence} This status is only valid from {origins}.", 400
