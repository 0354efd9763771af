"""What Schemathesis does to its requests before it sends them; it loads this by itself."""

import secrets
from typing import Any

import schemathesis

KEYS = ("Idempotency-Key", "x-idempotency-key")
MEMBER = "idempotency_key"
"""The same, in a body of /v2."""


@schemathesis.hook
def before_call(
    _context: object, case: "schemathesis.Case[Any]", _settings: dict[str, Any]
) -> None:
    """Give a request a key of its own: sent with another one before, a key is refused with 422.

    Only where it has one that is valid; others are sent as they are.
    """
    if case.meta and case.meta.generation.mode.is_positive:
        for name in {*KEYS} & {*(case.headers or {})}:
            case.headers[name] = secrets.token_hex()
        if isinstance(case.body, dict) and isinstance(case.body.get(MEMBER), str):
            case.body = {**case.body, MEMBER: secrets.token_hex()}
