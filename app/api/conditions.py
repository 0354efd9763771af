"""Conditional changes, by RFC 9110: the ETag of an experiment, and If-Match before a change of it.

The entity tag is the token of the experiment's version. If-Match also takes its `stamp`, by which
a change depends on its status alone.
"""

import re

from flask import request
from werkzeug.http import quote_etag

from app.core.errors import Malformed
from app.core.version_tokens import token_of_version
from app.lifecycle import Precondition

HEADER = "If-Match"
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_TAGS = re.compile(rf"[\s,]*(?:{_TAG.pattern}\s*(?:,[\s,]*|$))+")
_NOT_TAGS = (
    f'{HEADER} is * or a list of entity tags in double quotes, as "v42": the ETag or the stamp of '
    "an experiment."
)


def expected() -> Precondition | None:
    """Return what If-Match says of the experiment that is to be changed; None for anything at all.

    Weak tags never match. Raises Malformed for what is no list of tags.
    """
    sent = request.headers.get(HEADER)
    if sent is None or sent.strip() == "*":
        return None
    if not _TAGS.fullmatch(sent):
        raise Malformed(_NOT_TAGS)
    return Precondition.of_tokens(tag for weak, tag in _TAG.findall(sent) if not weak)


def require_none() -> None:
    """Raise Malformed where the request is conditional and nothing here has a version."""
    if expected() is not None:
        raise Malformed(f"{HEADER} is for a change of one experiment: nothing here has a version.")


def etag(version: int) -> str:
    """Return the entity tag of a version."""
    return quote_etag(token_of_version(version))
