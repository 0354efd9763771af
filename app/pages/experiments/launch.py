"""The launch check by itself: a page, and what of it the question before a start shows."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.experiments import lookup
from app.launch import check
from app.pages.common import fragments
from app.pages.common.callers import member
from app.pages.common.words.launch_words import lines
from app.web.settings import knows_countries

blueprint = Blueprint("launch", __name__)


@blueprint.get("/projects/<project_key>/experiments/<key>/launch-check")
def show(project_key: str, key: str) -> ResponseReturnValue:
    """Show what an experiment lacks before it goes live."""
    caller = member(project_key)
    experiment = lookup.by_key(caller.project_id, key)
    found, asks = check.of(experiment, knows_countries=knows_countries()), fragments.is_wanted()
    return render_template(
        "experiments/_launch_check.html" if asks else "experiments/launch.html",
        caller=caller,
        experiment=experiment,
        checks=lines(caller, experiment, found.open if asks else found.checks),
    )
