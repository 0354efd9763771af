"""The headers that operations take and answer with, and the keys that they ask for."""

from collections.abc import Sequence
from typing import Any

from app.api import shapes
from app.web import entity_tags
from app.web.header_names import (
    ETAG,
    HISTORY_ENTRY,
    IDEMPOTENCY_KEY,
    IDEMPOTENCY_REPLAYED,
    IF_MATCH,
    IF_NONE_MATCH,
    INTEGERS_KEYS,
    LOCATION,
    OWN_IDEMPOTENCY_KEY,
    PROJECT_ID,
    RATE_LIMIT,
    RATE_LIMIT_POLICY,
    RETRY_AFTER,
    SDK_KEY,
    STALE,
    VISITORS_KEY,
    WWW_AUTHENTICATE,
)

SESSION = "session"

Parts = dict[str, dict[str, Any]]

IF_NONE_MATCH_OF_READ = "If-None-Match.of-read"
"""The same header of what reads, by which what is no list of tags is as none."""

_TAGS = {"anyOf": [{"const": "*"}, shapes.text(entity_tags.LIST)]}


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


def _key_in(name: str) -> dict[str, Any]:
    return {"type": "apiKey", "in": "header", "name": name, "description": "The same key."}


PARAMETERS: Parts = {
    **_taken(
        IDEMPOTENCY_KEY,
        "A text that the client makes up, a new one for each thing that it wants done: sent again "
        "with the same, the request gets the first success again, for 24 hours.",
        shapes.REQUEST_KEY,
    ),
    **_taken(
        OWN_IDEMPOTENCY_KEY,
        "What this contract calls such a text: the first success is given again, whatever else is "
        "sent with it.",
        shapes.REQUEST_KEY,
    ),
    **_taken(
        IF_MATCH,
        "What the change is meant for: the ETag of what is changed, or in quotes the `stamp` of an "
        "experiment, by which only its status matters, and what is decided of it; 412 where it is "
        "another by now.",
        _TAGS,
    ),
    **_taken(
        IF_NONE_MATCH,
        "* where it is only to make what is not there yet; 412 otherwise.",
        _TAGS,
    ),
    IF_NONE_MATCH_OF_READ: {
        "name": IF_NONE_MATCH,
        "in": "header",
        "description": "The ETag of an earlier answer: 304 while it would be the same.",
        "schema": {"type": "string"},
    },
    **_taken(
        PROJECT_ID,
        "The key of the project, which has to be that of the API key.",
        shapes.KEY,
    ),
}
HEADERS: Parts = {
    **_given(ETAG, "The version of what is answered."),
    **_given(
        HISTORY_ENTRY, "The entry that the change has in the history, where something has changed."
    ),
    **_given(LOCATION, "The address of what was made."),
    **_given(RATE_LIMIT, "How many requests are left, and for how many seconds."),
    **_given(RATE_LIMIT_POLICY, "How many requests may be sent in how many seconds."),
    **_given(
        RETRY_AFTER,
        "After how many seconds to try again. Without it, waiting alone does not help.",
        {"type": "integer"},
    ),
    **_given(
        STALE,
        "There where the database cannot be read: for how many seconds it has not confirmed this.",
        {"type": "integer"},
    ),
    **_given(WWW_AUTHENTICATE, "The scheme to present a key by."),
    **_given(
        IDEMPOTENCY_REPLAYED,
        "There where the answer is that of the first request with this key.",
        {"const": "true"},
    ),
}
OF_ERRORS: dict[int, tuple[str, ...]] = {
    401: (WWW_AUTHENTICATE,),
    429: (RETRY_AFTER, RATE_LIMIT, RATE_LIMIT_POLICY),
    503: (RETRY_AFTER,),
}
SECURITY: Parts = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key of the project, as `Authorization: Bearer`.",
    },
    SESSION: {
        "type": "apiKey",
        "in": "cookie",
        "name": "switchyard",
        "description": "Somebody who is signed in here, with their page's token in `X-CSRFToken`.",
    },
    **{name: _key_in(name) for name in (SDK_KEY, *INTEGERS_KEYS, VISITORS_KEY)},
}
