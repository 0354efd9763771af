"""A project, for admins: created, put on a plan, given members, retired."""

from typing import TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField, SubmitField
from wtforms.validators import InputRequired

from app import lifecycle
from app.core.validation import checked_name
from app.models import Actor
from app.pages.admin import effects_words, plan_words
from app.pages.admin.effects_words import Question
from app.pages.common.callers import acting_admin, admin
from app.pages.common.creating import Done, create
from app.pages.common.forms import (
    Checked,
    CreatingForm,
    RenameForm,
    answer,
    carry_out,
    choice,
    confirmed,
    number,
    time_zone_field,
)
from app.pages.common.meters import meter
from app.pages.common.routes import BOTH, RETIRE_OR_BACK
from app.pages.common.time_zones import zone
from app.pages.common.words import limit_words
from app.pages.project import handover_words, webhook_rows
from app.pages.project.members import MemberForm, Reader, end, put, rows
from app.tenancy import moves, overrides, plans, project_erasure, projects
from app.tenancy.agreements import NotAgreed

blueprint = Blueprint("admin_projects", __name__, url_prefix="/admin/projects")


class PlanChoiceForm(FlaskForm):
    """The choice of a project's plan."""

    plan = SelectField("Plan", coerce=number)
    submit = SubmitField("Assign plan")


class ProjectForm(CreatingForm, PlanChoiceForm):
    """The form that creates a project."""

    name = StringField("Name", [InputRequired("Give it a name."), Checked(checked_name)])
    plan = SelectField("Plan", coerce=number)
    time_zone = time_zone_field()
    is_mine = BooleanField(
        "I am its owner",
        default=True,
        description="Otherwise add its first member afterwards: admins see no project from inside.",
    )
    submit = SubmitField("Create project")


class EraseForm(FlaskForm):
    """The name of the project that is meant, written out."""

    name = StringField("The project's name", [InputRequired("Type its name.")])
    submit = SubmitField("Delete it for good")


PlanChoice = TypeVar("PlanChoice", bound=PlanChoiceForm)


@blueprint.route("/new", methods=["GET", "POST"])
def add() -> ResponseReturnValue:
    """Create a project."""
    actor = acting_admin()
    form = _offering_plans(ProjectForm(time_zone=zone().key))
    if created := create(form, lambda: _created(form, actor)):
        return created
    return answer(form, render_template("admin/new_project.html", form=form))


@blueprint.get("/<project_key>")
def show(project_key: str) -> ResponseReturnValue:
    """Show a project's plan and members."""
    admin()
    return _render(project_key, MemberForm())


@blueprint.route("/<project_key>/name", methods=BOTH)
def rename(project_key: str) -> ResponseReturnValue:
    """Give a project another name; whoever comes back to this address gets its page."""
    actor = acting_admin()
    form = RenameForm()
    kept = carry_out(form, lambda: projects.rename(project_key, form.name.data or "", actor))
    if form.is_submitted() and not kept:
        return _render(project_key, MemberForm(formdata=None), name_form=form), 400
    if kept:
        flash(f"The project is called “{kept.name}” now.")
    return redirect(url_for("admin_projects.show", project_key=project_key))


@blueprint.route(f"/<project_key>/{RETIRE_OR_BACK}", methods=BOTH)
def retire(project_key: str, way: str) -> ResponseReturnValue:
    """Retire a project or bring it back; whoever comes back to this address gets its page."""
    actor = acting_admin()
    if request.method == "POST" and (told := confirmed(lambda: _retired(project_key, way, actor))):
        flash(told)
    return redirect(url_for("admin_projects.show", project_key=project_key))


def _retired(project_key: str, way: str, actor: Actor) -> str:
    if way == "retire":
        return f"“{projects.retire(project_key, actor).name}” is retired: its keys open nothing."
    return f"“{projects.bring_back(project_key, actor).name}” is back."


