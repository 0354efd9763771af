"""The launch check by itself: a page, and what the question before a start shows of it."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.experiments import lookup
from app.launch import check
from app.pages.common import fragments
from app.pages.common.callers import member
from app.pages.common.launch_words import lines

blueprint = Blueprint("launch", __name__)


@blueprint.get("/projects/<project_key>/experiments/<key>/launch-check")
def show(project_key: str, key: str) -> ResponseReturnValue:
    """Show what an experiment lacks before it goes live."""
    caller = member(project_key)
    experiment = lookup.by_key(caller.project_id, key)
    return render_template(
        "experiments/_launch_check.html" if fragments.is_wanted() else "experiments/launch.html",
        caller=caller,
        experiment=experiment,
        checks=lines(caller, experiment, check.of(experiment).checks),
    )
