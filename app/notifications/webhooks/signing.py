"""Signatures by Standard Webhooks, and the secrets that make them."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from math import floor

from standardwebhooks import Webhook

PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """Return a new random secret, as its receiver's library takes it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def headers(message_id: str, at: datetime, body: str, signed_with: Sequence[str]) -> dict[str, str]:
    """Return the headers of a message that is sent at `at`, in UTC, signed with each secret."""
    signatures = [Webhook(each).sign(message_id, at, body) for each in signed_with]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(floor(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
