"""What an answer of the server means: a document, or a failure."""

from http import HTTPStatus

import httpx

from switchyard.failures import Document, ExitCode, Failure, NoAnswer, of_our_own

_GATEWAYS = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
_CODES: dict[int, ExitCode] = {
    HTTPStatus.BAD_REQUEST: ExitCode.USAGE,
    HTTPStatus.UNAUTHORIZED: ExitCode.NOT_ALLOWED,
    HTTPStatus.FORBIDDEN: ExitCode.NOT_ALLOWED,
    HTTPStatus.NOT_FOUND: ExitCode.NOT_FOUND,
    HTTPStatus.CONFLICT: ExitCode.CONFLICT,
    HTTPStatus.PRECONDITION_FAILED: ExitCode.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ExitCode.USAGE,
    HTTPStatus.UNPROCESSABLE_ENTITY: ExitCode.USAGE,
}


def document_of(answer: httpx.Response) -> Document:
    """Return the document of an answer.

    Raises NoAnswer for one after which the same request may be sent again, and Failure for any
    other that is no success.
    """
    document = _read(answer)
    if answer.is_success and document is not None:
        return document
    if _may_be_sent_again(answer, document or {}):
        raise NoAnswer(document or _foreign(answer), _seconds_to_wait(answer))
    raise Failure(_code_of(answer, document), document or _foreign(answer))


def _read(answer: httpx.Response) -> Document | None:
    try:
        document = answer.json()
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _may_be_sent_again(answer: httpx.Response, document: Document) -> bool:
    """Return whether asking again can help: a plan's 429 is a refusal, and not a rate limit."""
    is_rate_limit = answer.status_code == HTTPStatus.TOO_MANY_REQUESTS and "refusal" not in document
    return is_rate_limit or answer.status_code in _GATEWAYS


def _code_of(answer: httpx.Response, document: Document | None) -> ExitCode:
    if document is None:
        return ExitCode.NO_ANSWER
    if "refusal" in document and answer.status_code != HTTPStatus.PRECONDITION_FAILED:
        return ExitCode.REFUSED
    return _CODES.get(answer.status_code, ExitCode.NO_ANSWER)


def _foreign(answer: httpx.Response) -> Document:
    detail = f"{answer.url} answered {answer.status_code}, and not as Switchyard does."
    return of_our_own("No answer", "NO_ANSWER", detail)


def _seconds_to_wait(answer: httpx.Response) -> float:
    """Return how long the answer asks to wait; 0 where it does not say it in seconds."""
    told = answer.headers.get("Retry-After", "")
    return float(told) if told.isdecimal() else 0
