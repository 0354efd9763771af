"""Entity tags, by RFC 9110: `"v42"` in quotes, and weak ones, as `W/"v42"`."""

import re

from flask import request
from werkzeug.http import quote_etag

from app.web import header_names

_VISIBLE = "!#-~"
_TAG = re.compile(rf'(W/)?"([{_VISIBLE}\x80-\xff]*)"')
_TAGS = re.compile(rf"[\s,]*(?:{_TAG.pattern}\s*(?:,[\s,]*|$))+")
_DESCRIBED = rf'(W/)?"[{_VISIBLE}]*"'
LIST = rf"{_DESCRIBED}(, {_DESCRIBED})*"
"""What a list of tags is described by: anything like it is taken, and some that is less tidy."""


def quoted(version: str) -> str:
    """Return the entity tag of a version."""
    return quote_etag(version)


def strong_in(text: str) -> tuple[str, ...] | None:
    """Return the tags in a list, without their quotes, but for weak ones; None for no list."""
    found = _in(text)
    return None if found is None else tuple(tag for weak, tag in found if not weak)


def all_in(text: str) -> tuple[str, ...] | None:
    """Return the tags in a list, without their quotes, weak ones too; None for no list."""
    found = _in(text)
    return None if found is None else tuple(tag for _, tag in found)


def _in(text: str) -> list[tuple[str, str]] | None:
    return _TAG.findall(text) if _TAGS.fullmatch(text) else None


def is_asked_about() -> bool:
    """Return whether the present request wants an answer only if it is another than before."""
    return header_names.IF_NONE_MATCH in request.headers


def is_known(version: str) -> bool:
    """Return whether the sender of the present request has the answer of this version.

    A proxy that compresses answers makes their tags weak ones.
    """
    return version in request.if_none_match.as_set(include_weak=True)
