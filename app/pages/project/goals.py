"""A project's library of goals."""

from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField, StringField, SubmitField
from wtforms.validators import InputRequired, NumberRange, Optional

from app.accounts.caller import Caller
from app.core.validation import checked_key, checked_name
from app.experiments import goals
from app.experiments.measures import DEFAULT_WINDOW_DAYS, Measure
from app.models import LONGEST_WINDOW_DAYS, Door, Goal, GoalKind, Role, Wanted
from app.pages.common.callers import member
from app.pages.common.creating import Done, create
from app.pages.common.forms import (
    Checked,
    CreatingForm,
    RenameForm,
    WholeNumberField,
    answer,
    carry_out,
    choice,
    confirmed,
)
from app.pages.common.routes import BOTH, RETIRE_OR_BACK
from app.pages.common.words import goal_words
from app.pages.common.words.labels import WANTED

blueprint = Blueprint("goals", __name__)

_WINDOW = f"Give 1 to {LONGEST_WINDOW_DAYS} days, or leave it empty."


class ShownGoal(NamedTuple):
    """A goal as a page shows it: what it measures, in which time, and what of it is better."""

    key: str
    name: str
    kind: str
    window: str
    better: str


class GoalForm(CreatingForm):
    """The form that makes a goal."""

    name = StringField(
        "Name",
        [InputRequired("Give it a name."), Checked(checked_name)],
        description="What a visitor does, as “Purchase”.",
    )
    key = StringField(
        "Key",
        [Optional(), Checked(checked_key)],
        description="How code calls it. Left empty, it is made from the name.",
    )
    wanted = SelectField(
        "What is better",
        choices=[choice(wanted.value, words) for wanted, words in WANTED.items()],
        description="Less is better for complaints or refunds.",
    )
    kind = SelectField(
        "What it measures",
        default=GoalKind.CONVERSION.value,
        choices=[choice(kind.value, words) for kind, words in goal_words.EXPLAINED_KINDS.items()],
        description="Of each visitor. It stays so: for something else, add another goal.",
    )
    currency = StringField(
        "Currency",
        [Optional()],
        description="Of revenue alone: three letters, as EUR.",
    )
    window_days = WholeNumberField(
        "Days in which it counts",
        [Optional(), NumberRange(1, LONGEST_WINDOW_DAYS, _WINDOW)],
        default=DEFAULT_WINDOW_DAYS,
        description="From the day on which a visitor came, who is in the result once they are over."
        " Left empty, as long as the experiment is live, and in the result at once.",
    )
    submit = SubmitField("Add goal")

    @property
    def measure(self) -> Measure:
        """Return what the goal is to measure."""
        return Measure(GoalKind(self.kind.data), self.window_days.data, self.currency.data)


@blueprint.route("/projects/<project_key>/goals", methods=BOTH)
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
        goals=[_shown(goal) for goal in goals.listed(caller.project_id)],
        retired=[_shown(goal) for goal in goals.retired(caller.project_id)],
        may_change=caller.may_change,
    )
    return answer(form, html)


@blueprint.route("/projects/<project_key>/goals/<goal_key>", methods=BOTH)
def edit(project_key: str, goal_key: str) -> ResponseReturnValue:
    """Give a goal another name."""
    caller = member(project_key, Role.MARKETER)
    goal = goals.by_key(caller.project_id, goal_key)
    form = RenameForm(obj=goal)
    kept = carry_out(form, lambda: _renamed(caller, goal_key, form))
    if kept:
        flash(f"The goal is called “{kept.name}” now.")
        return redirect(url_for("goals.show", project_key=project_key))
    html = render_template("project/goal.html", caller=caller, form=form, goal=_shown(goal))
    return answer(form, html)


@blueprint.route(f"/projects/<project_key>/goals/<goal_key>/{RETIRE_OR_BACK}", methods=BOTH)
def retire(project_key: str, goal_key: str, way: str) -> ResponseReturnValue:
    """Retire a goal or bring it back; whoever comes back to this address gets the goals."""
    caller = member(project_key)
    if request.method == "POST":
        caller.require(Role.MARKETER)
        if told := confirmed(lambda: _retired(caller, goal_key, way)):
            flash(told)
    return redirect(url_for("goals.show", project_key=project_key))


def _shown(goal: Goal) -> ShownGoal:
    kind, window = goal_words.kind(goal), goal_words.window(goal)
    return ShownGoal(goal.key, goal.name, kind, window, WANTED[goal.wanted])


def _renamed(caller: Caller, key: str, form: RenameForm) -> Goal:
    name, actor = form.name.data or "", caller.actor(Door.BROWSER)
    return goals.rename(caller.project_id, key, name, actor)


def _retired(caller: Caller, key: str, way: str) -> str:
    asked = (caller.project_id, key, caller.actor(Door.BROWSER))
    if way == "retire":
        return f"The goal “{goals.retire(*asked).name}” is retired."
    return f"The goal “{goals.bring_back(*asked).name}” is back."


def _created(caller: Caller, form: GoalForm) -> Done:
    key = (form.key.data or "").strip()
    name, wanted = form.name.data or "", Wanted(form.wanted.data)
    actor = caller.actor(Door.BROWSER)
    goal = goals.create(caller.project_id, key, actor, name, wanted, form.measure)
    address = url_for("goals.show", project_key=caller.project_key)
    return Done(f"The goal “{goal.name}” is added.", address)
