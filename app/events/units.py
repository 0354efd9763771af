"""Units: the visitors, as the sites that send them name them."""

import base64
import hashlib
import secrets

HASH_BYTES = 16


def hashed(unit_salt: str, unit: str) -> str:
    """Return what is stored of a unit: 16 bytes of BLAKE2b (RFC 7693), keyed by the project's salt.

    Written in base64 (RFC 4648, the URL alphabet) without its padding, 22 characters.
    """
    digest = hashlib.blake2b(unit.encode(), key=unit_salt.encode(), digest_size=HASH_BYTES).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def unlike_any() -> str:
    """Return what looks like something hashed, and is the hash of nothing that anybody sends."""
    return secrets.token_urlsafe(HASH_BYTES)
