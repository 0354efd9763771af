"""The code that opens the set-up page of an empty database: the server's log says it.

It is derived from the secret key, so that all processes of a server have the same one, and nobody
knows it who cannot read the log. It ends with the first sign-in that there is.
"""

import base64
import hashlib
import hmac
import logging

from flask import current_app

LENGTH = 12

_log = logging.getLogger(__name__)


def code() -> str:
    """Return the code, in groups of four letters and digits."""
    secret = current_app.config["SECRET_KEY"].encode()
    digest = hmac.new(secret, b"switchyard set-up", hashlib.sha256).digest()
    letters = base64.b32encode(digest).decode()[:LENGTH]
    return "-".join(letters[first : first + 4] for first in range(0, LENGTH, 4))


def is_right(typed: str) -> bool:
    """Return whether this is the code, however it is written."""
    plain = "".join(each for each in typed.upper() if each.isalnum())
    return hmac.compare_digest(plain.encode(), code().replace("-", "").encode())


def tell() -> None:
    """Write the code into the server's log."""
    _log.warning("Nobody signs in here yet. Set it up at /set-up with the code %s", code())
