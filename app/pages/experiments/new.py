"""Creating an experiment."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField, StringField, SubmitField
from wtforms.validators import Optional

from app.accounts.caller import Caller
from app.core.validation import checked_key
from app.experiments import creation, filters, goals
from app.experiments.creation import Draft
from app.experiments.designs import Design, GoalUse
from app.models import Door, GoalRole, Role
from app.pages.common.callers import member
from app.pages.common.creating import Done, create
from app.pages.common.forms import Checked, CreatingForm, answer, choice
from app.pages.common.words import goal_words
from app.pages.experiments.texts_form import ExperimentTexts

blueprint = Blueprint("new_experiment", __name__)


NO_GOAL = ""


class ExperimentForm(CreatingForm, ExperimentTexts):
    """The form that creates an experiment."""

    key = StringField(
        "Key",
        [Optional(), Checked(checked_key)],
        description="How code calls it. Left empty, it is made from the name.",
    )
    goal = SelectField(
        "Primary goal",
        default=NO_GOAL,
        description="What decides. Variants, who takes part, further goals, and goals that sum up,"
        " which have a cap, are under Design afterwards.",
    )
    submit = SubmitField("Create experiment")


@blueprint.route("/projects/<project_key>/new-experiment", methods=["GET", "POST"])
def show(project_key: str) -> ResponseReturnValue:
    """Ask for an experiment and create it as a draft."""
    caller = member(project_key, Role.MARKETER)
    form = ExperimentForm()
    form.goal.choices = [
        choice(NO_GOAL, "None yet"),
        *(
            choice(goal.key, goal_words.choice_of(goal))
            for goal in goals.listed(caller.project_id)
            if not goal.sums_up
        ),
    ]
    if created := create(form, lambda: _created(caller, form)):
        return created
    tags = filters.tags(caller.project_id)
    html = render_template("experiments/new.html", caller=caller, form=form, tags=tags)
    return answer(form, html)


def _created(caller: Caller, form: ExperimentForm) -> Done:
    made = creation.create(caller.project_id, _draft(form), caller.actor(Door.BROWSER))
    return Done(
        f"“{made.name}” is created: a draft that nobody sees yet.",
        url_for("experiment.show", project_key=caller.project_key, key=made.key),
    )


def _draft(form: ExperimentForm) -> Draft:
    goals_used = (GoalUse(form.goal.data, GoalRole.PRIMARY),) if form.goal.data else ()
    return Draft(form.texts, (form.key.data or "").strip(), Design(goals=goals_used))
