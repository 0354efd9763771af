"""A project's audiences: who takes part, kept under names for several experiments."""

from collections import Counter
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField, SubmitField
from wtforms.validators import InputRequired

from app.accounts.caller import Caller
from app.core.validation import checked_name
from app.core.version_tokens import Condition
from app.experiments import named_audiences
from app.experiments.audiences import conditions
from app.experiments.named_audiences import Change
from app.models import Door, NamedAudience, Role, Status
from app.pages.common.callers import member
from app.pages.common.creating import Done, create
from app.pages.common.forms import (
    Checked,
    CreatingForm,
    Present,
    SeenForm,
    answer,
    carry_out,
    confirmed,
    of_rows,
    unless_overtaken,
)
from app.pages.common.routes import BOTH
from app.pages.common.words import audience_words
from app.pages.common.words.labels import BADGES
from app.pages.experiments import audience_rows
from app.pages.experiments.audience_rows import AudienceFields

blueprint = Blueprint("audiences", __name__)


class ShownAudience(NamedTuple):
    """A named audience as a page shows it: who that is, and which experiments have it."""

    key: str
    name: str
    who: str
    used_by: str


class NamedFields(AudienceFields):
    """A name, and the conditions that are called so."""

    name = StringField(
        "Name",
        [InputRequired("Give it a name."), Checked(checked_name)],
        description="Who that is, as “Mobile, Germany, product pages”.",
    )


class NewAudienceForm(NamedFields, CreatingForm):
    """The form that keeps an audience under a name."""

    submit = SubmitField("Add audience")


class AudienceForm(NamedFields, SeenForm):
    """The form that changes a named audience."""

    submit = SubmitField("Save the audience")


@blueprint.route("/projects/<project_key>/audiences", methods=BOTH)
def show(project_key: str) -> ResponseReturnValue:
    """List the named audiences, and add one."""
    caller = member(project_key)
    form = of_rows(NewAudienceForm)
    if form.is_submitted():
        caller.require(Role.MARKETER)
    else:
        form.audience.append_entry()
    new_condition = form.added()
    if not form.is_redrawn and (created := create(form, lambda: _created(caller, form))):
        return created
    uses = named_audiences.uses(caller.project_id)
    html = render_template(
        "project/audiences.html",
        caller=caller,
        new_condition=new_condition,
        **_shown_fields(caller, form),
        audiences=[
            _shown(each, uses.get(each.id, Counter()))
            for each in named_audiences.listed(caller.project_id)
        ],
        may_change=caller.may_change,
    )
    return answer(form, html)


@blueprint.route("/projects/<project_key>/audiences/<audience_key>", methods=BOTH)
def edit(project_key: str, audience_key: str) -> ResponseReturnValue:
    """Change a named audience, and with it the drafts that have it."""
    caller = member(project_key, Role.MARKETER)
    named = named_audiences.by_key(caller.project_id, audience_key)
    form = of_rows(AudienceForm)
    if not form.is_submitted():
        _fill(form, named)
    new_condition = form.added()
    if not form.is_redrawn and (
        kept := carry_out(form, lambda: _changed(caller, audience_key, form))
    ):
        flash(f"The audience “{kept.name}” is saved.")
        return redirect(url_for("audiences.show", project_key=project_key))
    uses = named_audiences.uses(caller.project_id)
    html = render_template(
        "project/audience.html",
        caller=caller,
        new_condition=new_condition,
        **_shown_fields(caller, form),
        named=_shown(named, uses.get(named.id, Counter())),
    )
    return answer(form, html)


@blueprint.route("/projects/<project_key>/audiences/<audience_key>/delete", methods=BOTH)
def delete(project_key: str, audience_key: str) -> ResponseReturnValue:
    """Delete a named audience; whoever comes back to this address gets those that are left."""
    caller = member(project_key)
    if request.method == "POST":
        caller.require(Role.MARKETER)
        actor = caller.actor(Door.BROWSER)
        name = confirmed(lambda: named_audiences.delete(caller.project_id, audience_key, actor))
        if name:
            flash(f"The audience “{name}” is deleted.")
    return redirect(url_for("audiences.show", project_key=project_key))


def _shown_fields(caller: Caller, form: NamedFields) -> dict[str, object]:
    """Return what the fields of an audience are drawn from."""
    return {
        "form": form,
        "known_of_visitors": audience_rows.KNOWN,
        "reach": audience_rows.reached(caller.project_id, form),
    }


def _fill(form: AudienceForm, named: NamedAudience) -> None:
    form.seen.data = named_audiences.token_of(named)
    form.name.data = named.name
    form.fill(conditions.read(named.rules))


def _shown(named: NamedAudience, uses: Counter[Status]) -> ShownAudience:
    used_by = ", ".join(
        f"{uses[status]} {BADGES[status].word.lower()}" for status in Status if uses[status]
    )
    return ShownAudience(named.key, named.name, _who(named), used_by)


def _who(named: NamedAudience) -> str:
    return audience_words.in_words(conditions.read(named.rules))


def _created(caller: Caller, form: NewAudienceForm) -> Done:
    actor, name = caller.actor(Door.BROWSER), form.name.data or ""
    named = named_audiences.create(caller.project_id, name, form.rules, actor)
    address = url_for("audiences.show", project_key=caller.project_key)
    return Done(f"The audience “{named.name}” is added.", address)


def _changed(caller: Caller, key: str, form: AudienceForm) -> NamedAudience:
    asked, actor = Change(form.name.data, form.rules), caller.actor(Door.BROWSER)
    seen = Condition.seen([form.seen.data or ""])
    return unless_overtaken(
        form,
        lambda: named_audiences.change(caller.project_id, key, asked, actor, seen),
        lambda: _present(caller, key),
    )


def _present(caller: Caller, key: str) -> Present:
    named = named_audiences.by_key(caller.project_id, key)
    words = audience_words.called(named.name, conditions.read(named.rules))
    return Present(named_audiences.token_of(named), words)
