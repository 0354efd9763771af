"""Requests with an Idempotency-Key: carried out once, however often they are sent.

As in the draft of the IETF (draft-ietf-httpapi-idempotency-key-header): the first success is kept
with the change, and sent again to whoever asks the same once more. What was refused or failed is
not kept: sent again, it is asked anew.
"""

import json
from collections.abc import Callable
from typing import cast

from flask import current_app, g, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug import Response

from app.accounts.caller import Caller
from app.core.errors import InvalidInput
from app.database import answered_requests
from app.database.answered_requests import LONGEST_ID, RequestId

HEADER = "Idempotency-Key"
REPEATED_HEADER = "Idempotency-Replayed"
_KEPT_HEADERS = ("ETag", "History-Entry", "HX-Trigger", "Location")

Work = Callable[[], ResponseReturnValue]


def keep_instead(**members: object) -> None:
    """Keep these members of the present answer in place of those that are shown only once."""
    g.kept_instead = members


def once(caller: Caller, key: str, work: Work) -> Response:
    """Return the answer of `work`, or the one that the same request with this key had before.

    Raises InvalidInput for no key, IdTaken for one that was sent with another request, and Conflict
    where the first is still being carried out after a while.
    """
    if not (key.strip() and key.isprintable() and len(key) <= LONGEST_ID):
        raise InvalidInput(f"{HEADER} has 1 to {LONGEST_ID} visible characters.", HEADER)
    asked = RequestId(_name_of(caller), key, _fingerprint(caller))
    outcome = answered_requests.once(asked, lambda: _answered(work), _kept)
    return outcome.made or _again(cast("dict[str, object]", outcome.answer))


def _name_of(caller: Caller) -> str:
    return f"user:{caller.user_id}" if caller.user_id else f"key:{caller.api_key_id}"


def _fingerprint(caller: Caller) -> str:
    return answered_requests.fingerprint(
        caller.project_id,
        request.method,
        request.full_path,
        request.headers.get("If-Match", ""),
        request.get_data().decode(errors="replace"),
    )


def _answered(work: Work) -> Response:
    return current_app.make_response(work())


def _kept(answer: Response) -> dict[str, object]:
    members = json.loads(answer.get_data()) | g.get("kept_instead", {})
    headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
    return {"status": answer.status_code, "members": members, "headers": headers}


def _again(kept: dict[str, object]) -> Response:
    body = current_app.json.dumps(kept["members"])
    answer = make_response(f"{body}\n", cast("int", kept["status"]))
    answer.mimetype = "application/json"
    answer.headers.update(cast("dict[str, str]", kept["headers"]))
    answer.headers[REPEATED_HEADER] = "true"
    return answer
