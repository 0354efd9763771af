"""The headers that operations take and answer with, and the keys that they ask for."""

from collections.abc import Sequence
from typing import Any

ETAG = "ETag"
IF_MATCH = "If-Match"
IDEMPOTENCY_KEY = "Idempotency-Key"
OWN_IDEMPOTENCY_KEY = "x-idempotency-key"
PROJECT_ID = "X-Project-Id"
IF_NONE_MATCH = "If-None-Match"
STALE = "Switchyard-Stale"
REPLAYED = "Idempotency-Replayed"

Parts = dict[str, dict[str, Any]]

_TAG = r'(W/)?"[!#-~]*"'
_TAGS = {"type": "string", "pattern": rf"^(\*|{_TAG}(, {_TAG})*)$"}
_KEY = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"\S"}


def parameter(name: str) -> dict[str, str]:
    """Return what stands for a header that requests may have."""
    return {"$ref": f"#/components/parameters/{name}"}


def header(name: str) -> dict[str, str]:
    """Return what stands for a header of an answer."""
    return {"$ref": f"#/components/headers/{name}"}


def beside(names: Sequence[str]) -> dict[str, Any]:
    """Return the member `headers` of an answer that has these, and none for none."""
    return {"headers": {name: header(name) for name in names}} if names else {}


def _taken(name: str, description: str, schema: dict[str, Any] | None = None) -> Parts:
    schema = schema or {"type": "string"}
    return {name: {"name": name, "in": "header", "description": description, "schema": schema}}


def _given(name: str, description: str, schema: dict[str, Any] | None = None) -> Parts:
    return {name: {"description": description, "schema": schema or {"type": "string"}}}


def _key_in(name: str) -> Parts:
    return {name: {"type": "apiKey", "in": "header", "name": name, "description": "The same key."}}


PARAMETERS: Parts = {
    **_taken(
        IDEMPOTENCY_KEY,
        "A text that the client makes up, a new one for each thing that it wants done: sent again "
        "with the same, the request gets the first success again, for 24 hours.",
        _KEY,
    ),
    **_taken(
        OWN_IDEMPOTENCY_KEY,
        "What this contract calls such a text: the first success is given again, whatever else is "
        "sent with it.",
        _KEY,
    ),
    **_taken(
        IF_MATCH,
        "What the change is meant for: the ETag of the experiment, or in quotes its `stamp`, by "
        "which only its status matters; 412 where it is another by now.",
        _TAGS,
    ),
    **_taken(IF_NONE_MATCH, "The ETag of an earlier answer: 304 while it would be the same."),
    **_taken(PROJECT_ID, "The key of the project, which has to be that of the API key."),
}
HEADERS: Parts = {
    **_given(ETAG, "The version of what is answered."),
    **_given("History-Entry", "The entry that the change has in the history."),
    **_given("Location", "The address of what was made."),
    **_given("RateLimit", "How many requests are left, and for how many seconds."),
    **_given("RateLimit-Policy", "How many requests may be sent in how many seconds."),
    **_given(
        "Retry-After",
        "After how many seconds to try again. Without it, waiting alone does not help.",
        {"type": "integer"},
    ),
    **_given(
        STALE,
        "There where the database cannot be read: for how many seconds it has not confirmed this.",
        {"type": "integer"},
    ),
    **_given("WWW-Authenticate", "The scheme to present a key by."),
    **_given(
        REPLAYED,
        "There where the answer is that of the first request with this key.",
        {"const": "true"},
    ),
}
OF_ERRORS: dict[int, tuple[str, ...]] = {
    401: ("WWW-Authenticate",),
    429: ("Retry-After", "RateLimit", "RateLimit-Policy"),
    503: ("Retry-After",),
}
SECURITY: Parts = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key of the project, as `Authorization: Bearer`.",
    },
    **_key_in("X-SDK-Key"),
    **_key_in("x-api-key"),
    **_key_in("api-key"),
    **_key_in("X-API-Key"),
}
