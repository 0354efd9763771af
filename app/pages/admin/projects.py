"""Projects, for admins: created, put on a plan, given members."""

from typing import TypeVar

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, SubmitField
from wtforms.validators import InputRequired

from app.accounts import members
from app.pages.common import cursors
from app.pages.common.callers import acting_admin, admin
from app.pages.common.forms import TOO_OLD, CreatingForm, Done, answer, choice, create
from app.pages.common.meters import meter
from app.pages.project.members import MemberForm, put
from app.tenancy import plans, projects

blueprint = Blueprint("admin_projects", __name__, url_prefix="/admin/projects")


class PlanChoiceForm(FlaskForm):
    """Which plan a project is on."""

    plan = SelectField("Plan", coerce=int)
    submit = SubmitField("Assign plan")


class ProjectForm(CreatingForm, PlanChoiceForm):
    """What a project is created from."""

    name = StringField("Name", [InputRequired("Give it a name.")])
    submit = SubmitField("Create project")


PlanChoice = TypeVar("PlanChoice", bound=PlanChoiceForm)


@blueprint.get("")
def list_projects() -> ResponseReturnValue:
    """Show all projects."""
    admin()
    page = projects.listed(cursors.cursor())
    listed = [(project, meter(project.slots)) for project in page.projects]
    more = page.next_after and cursors.address("admin_projects.list_projects", page.next_after)
    return render_template("admin/projects.html", projects=listed, more=more)


@blueprint.route("/new", methods=["GET", "POST"])
def add() -> ResponseReturnValue:
    """Create a project."""
    admin()
    form = _offering_plans(ProjectForm())
    if created := create(form, lambda: _created(form)):
        return created
    return answer(form, render_template("admin/new_project.html", form=form))


@blueprint.get("/<project_key>")
def show(project_key: str) -> ResponseReturnValue:
    """Show a project's plan and members."""
    admin()
    return _render(project_key, MemberForm())


@blueprint.post("/<project_key>/plan")
def assign_plan(project_key: str) -> ResponseReturnValue:
    """Put a project on another plan."""
    actor = acting_admin()
    form = _offering_plans(PlanChoiceForm())
    if form.validate_on_submit():
        projects.assign_plan(project_key, form.plan.data, actor)
        flash("The plan is assigned. What is live stays live.")
    else:
        flash(" ".join(form.plan.errors) or TOO_OLD)
    return redirect(url_for("admin_projects.show", project_key=project_key))


@blueprint.post("/<project_key>/members")
def put_member(project_key: str) -> ResponseReturnValue:
    """Add a member to a project, or change a role."""
    admin()
    form = MemberForm()
    address = url_for("admin_projects.show", project_key=project_key)
    if changed := put(form, projects.by_key(project_key).id, address):
        return changed
    return _render(project_key, form), 400


def _created(form: ProjectForm) -> Done:
    made = projects.create(form.name.data or "", form.plan.data)
    address = url_for("admin_projects.show", project_key=made.key)
    return Done(f"“{made.name}” is created. Add its first member.", address)


def _offering_plans(form: PlanChoice) -> PlanChoice:
    form.plan.choices = [choice(plan.code, f"{plan.name} ({plan.code})") for plan in plans.listed()]
    return form


def _render(project_key: str, form: MemberForm) -> str:
    project = projects.by_key(project_key)
    return render_template(
        "admin/project.html",
        project=project,
        plan_form=_offering_plans(PlanChoiceForm(plan=project.plan_code)),
        member_form=form,
        members=members.listed(project.id),
    )
