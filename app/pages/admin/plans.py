"""Plans, for admins."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import StringField, SubmitField
from wtforms.validators import InputRequired, Optional

from app.core.validation import checked_name
from app.models import Actor
from app.pages.admin import effects_words, plan_words
from app.pages.common import limit_words
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
from app.tenancy import plan_usage, plans
from app.tenancy.agreements import NotAgreed
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
        description="A whole number that stays with the plan.",
    )


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
        offered=[each for each in every if each.plan.retired_at is None],
        retired=[each for each in every if each.plan.retired_at is not None],
        limit=limit_words.limit,
    )


@blueprint.route("/plans/new", methods=["GET", "POST"])
def add() -> ResponseReturnValue:
    """Add a plan."""
    actor = acting_admin()
    form = NewPlanForm()
    if added := create(form, lambda: _added(form, actor)):
        return added
    return answer(form, render_template("admin/plan.html", form=form, plan=None))


@blueprint.route("/plans/<int:code>", methods=["GET", "POST"])
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


@blueprint.route(f"/plans/<int:code>/{RETIRE_OR_BACK}", methods=BOTH)
def retire(code: int, way: str) -> ResponseReturnValue:
    """Retire a plan or bring it back; whoever comes back to this address gets its page."""
    actor, asked = acting_admin(), PlanChange(is_retired=way == "retire")
    if request.method == "POST" and (saved := confirmed(lambda: plans.change(code, asked, actor))):
        told = "retired: no project is put on it any more" if asked.is_retired else "back"
        flash(f"The {saved.plan.name} plan is {told}.")
    return redirect(url_for("admin_plans.edit", code=code))


def _saved(code: int, form: EditPlanForm, actor: Actor) -> Saved:
    asked = PlanChange(form.name.data or "", Limit(form.experiments_running.data))
    agreed, seen = effects_words.agreed(), {form.seen.data or ""}
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
