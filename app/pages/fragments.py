"""Pages whose live region htmx fetches again: whole, as a fragment, or as a 304."""

import hashlib

from flask import Response, make_response, request

from app.access import Caller
from app.models import now

# Given to a region that could not be drawn whole, so that the next poll draws it again.
UNREAD = "unread"


def is_wanted() -> bool:
    """Whether htmx asks for the live region alone."""
    return "HX-Request" in request.headers


def tag(caller: Caller) -> str:
    """What the region depends on: the project's version, who looks, and today's date (for ages)."""
    parts = (caller.project_id, caller.project_version, caller.user_id, caller.role, now().date())
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:20]


def unchanged(version: str) -> Response | None:
    """A 304 if the browser already shows the region at `version`."""
    if not (is_wanted() and request.if_none_match.contains(version)):
        return None
    answer = make_response("", 304)
    answer.set_etag(version)
    return answer


def shown(html: str, version: str) -> Response:
    """The page or the fragment, marked with its version."""
    answer = make_response(html)
    answer.set_etag(version)
    answer.vary.add("HX-Request")
    return answer
