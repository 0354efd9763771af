"""The HTML doors: a folder per screen area, a module per screen, each a thin translator."""

from flask import Flask, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError

from app.core import current_request
from app.core.errors import Conflict, DomainError, Forbidden, NotFound, Retired, Unavailable
from app.pages import (
    account,
    actions,
    admin,
    audit,
    experiments,
    history,
    home,
    learnings,
    project,
    results,
)
from app.pages.common import polls, time_zones
from app.pages.common.addresses import breakable
from app.pages.common.forms import new_request_id
from app.pages.common.problems import problems
from app.pages.common.words import standstill_words, stream_words
from app.pages.common.words.hold_words import held_by
from app.pages.common.words.labels import CONCLUSIONS
from app.pages.common.words.phrases import counted
from app.web import shown_page
from app.web.request_checks import require_plain_form

AREAS = (
    account,
    actions,
    admin,
    audit,
    experiments,
    history,
    home,
    learnings,
    project,
    results,
)
BLUEPRINTS = tuple(page.blueprint for area in AREAS for page in area.PAGES)
# Programs for mails send it in the form that they like (RFC 8058), and none of it is read.
SENT_BY_PROGRAMS = (account.stop_mails.blueprint,)

for blueprint in BLUEPRINTS:
    if blueprint not in SENT_BY_PROGRAMS:
        blueprint.before_request(require_plain_form)


def register(app: Flask) -> None:
    """Hang the pages into the application, and give templates what any of them may show."""
    polls.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.jinja_env.filters["by_the_clock"] = time_zones.by_the_clock
    app.jinja_env.filters["breakable"] = breakable
    app.jinja_env.filters["counted"] = counted
    app.jinja_env.filters["held_by"] = held_by
    app.jinja_env.globals["viewer_zone"] = time_zones.zone
    app.jinja_env.globals["stream_told_to_admins"] = stream_words.told_to_admins
    app.jinja_env.globals["new_request_id"] = new_request_id
    app.jinja_env.globals["standstill_told_to_admins"] = standstill_words.told_to_admins
    app.jinja_env.globals["jobs_command"] = standstill_words.COMMANDS[app.config["SET_UP"]]
    app.jinja_env.globals["problems"] = problems
    app.jinja_env.globals["conclusions"] = CONCLUSIONS


def error_page(error: DomainError | HTTPException) -> tuple[str, int]:
    """Return an error as a page, with its HTTP status."""
    match error:
        case NotFound():
            status, title = 404, "Not found"
            sentence = "There is nothing at this address, or it is not for you to see."
        case HTTPException():
            status, title = error.code or 500, error.name
            sentence = error.description or error.name
        case Retired():
            status, title, sentence = 403, "Retired", str(error)
        case Forbidden():
            status, title, sentence = 403, "Not for you", str(error)
        case Unavailable():
            status, title, sentence = 503, "Not at this moment", _not_at_this_moment(error)
        case Conflict():
            status, title, sentence = 409, "Not done", str(error)
        case _:
            status, title, sentence = 400, "This cannot be done", str(error)
    html = render_template(
        "common/error.html",
        title=title,
        sentence=sentence,
        request_id=current_request.request_id(),
        is_without_user=isinstance(error, InternalServerError | Unavailable),
        way_back=_way_back() if isinstance(error, Unavailable) else None,
    )
    return html, status


def _not_at_this_moment(error: Unavailable) -> str:
    return f"{error.why} The page could not be shown." if _is_looked_at() else str(error)


def _way_back() -> dict[str, str]:
    """Return what leads to the page that is shown: nothing that was sent is sent again by it."""
    words = "Try again" if _is_looked_at() else "Back to the page"
    return {"words": words, "address": shown_page.address()}


def _is_looked_at() -> bool:
    return request.method in {"GET", "HEAD"}
