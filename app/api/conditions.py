"""Conditional changes, by RFC 9110: the ETag of what there is, and If-Match before a change of it.

The entity tag of an experiment is the token of its version. If-Match also takes its `stamp`, by
which a change depends on its status alone, and on what is decided. Of a plan it is a token of all
that it says.
"""

from flask import request

from app.core.errors import Malformed
from app.core.version_tokens import token_of_version
from app.lifecycle import Precondition
from app.web import entity_tags
from app.web.header_names import IF_MATCH

Tags = tuple[str, ...]
_NOT_TAGS = (
    f'{IF_MATCH} is * or a list of entity tags in double quotes, as "v42": the ETag of what is '
    "to be changed, or the stamp of an experiment."
)


def expected() -> Precondition | None:
    """Return what If-Match says of the experiment that is to be changed; None for anything at all.

    Raises what `tags` raises.
    """
    told = tags()
    return None if told is None else Precondition.of_tokens(told)


def tags() -> Tags | None:
    """Return the tags of If-Match, one of which has to be that of what is changed; None for any.

    Weak tags never match. Raises Malformed for what is no list of tags.
    """
    sent = request.headers.get(IF_MATCH)
    if sent is None or sent.strip() == "*":
        return None
    found = entity_tags.strong_in(sent)
    if found is None:
        raise Malformed(_NOT_TAGS)
    return found


def require_none() -> None:
    """Raise Malformed where the request is conditional and nothing here has a version."""
    if tags() is not None:
        raise Malformed(
            f"{IF_MATCH} is for a change of one experiment or plan: nothing here has a version."
        )


def etag(version: int) -> str:
    """Return the entity tag of a version."""
    return entity_tags.quoted(token_of_version(version))
