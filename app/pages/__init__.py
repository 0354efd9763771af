"""The HTML doors: one module per screen, each a thin translator."""

from flask import render_template
from werkzeug.exceptions import HTTPException

from app.errors import DomainError, Forbidden, NotFound
from app.pages import (
    account,
    admin_plans,
    admin_projects,
    experiment,
    keys,
    members,
    new_experiment,
    project,
    projects,
    sign_in,
)

BLUEPRINTS = tuple(
    module.blueprint
    for module in (
        sign_in,
        account,
        projects,
        project,
        experiment,
        new_experiment,
        keys,
        members,
        admin_plans,
        admin_projects,
    )
)


def word(error: DomainError | HTTPException) -> tuple[str, int]:
    """An error as a page, with its HTTP status."""
    match error:
        case HTTPException():
            status, sentence = error.code or 500, error.description or error.name
        case Forbidden():
            status, sentence = 403, str(error)
        case NotFound():
            status, sentence = 404, "There is nothing at this address, or it is not for you to see."
        case _:
            status, sentence = 400, str(error)
    return render_template("error.html", status=status, sentence=sentence), status
