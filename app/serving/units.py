"""Units: the visitors, as the sites that send them name them."""

import base64
import hashlib
import secrets

from app.core.errors import InvalidInput

LONGEST_UNIT = 256
HASH_BYTES = 16


def checked(unit: object) -> str:
    """Return a unit: text of 1 to 256 characters, of any script. InvalidInput otherwise."""
    if not isinstance(unit, str) or not 1 <= len(unit) <= LONGEST_UNIT:
        raise InvalidInput(f"A unit is text of 1 to {LONGEST_UNIT} characters.", "unit")
    return unit


def hashed(unit_salt: str, unit: str) -> str:
    """Return what is stored of a unit: 16 bytes of BLAKE2b (RFC 7693), keyed by the project's salt.

    Written in base64 (RFC 4648, the URL alphabet) without its padding, 22 characters.
    """
    digest = hashlib.blake2b(unit.encode(), key=unit_salt.encode(), digest_size=HASH_BYTES).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def unlike_any() -> str:
    """Return what looks like something hashed, and is the hash of nothing that anybody sends."""
    return secrets.token_urlsafe(HASH_BYTES)
