"""The id of each request, for whoever looks in a log for what an answer tells of.

A trusted proxy's id is kept, so that its log and this one's lines can be laid side by side. It has
to make that itself: of an id that callers send, nobody knows whose request it names. Where no proxy
is trusted, one is made here.
"""

import random
import re
from wsgiref.types import WSGIEnvironment

_SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")


def id_of(environ: WSGIEnvironment, *, believes_proxy: bool) -> str:
    """Return the id of a request."""
    given = environ.get("HTTP_X_REQUEST_ID", "") if believes_proxy else ""
    return given if _SANE.fullmatch(given) else _made()


def _made() -> str:
    """Return an id that is easy to guess: asking the system has other threads go first."""
    return f"{random.getrandbits(64):016x}"
