"""Pages whose live region htmx fetches again: whole, as a fragment, or as a 304."""

from datetime import date
from zoneinfo import ZoneInfo

from flask import Response, make_response, request

from app.accounts.caller import Caller
from app.core.version_tokens import digest
from app.web import entity_tags
from app.web.header_names import HX_REQUEST

# Given to a region that could not be drawn whole, so that the next poll draws it again.
UNREAD = "unread"
DEPENDS_ON = f"{HX_REQUEST}, Cookie"


def is_wanted() -> bool:
    """Return whether htmx asks for the live region alone."""
    return HX_REQUEST in request.headers


def is_poll() -> bool:
    """Return whether htmx asks if the region that the browser shows has changed."""
    return is_wanted() and entity_tags.is_asked_about()


def tag(caller: Caller, day: date, zone: ZoneInfo) -> str:
    """Return what the region depends on.

    The project's version, what is overdue in it, whether the jobs are away, who looks, and the
    viewer's calendar.
    """
    viewer = (caller.user_id, caller.role, day, zone.key)
    return digest(caller.project_id, *caller.judged_at, *viewer)


def unchanged(version: str) -> Response | None:
    """Return a 304 if the browser already shows the region at `version`."""
    if not (is_wanted() and entity_tags.is_known(version)):
        return None
    return _marked(Response(status=304), version)


def shown(html: str, version: str) -> Response:
    """Return the page or the fragment, marked with its version."""
    return _marked(make_response(html), version)


def _marked(answer: Response, version: str) -> Response:
    answer.set_etag(version)
    answer.headers["Vary"] = DEPENDS_ON
    return answer
