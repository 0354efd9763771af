"""What the document says in words of its own; all else are the docstrings of what it describes."""

from collections.abc import Mapping

from app.api import shapes
from app.api.shapes import Schema
from app.core.validation import LARGEST_NUMBER

INTRODUCTION = """\
Start, pause and read A/B experiments. A key opens one project.

What is not understood is refused under `/api/admin`, and named in `warnings` under `/v2`.
A change with an `Idempotency-Key` is carried out once, however often it is sent; with
`?dry_run=true` it is only told what would come of it; with `If-Match` it is carried out only if
the experiment is still what it was. 429 with `Retry-After` is a rate limit: the same request may
succeed later. 429 `PLAN_LIMIT`, without it (under `/v2` 403), is the project's plan:
`refusal.ways_out` says what helps.
"""
_NUMBER: Schema = {"type": "integer", "minimum": 0, "maximum": LARGEST_NUMBER}
PATH: Mapping[str, tuple[str, Schema]] = {
    "public_id": ("The experiment's `exp_` id, or its key.", shapes.KEY),
    "test_id": ("The experiment's number.", _NUMBER),
    "project_key": ("The project's key.", {}),
    "action": ("The action's name in the rule book.", {}),
    "key": ("The experiment's key.", shapes.KEY),
    "goal_key": ("The goal's key.", shapes.KEY),
    "audience_key": ("The audience's key.", shapes.KEY),
    "key_id": ("The key's id.", _NUMBER),
    "webhook_id": ("The webhook's id.", _NUMBER),
    "delivery_id": ("The delivery's id.", _NUMBER),
    "exclusion_id": ("The number of what is left out.", _NUMBER),
    "goal_profile_id": ("The goal's number.", _NUMBER),
    "code": ("The plan's code.", _NUMBER),
    "member_email": ("The member's e-mail.", shapes.EMAIL),
    "client_key": ("A client key.", {}),
}
"""What an address names: in words, and what else than its type there is to say of it."""
ERRORS: Mapping[int, str] = {
    400: "What was sent cannot be read, or is not what this asks for.",
    401: "No key, or one that opens nothing.",
    403: "The key does not open this; under /v2 also the plan's limit.",
    404: "There is no such thing in this project.",
    406: "Something else has this key already.",
    409: "It cannot be done as things are.",
    410: "There was such a thing, and it is over.",
    412: "It is not as the request says that it has to be; nothing was done.",
    413: "The body is too large.",
    415: "The body is compressed, or no JSON.",
    422: "Something that was sent is not understood, or cannot be used.",
    429: "Too many requests; under /api/admin also the plan's limit.",
    503: "It cannot be done at this moment.",
}
