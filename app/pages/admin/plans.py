"""Plans, for admins."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import StringField, SubmitField
from wtforms.validators import InputRequired, Optional

from app.core.validation import checked_name
from app.core.version_tokens import Condition
from app.database.rows.plan_limits import SlotRoom
from app.models import Actor, Plan
from app.pages.admin import effects_words, plan_words
from app.pages.common.callers import acting_admin, admin
from app.pages.common.creating import Done, create
from app.pages.common.forms import (
    Checked,
    CreatingForm,
    Present,
    SeenForm,
    WholeNumberField,
    answer,
    carry_out,
    confirmed,
    unless_overtaken,
)
from app.pages.common.routes import BOTH, RETIRE_OR_BACK
from app.pages.common.words import limit_words
from app.tenancy import plan_usage, plans
from app.tenancy.agreements import NotAgreed
from app.tenancy.plan_usage import Usage
from app.tenancy.plans import Limit, PlanChange, Saved

blueprint = Blueprint("admin_plans", __name__, url_prefix="/admin")


class PlanForm(FlaskForm):
    """A plan's name and limit."""

    name = StringField("Name", [InputRequired("Give it a name."), Checked(checked_name)])
    experiments_running = WholeNumberField(
        "Experiments live at once",
        [Optional(), Checked(plans.checked_limit)],
        description="Per project. Left empty, there is no limit.",
    )
    submit = SubmitField("Save plan")


class EditPlanForm(SeenForm, PlanForm):
    """What a plan has, and may have instead."""


class NewPlanForm(CreatingForm, PlanForm):
    """A plan that has no code yet."""

    code = WholeNumberField(
        "Code",
        [InputRequired("Give it a code."), Checked(plans.checked_code)],
        description="A whole number that stays with the plan: the next free one, or another.",
    )


@dataclass(frozen=True)
class Projects:
    """A number of projects, and the address that lists them, "" for none."""

    number: str
    address: str


@dataclass(frozen=True)
class Row:
    """A plan with its usage, as the page lists it."""

    name: str
    code: int
    limit: str
    live: str
    projects: Projects
    at_limit: Projects
    over: Projects


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show where admins begin."""
    admin()
    return redirect(url_for("admin_plans.list_plans"))


@blueprint.get("/plans")
def list_plans() -> ResponseReturnValue:
    """Show all plans with their usage, those that are retired apart."""
    admin()
    every = plan_usage.listed()
    return render_template(
        "admin/plans.html",
        offered=[_row(each) for each in every if each.plan.retired_at is None],
        retired=[_row(each) for each in every if each.plan.retired_at is not None],
    )


@blueprint.route("/plans/new", methods=["GET", "POST"])
def add() -> ResponseReturnValue:
    """Add a plan."""
    actor = acting_admin()
    form = NewPlanForm(data={"code": plans.next_code()})
    if added := create(form, lambda: _added(form, actor)):
        return added
    return answer(form, render_template("admin/plan.html", form=form, plan=None))


@blueprint.route("/plans/<number:code>", methods=["GET", "POST"])
def edit(code: int) -> ResponseReturnValue:
    """Change a plan's name and limit; what that would bring is asked about first."""
    actor = acting_admin()
    plan = plans.by_code(code)
    form = EditPlanForm(obj=plan, seen=plans.token_of(plan))
    was = limit_words.limit(plan.experiments_running)
    try:
        saved = carry_out(form, lambda: _saved(code, form, actor))
    except NotAgreed as asked:
        what = f"{plan.name}, {was} to {limit_words.limit(form.experiments_running.data)}"
        question = effects_words.question(asked, what, "Save")
        return render_template("admin/plan.html", form=form, plan=plan, question=question)
    if saved:
        flash(f"The {saved.plan.name} plan is saved.{effects_words.told(saved.effects)}")
        return redirect(url_for("admin_plans.list_plans"))
    return answer(form, render_template("admin/plan.html", form=form, plan=plan))


@blueprint.route(f"/plans/<number:code>/{RETIRE_OR_BACK}", methods=BOTH)
def retire(code: int, way: str) -> ResponseReturnValue:
    """Retire a plan or bring it back; whoever comes back to this address gets its page."""
    actor, asked = acting_admin(), PlanChange(is_retired=way == "retire")
    if request.method == "POST" and (saved := confirmed(lambda: plans.change(code, asked, actor))):
        told = "retired: no project is put on it any more" if asked.is_retired else "back"
        flash(f"The {saved.plan.name} plan is {told}.")
    return redirect(url_for("admin_plans.edit", code=code))


def _row(usage: Usage) -> Row:
    plan = usage.plan
    return Row(
        plan.name,
        plan.code,
        limit_words.limit(plan.experiments_running),
        f"{usage.live:,}",
        _projects(usage.projects, plan),
        _projects(usage.at_limit, plan, SlotRoom.AT),
        _projects(usage.over, plan, SlotRoom.OVER),
    )


def _projects(number: int, plan: Plan, room: SlotRoom | None = None) -> Projects:
    address = url_for("admin_project_list.show", plan=plan.code, slots=room)
    return Projects(f"{number:,}", address if number else "")


def _saved(code: int, form: EditPlanForm, actor: Actor) -> Saved:
    asked = PlanChange(form.name.data or "", Limit(form.experiments_running.data))
    agreed, seen = effects_words.agreed(), Condition.seen([form.seen.data or ""])
    return unless_overtaken(
        form, lambda: plans.change(code, asked, actor, agreed, seen), lambda: _present(code)
    )


def _present(code: int) -> Present:
    plan = plans.by_code(code)
    return Present(plans.token_of(plan), f"“{plan_words.offered(plan)}”")


def _added(form: NewPlanForm, actor: Actor) -> Done:
    limit = form.experiments_running.data
    plan = plans.add(form.code.data or 0, form.name.data or "", limit, actor)
    return Done(f"The {plan.name} plan is added.", url_for("admin_plans.list_plans"))