@blueprint.route("/<project_key>/erase", methods=BOTH)
def erase(project_key: str) -> ResponseReturnValue:
    """Ask about a retired project by its name, and begin to erase it."""
    actor, project = acting_admin(), projects.by_key(project_key)
    if project.is_being_erased:
        return redirect(url_for("admin_projects.show", project_key=project_key))
    form = EraseForm()
    if carry_out(form, lambda: _begun(project_key, form, actor)):
        flash(f"“{project.name}” is being erased: it goes while flask jobs runs.")
        return redirect(url_for("admin_project_list.show"))
    return answer(form, render_template("admin/erase.html", form=form, project=project))


def _begun(project_key: str, form: EraseForm, actor: Actor) -> bool:
    project_erasure.begin(project_key, form.name.data or "", actor)
    return True


@blueprint.post("/<project_key>/plan")
def assign_plan(project_key: str) -> ResponseReturnValue:
    """Put a project on another plan; what that would bring is asked about first."""
    actor, agreed = acting_admin(), effects_words.agreed()
    present = projects.by_key(project_key).plan_code
    form, fresh = _offering_plans(PlanChoiceForm(), present), MemberForm(formdata=None)
    try:
        moved = carry_out(form, lambda: moves.move([project_key], form.plan.data, actor, agreed))
    except NotAgreed as asked:
        question = effects_words.question(asked, _chosen(form), "Assign")
        return _render(project_key, fresh, plan_form=form, question=question)
    if moved is None:
        return _render(project_key, fresh, plan_form=form), 400
    flash(f"The plan is assigned. What is live stays live.{effects_words.told(moved.effects)}")
    return redirect(url_for("admin_projects.show", project_key=project_key))


def _chosen(form: PlanChoiceForm) -> str:
    return next(label for _, label, is_chosen, _ in form.plan.iter_choices() if is_chosen)


@blueprint.post("/<project_key>/members")
def put_member(project_key: str) -> ResponseReturnValue:
    """Add a member to a project, or change a role."""
    actor = acting_admin()
    form = MemberForm()
    address = url_for("admin_projects.show", project_key=project_key)
    if changed := put(form, projects.by_key(project_key).id, actor, address):
        return changed
    return _render(project_key, form), 400


@blueprint.post("/<project_key>/members/<number:user_id>/remove")
def remove_member(project_key: str, user_id: int) -> ResponseReturnValue:
    """End a membership, and hand over or drop what they have planned."""
    actor, project = acting_admin(), projects.by_key(project_key)
    end(project.id, project.name, user_id, actor)
    return redirect(url_for("admin_projects.show", project_key=project_key))


def _created(form: ProjectForm, actor: Actor) -> Done:
    name, where = form.name.data or "", form.time_zone.data or ""
    if form.is_mine.data:
        made = projects.create(name, form.plan.data, actor, actor.user_id, where)
        address = url_for("project.show", project_key=made.key)
        return Done(f"“{made.name}” is created, and you are its owner.", address)
    made = projects.create(name, form.plan.data, actor, time_zone=where)
    address = url_for("admin_projects.show", project_key=made.key)
    return Done(f"“{made.name}” is created. Add its first member.", address)


def _offering_plans(form: PlanChoice, present: int | None = None) -> PlanChoice:
    """Return a form with the plans to choose from, and the one that a project is on already."""
    offered = plans.offered(present)
    form.plan.choices = [choice(plan.code, plan_words.offered(plan)) for plan in offered]
    return form


def _render(
    project_key: str,
    form: MemberForm,
    *,
    name_form: RenameForm | None = None,
    plan_form: PlanChoiceForm | None = None,
    question: Question | None = None,
) -> str:
    project = projects.by_key(project_key)
    slots = lifecycle.slots_of(project.id)
    return render_template(
        "admin/project.html",
        project=project,
        meter=meter(slots),
        plan_form=plan_form
        or _offering_plans(
            PlanChoiceForm(formdata=None, plan=project.plan_code), project.plan_code
        ),
        question=question,
        override=overrides.of(project.id),
        overridden=limit_words.overridden(slots),
        member_form=form,
        name_form=name_form or RenameForm(formdata=None, name=project.name),
        rows=rows(Reader(project.id, project.name, acting_admin().user_id, may_remove=True)),
        webhook_rows=webhook_rows.rows(project.id),
        starts_choices=handover_words.CHOICES,
    )
