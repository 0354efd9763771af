"""The HTML doors: one module per screen, each a thin translator."""

from flask import Flask, render_template
from werkzeug.exceptions import HTTPException, InternalServerError

from app.errors import Conflict, DomainError, Forbidden, NotFound
from app.intake import require_plain_form
from app.pages import (
    account,
    admin_plans,
    admin_projects,
    admin_requests,
    bulk,
    demo_shop,
    design,
    edit,
    experiment,
    goals,
    history,
    history_words,
    install,
    keys,
    members,
    new_experiment,
    project,
    projects,
    result,
    schedule,
    sign_in,
    slots,
    time_zones,
)

BLUEPRINTS = tuple(
    module.blueprint
    for module in (
        sign_in,
        account,
        projects,
        project,
        bulk,
        schedule,
        experiment,
        result,
        new_experiment,
        design,
        edit,
        goals,
        install,
        keys,
        members,
        admin_plans,
        admin_projects,
        admin_requests,
        demo_shop,
        slots,
        history,
    )
)

for blueprint in BLUEPRINTS:
    blueprint.before_request(require_plain_form)


def register(app: Flask) -> None:
    """Hang the pages into the application, and give templates what any of them may show."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.jinja_env.filters["by_the_clock"] = time_zones.by_the_clock
    app.jinja_env.globals["viewer_zone"] = time_zones.zone
    app.jinja_env.globals["conclusions"] = history_words.CONCLUSIONS


def word(error: DomainError | HTTPException) -> tuple[str, int]:
    """An error as a page, with its HTTP status."""
    match error:
        case NotFound():
            status, title = 404, "Not found"
            sentence = "There is nothing at this address, or it is not for you to see."
        case HTTPException():
            status, title = error.code or 500, error.name
            sentence = error.description or error.name
        case Forbidden():
            status, title, sentence = 403, "Not for you", str(error)
        case Conflict():
            status, title, sentence = 409, "Not done", str(error)
        case _:
            status, title, sentence = 400, "This cannot be done", str(error)
    html = render_template(
        "error.html",
        title=title,
        sentence=sentence,
        is_crash=isinstance(error, InternalServerError),
    )
    return html, status
