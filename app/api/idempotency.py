"""Requests with an Idempotency-Key: carried out once, however often they are sent.

As in the draft of the IETF (draft-ietf-httpapi-idempotency-key-header): the first success is kept
with the change, and sent again to whoever asks the same once more. What was refused or failed is
not kept: sent again, it is asked anew.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from flask import current_app, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug import Response

from app.accounts.caller import Admin, Caller
from app.api import shown_once
from app.core.errors import DomainError
from app.database.rows import answered_requests
from app.database.rows.answered_requests import RequestId
from app.web.header_names import (
    ETAG,
    HISTORY_ENTRY,
    HX_TRIGGER,
    IDEMPOTENCY_KEY,
    IDEMPOTENCY_REPLAYED,
    IF_MATCH,
    IF_NONE_MATCH,
    LOCATION,
)

_KEPT_HEADERS = (ETAG, HISTORY_ENTRY, HX_TRIGGER, LOCATION)
_FIRST_ERROR = 400

Work = Callable[[], ResponseReturnValue]


@dataclass(frozen=True)
class Key:
    """What a client sends with each thing that it wants done, in the header or member `named`.

    One that `binds` belongs to its request alone; with another request it is refused.
    """

    value: str
    named: str = IDEMPOTENCY_KEY
    binds: bool = True


def of_header(name: str = IDEMPOTENCY_KEY, *, binds: bool = True) -> Key | None:
    """Return the key in a header of the present request, None without it."""
    value = request.headers.get(name)
    return None if value is None else Key(value, name, binds)


def check(key: Key | None) -> None:
    """Raise InvalidInput for a key that could not be kept, where nothing is to be kept."""
    if key is not None:
        answered_requests.check_id(key.value, key.named)


def once(caller: Caller | Admin, key: Key, work: Work) -> Response:
    """Return the answer of `work`, or the one that the same request with this key had before.

    Raises InvalidInput for no key, IdTaken for one that was sent with another request, and Conflict
    where the first is still being carried out after a while.
    """
    asked = RequestId(_name_of(caller), key.value, _fingerprint(caller, key), key.named)
    try:
        outcome = answered_requests.once(asked, lambda: _answered(work), _kept, caller.project_id)
    except _NotDone as not_done:
        return not_done.answer
    return _again(outcome.answer) if outcome.made is None else outcome.made


class _NotDone(DomainError):
    """Nothing was done, which is told by an answer: it is not kept."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer


@dataclass(frozen=True)
class _Kept:
    """What is kept of an answer."""

    status: int
    members: dict[str, object]
    headers: dict[str, str]


def _name_of(caller: Caller | Admin) -> str:
    return f"user:{caller.user_id}" if caller.user_id else f"key:{caller.api_key_id}"


def _fingerprint(caller: Caller | Admin, key: Key) -> str:
    asked_for = (caller.project_id, request.method, request.path)
    if not key.binds:
        return answered_requests.fingerprint(*asked_for)
    conditions = (request.headers.get(IF_MATCH, ""), *request.headers.getlist(IF_NONE_MATCH))
    query, body = (
        each.decode(errors="replace") for each in (request.query_string, request.get_data())
    )
    return answered_requests.fingerprint(*asked_for, query, *conditions, body)


def _answered(work: Work) -> Response:
    answer = current_app.make_response(work())
    if answer.status_code >= _FIRST_ERROR:
        raise _NotDone(answer)
    return answer


def _kept(answer: Response) -> dict[str, object]:
    headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
    return vars(_Kept(answer.status_code, shown_once.replaced(answer.get_json()), headers))


def _again(answer: object) -> Response:
    kept = _Kept(**cast("dict[str, Any]", answer))
    again = jsonify(kept.members)
    again.status_code = kept.status
    again.headers.update(kept.headers)
    again.headers[IDEMPOTENCY_REPLAYED] = "true"
    return again
