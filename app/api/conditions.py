"""Conditional changes, by RFC 9110: the ETag of an experiment, and If-Match before a change of it.

The entity tag is the token of the experiment's version. If-Match also takes its `stamp`, by which
a change depends on its status alone.
"""

from flask import request

from app.core.errors import Malformed
from app.core.version_tokens import token_of_version
from app.lifecycle import Precondition
from app.web import entity_tags
from app.web.header_names import IF_MATCH

_NOT_TAGS = (
    f'{IF_MATCH} is * or a list of entity tags in double quotes, as "v42": the ETag or the stamp '
    "of an experiment."
)


def expected() -> Precondition | None:
    """Return what If-Match says of the experiment that is to be changed; None for anything at all.

    Weak tags never match. Raises Malformed for what is no list of tags.
    """
    sent = request.headers.get(IF_MATCH)
    if sent is None or sent.strip() == "*":
        return None
    tags = entity_tags.strong_in(sent)
    if tags is None:
        raise Malformed(_NOT_TAGS)
    return Precondition.of_tokens(tags)


def require_none() -> None:
    """Raise Malformed where the request is conditional and nothing here has a version."""
    if expected() is not None:
        raise Malformed(
            f"{IF_MATCH} is for a change of one experiment: nothing here has a version."
        )


def etag(version: int) -> str:
    """Return the entity tag of a version."""
    return entity_tags.quoted(token_of_version(version))
