"""A project's library of goals."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField, StringField, SubmitField
from wtforms.validators import InputRequired

from app.accounts.access import Caller
from app.experiments import goals
from app.models import Role, Wanted
from app.pages.common.callers import member
from app.pages.common.forms import CreatingForm, Done, answer, choice, create
from app.pages.common.words import WANTED

blueprint = Blueprint("goals", __name__)


class GoalForm(CreatingForm):
    """What a goal is made from."""

    name = StringField(
        "Name",
        [InputRequired("Give it a name.")],
        description="What a visitor does, as “Purchase”.",
    )
    key = StringField("Key", description="How code calls it. Left empty, it is made from the name.")
    wanted = SelectField(
        "What is better",
        choices=[choice(wanted.value, words) for wanted, words in WANTED.items()],
        description="Less is better for complaints or refunds.",
    )
    submit = SubmitField("Add goal")


@blueprint.route("/projects/<project_key>/goals", methods=["GET", "POST"])
def show(project_key: str) -> ResponseReturnValue:
    """List the goals, and add one."""
    caller = member(project_key)
    form = GoalForm()
    if form.is_submitted():
        caller.require(Role.MARKETER)
    if created := create(form, lambda: _created(caller, form)):
        return created
    html = render_template(
        "project/goals.html",
        caller=caller,
        form=form,
        goals=[(goal, WANTED[goal.wanted]) for goal in goals.listed(caller.project_id)],
        may_change=caller.may(Role.MARKETER),
    )
    return answer(form, html)


def _created(caller: Caller, form: GoalForm) -> Done:
    key = (form.key.data or "").strip()
    goal = goals.create(caller.project_id, key, form.name.data or "", Wanted(form.wanted.data))
    address = url_for("goals.show", project_key=caller.project_key)
    return Done(f"The goal “{goal.name}” is added.", address)
