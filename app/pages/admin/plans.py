"""Plans, for admins."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField, SubmitField
from wtforms.validators import InputRequired, Optional

from app.core.validation import checked_name
from app.models import Actor
from app.pages.admin import started
from app.pages.common.callers import acting_admin, admin
from app.pages.common.creating import Done, create
from app.pages.common.forms import Checked, CreatingForm, answer, carry_out
from app.tenancy import plans
from app.tenancy.agreements import NotAgreed

blueprint = Blueprint("admin_plans", __name__, url_prefix="/admin")


class PlanForm(FlaskForm):
    """A plan's name and limit."""

    name = StringField("Name", [InputRequired("Give it a name."), Checked(checked_name)])
    experiments_running = IntegerField(
        "Experiments live at once",
        [Optional(), Checked(plans.checked_limit)],
        description="Per project. Left empty, there is no limit.",
    )
    submit = SubmitField("Save plan")


class NewPlanForm(CreatingForm, PlanForm):
    """A plan that has no code yet."""

    code = IntegerField(
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
    """Show all plans."""
    admin()
    return render_template("admin/plans.html", plans=plans.listed())


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
    """Change a plan's name and limit; what that would start is asked about first."""
    actor = acting_admin()
    plan = plans.by_code(code)
    form = PlanForm(obj=plan)
    agreed, name = request.form.get("agreed", ""), form.name.data or ""
    limit = form.experiments_running.data
    try:
        saved = carry_out(form, lambda: plans.edit(code, name, limit, actor, agreed))
    except NotAgreed as asked:
        question = started.question(asked, "Save")
        return render_template("admin/plan.html", form=form, plan=plan, question=question)
    if saved:
        flash(f"The {saved.plan.name} plan is saved.{started.told(saved.started)}")
        return redirect(url_for("admin_plans.list_plans"))
    return answer(form, render_template("admin/plan.html", form=form, plan=plan))


def _added(form: NewPlanForm, actor: Actor) -> Done:
    limit = form.experiments_running.data
    plan = plans.add(form.code.data or 0, form.name.data or "", limit, actor)
    return Done(f"The {plan.name} plan is added.", url_for("admin_plans.list_plans"))
