"""Another limit for one project until a moment, for admins: given, changed, taken back."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField, SubmitField
from wtforms.validators import InputRequired

from app import lifecycle
from app.core.validation import checked_note
from app.core.version_tokens import Condition
from app.models import Actor, Project
from app.pages.admin import effects_words, plan_words
from app.pages.admin.effects_words import Question
from app.pages.admin.override_fields import OverrideFields
from app.pages.common.callers import acting_admin
from app.pages.common.forms import (
    Checked,
    Present,
    SeenForm,
    answer,
    carry_out,
    confirmed,
    unless_overtaken,
)
from app.pages.common.meters import meter
from app.pages.common.routes import BOTH
from app.pages.common.time_zones import in_field, zone
from app.pages.common.words import limit_words
from app.tenancy import overrides, projects
from app.tenancy.agreements import Effects, NotAgreed
from app.tenancy.overrides import Grant

blueprint = Blueprint("admin_overrides", __name__, url_prefix="/admin/projects/<project_key>")


class OverrideForm(SeenForm, OverrideFields):
    """Another limit, until when, and why."""

    reason = StringField(
        "Why",
        [InputRequired("Say why."), Checked(checked_note)],
        description="Required: the project's members see it.",
    )
    submit = SubmitField("Set this limit")


@blueprint.route("/limit", methods=BOTH)
def show(project_key: str) -> ResponseReturnValue:
    """Give a project another limit; what that would start is asked about first."""
    actor, project = acting_admin(), projects.by_key(project_key)
    form = _form(project)
    limit = form.experiments_running.data
    try:
        effects = carry_out(form, lambda: _given(project, form, actor))
    except NotAgreed as asked:
        what = f"“{project.name}” to {plan_words.at_once(limit)}"
        return _render(project, form, effects_words.question(asked, what, "Set"))
    if effects is None:
        return answer(form, _render(project, form))
    told = effects_words.told(effects)
    flash(f"“{project.name}” has another limit. What is live stays live.{told}")
    return redirect(url_for("admin_projects.show", project_key=project_key))


@blueprint.route("/limit/take-back", methods=BOTH)
def take_back(project_key: str) -> ResponseReturnValue:
    """Let the plan's limit count again; what that would start is asked about first."""
    actor, project = acting_admin(), projects.by_key(project_key)
    agreed = effects_words.agreed()
    back = redirect(url_for("admin_projects.show", project_key=project_key))
    if request.method == "GET":
        return back
    try:
        effects = confirmed(lambda: overrides.take_back(project_key, actor, agreed))
    except NotAgreed as asked:
        what = f"“{project.name}” back to its plan"
        question = effects_words.question(asked, what, "Take it back")
        return render_template("admin/take_back.html", project=project, question=question)
    if effects is not None:
        flash(f"The limit of the plan counts again.{effects_words.told(effects)}")
    return back


def _given(project: Project, form: OverrideForm, actor: Actor) -> Effects:
    asked = Grant(form.experiments_running.data, form.moment, form.reason.data or "")
    agreed, seen = effects_words.agreed(), Condition.seen([form.seen.data or ""])
    return unless_overtaken(
        form,
        lambda: overrides.give(project.key, asked, actor, agreed, seen),
        lambda: _present(project),
    )


def _present(project: Project) -> Present:
    override, slots = overrides.of(project.id), lifecycle.slots_of(project.id)
    words = limit_words.overridden(slots) or "the limit of the plan"
    return Present(overrides.token_of(override), words)


def _form(project: Project) -> OverrideForm:
    """Return the form as the override is; without one it offers one slot more.

    So nobody gives a project no limit by leaving a field as it is.
    """
    override, slots, where = overrides.of(project.id), lifecycle.slots_of(project.id), zone()
    more = slots.limit + 1 if slots and slots.limit is not None else None
    return OverrideForm(
        data={
            "experiments_running": override.experiments_running if override else more,
            "until": in_field(override and override.until, where),
            "reason": override.reason if override else "",
            "time_zone": where.key,
            "seen": overrides.token_of(override),
        }
    )


def _render(project: Project, form: OverrideForm, question: Question | None = None) -> str:
    return render_template(
        "admin/override.html",
        project=project,
        meter=meter(lifecycle.slots_of(project.id)),
        form=form,
        question=question,
    )
