"""Tokens of API keys: made so that scanners of secrets recognise them, and a mistyped one is known.

A token is its type's prefix, 36 random letters and digits, and six more that are a checksum of
those. Earlier ones are the prefix and 48 hexadecimal digits; they go on working.
"""

import re
import secrets
import string
import zlib

from app.models import KeyType

PREFIXES = {
    KeyType.ADMIN: "sdk_admin_",
    KeyType.SERVER: "sdk_server_",
    KeyType.CLIENT: "sdk_client_",
}
RANDOM_LENGTH = 36
CHECKSUM_LENGTH = 6
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_CHECKED = re.compile(
    rf"sdk_(?:admin|server|client)_([0-9A-Za-z]{{{RANDOM_LENGTH}}})([0-9A-Za-z]{{{CHECKSUM_LENGTH}}})"
)


def new(key_type: KeyType) -> str:
    """Return a token that nobody has."""
    random = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    return PREFIXES[key_type] + random + checksum(random)


def checksum(text: str) -> str:
    """Return the CRC-32 of a text in base 62, of six characters."""
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits


def is_mistyped(token: str) -> bool:
    """Return whether a token is none by its checksum alone; one without a checksum may be any."""
    found = _CHECKED.fullmatch(token)
    return found is not None and checksum(found[1]) != found[2]
