"""Creating an experiment."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import StringField, SubmitField, TextAreaField, URLField
from wtforms.validators import InputRequired

from app import experiments
from app.experiments import Draft
from app.models import Door, Role
from app.pages.callers import member
from app.pages.forms import answer, carry_out

blueprint = Blueprint("new_experiment", __name__)


class ExperimentForm(FlaskForm):
    """What an experiment is created from."""

    name = StringField("Name", [InputRequired("Give it a name.")])
    key = StringField("Key", description="How code calls it. Left empty, it is made from the name.")
    url = URLField("Page URL", description="The page under test, as https://example.com/cart.")
    description = TextAreaField(
        "Description", description="What you change, and what you expect of it."
    )
    submit = SubmitField("Create experiment")


@blueprint.route("/projects/<project_key>/new-experiment", methods=["GET", "POST"])
def show(project_key: str) -> ResponseReturnValue:
    """Ask for an experiment and create it as a draft."""
    caller = member(project_key, Role.MARKETER)
    form = ExperimentForm()
    made = carry_out(
        form,
        lambda: experiments.create(caller.project_id, _draft(form), caller.actor(Door.BROWSER)),
    )
    if made:
        flash(f"“{made.name}” is created: a draft that nobody sees yet.")
        return redirect(url_for("experiment.show", project_key=project_key, key=made.key))
    return answer(form, render_template("new_experiment.html", caller=caller, form=form))


def _draft(form: ExperimentForm) -> Draft:
    return Draft(
        name=form.name.data or "",
        key=(form.key.data or "").strip(),
        url=form.url.data or "",
        description=form.description.data or "",
    )
