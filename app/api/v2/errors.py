"""Errors as this contract words them: one sentence in `error`."""

from typing import NotRequired

from werkzeug.exceptions import HTTPException

from app.api import plain_errors, refusal_member
from app.api.openapi.descriptions import Fault
from app.api.refusal_member import RefusalMember
from app.api.v2.statuses import CODE_NAMES
from app.core.errors import AlreadyExists, DomainError
from app.lifecycle import Refusal, RefusalCode, Refused

KEY_TAKEN = 406
"""How the contract says that the key of a goal is another's."""


class PlainError(plain_errors.ShortError):
    """An error."""

    refusal: NotRequired[RefusalMember]
    """Of what the rule book refuses: what else there is to say."""


def error_response(error: DomainError | HTTPException) -> tuple[PlainError, int]:
    """Return an error in this contract's shape, with its HTTP status.

    A refusal has one member more.
    """
    if isinstance(error, Refused):
        refusal = error.refusal
        told: PlainError = {"error": _sentence(refusal), **refusal_member.beside(refusal)}
        return told, _status(refusal.code)
    body, status = plain_errors.error_response(error)
    return {**body}, KEY_TAKEN if isinstance(error, AlreadyExists) else status


def worded(fault: Fault) -> tuple[int, str]:
    """Return the HTTP status of an error of this kind; this contract has no codes."""
    if fault is AlreadyExists:
        return KEY_TAKEN, ""
    is_refusal = isinstance(fault, RefusalCode)
    return _status(fault) if is_refusal else plain_errors.status_of(fault), ""


def _sentence(refusal: Refusal) -> str:
    match refusal.code:
        case RefusalCode.PLAN_LIMIT:
            return f"Plan limit: {refusal.sentence}"
        case RefusalCode.PLAN_UNREADABLE | RefusalCode.CHANGED_MEANWHILE | RefusalCode.NOT_A_DRAFT:
            return refusal.sentence
        case _:
            origins = " or ".join(CODE_NAMES[status] for status in refusal.allowed_from)
            return f"{refusal.sentence} This status is only valid from {origins}."


def _status(code: RefusalCode) -> int:
    return _STATUSES.get(code, 400)


_STATUSES = {
    RefusalCode.PLAN_LIMIT: 403,
    RefusalCode.PLAN_UNREADABLE: 503,
    RefusalCode.CHANGED_MEANWHILE: 412,
}
