"""Conditional changes, by RFC 9110: the ETag of what there is, and If-Match before a change of it.

The entity tag of an experiment is the token of its version. If-Match also takes its `stamp`, by
which a change depends on its status alone, and on what is decided. Of an audience, of a plan, and
of a project's override, it is a token of all that they say; a change of those takes If-None-Match
besides.
"""

from collections.abc import Callable

from flask import request

from app.core.errors import Malformed
from app.core.version_tokens import Condition, token_of_version
from app.lifecycle import Precondition
from app.web import entity_tags
from app.web.header_names import IF_MATCH, IF_NONE_MATCH

_ANY = "*"
_NOT_TAGS = (
    '{} is * or a list of entity tags in double quotes, as "v42": the ETag of what is to be '
    "changed, or the stamp of an experiment."
)


def expected() -> Precondition | None:
    """Return what If-Match says of the experiment that is to be changed; None for anything at all.

    Weak tags never match. Raises Malformed for what is no list of tags, and for If-None-Match.
    """
    _refuse_none_match()
    told = _tags(IF_MATCH, entity_tags.strong_in)
    return None if told is None else Precondition.of_tokens(told)


def of_request() -> Condition:
    """Return what If-Match and If-None-Match say of what is to be changed, or made.

    Raises Malformed for what is no list of tags.
    """
    one_of = _tags(IF_MATCH, entity_tags.strong_in)
    none_of = _tags(IF_NONE_MATCH, entity_tags.all_in)
    return Condition(
        has_to_be_there=_is_any(IF_MATCH),
        has_to_be_new=_is_any(IF_NONE_MATCH),
        one_of=None if one_of is None else frozenset(one_of),
        none_of=frozenset(none_of or ()),
    )


def require_none() -> None:
    """Raise Malformed where the request is conditional and nothing here has a version."""
    _refuse_none_match()
    if _tags(IF_MATCH, entity_tags.strong_in) is not None:
        raise Malformed(
            f"{IF_MATCH} is for a change of one experiment, of an audience, of a plan or of a "
            "project's limit: nothing here has a version."
        )


def _refuse_none_match() -> None:
    """Raise Malformed for If-None-Match: a change that went on would not heed it."""
    if IF_NONE_MATCH in request.headers:
        raise Malformed(f"{IF_NONE_MATCH} is for a change of a plan or of a project's limit.")


def _tags(name: str, read: Callable[[str], tuple[str, ...] | None]) -> tuple[str, ...] | None:
    """Return the tags in a header; None without it, and for any tag at all."""
    sent = request.headers.get(name)
    if sent is None or _is_any(name):
        return None
    found = read(sent)
    if found is None:
        raise Malformed(_NOT_TAGS.format(name))
    return found


def _is_any(name: str) -> bool:
    return request.headers.get(name, "").strip() == _ANY


def etag(version: int) -> str:
    """Return the entity tag of a version."""
    return entity_tags.quoted(token_of_version(version))
