"""Editing what an experiment says of itself: its texts, its owner, its tags."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, SelectField, SubmitField

from app import lifecycle
from app.accounts.caller import Caller
from app.core.errors import Conflict
from app.experiments import clone_names, edits, filters, lookup, texts
from app.experiments.edits import Clash, Edit, Edited, Overtaken
from app.experiments.texts import Texts
from app.models import Door, Experiment, Role
from app.pages.common.callers import member
from app.pages.common.forms import REFUSED, answer, carry_out, choice
from app.pages.common.words.refusal_words import why_not
from app.pages.experiments.texts_form import ExperimentTexts

blueprint = Blueprint("edit", __name__)

OVERTAKEN = (
    "Somebody has edited this experiment since you opened it, and nothing of yours is saved yet. "
    "What they changed is beside the fields. Saving again saves what the form says now."
)
TOUCHED = "Changed meanwhile: it says now what stands below. Saving again puts yours in its place."

WORDS = {
    "name": "the name",
    "url": "the page URL",
    "description": "the description",
    "hypothesis": "the hypothesis",
    "ticket_url": "the ticket",
    "owner": "the owner",
    "tags": "the tags",
}


class EditForm(ExperimentTexts):
    """The texts, and the mark of those that the form was drawn from."""

    seen = HiddenField()
    owner = SelectField("Owner", description="The member of the project to be asked about it.")
    submit = SubmitField("Save changes")

    @property
    def texts(self) -> Texts:
        """Return the texts that were sent, with the owner."""
        return replace(super().texts, owner=self.owner.data or "")


@blueprint.route("/projects/<project_key>/experiments/<key>/edit", methods=["GET", "POST"])
def show(project_key: str, key: str) -> ResponseReturnValue:
    """Show the experiment's texts as a form, and change them."""
    caller = member(project_key, Role.MARKETER)
    experiment = lookup.by_key(caller.project_id, key)
    present = texts.of(experiment)
    form = EditForm(obj=present)
    choices = filters.choices(caller.project_id)
    form.owner.choices = _owners(list(choices.owners.values()), present.owner)
    clashes: dict[str, Clash] = {}
    if not form.is_submitted():
        if refusal := why_not(lifecycle.require_editable, experiment):
            flash(refusal, REFUSED)
            return redirect(url_for("experiment.show", project_key=project_key, key=key))
        form.seen.data = edits.fingerprint(present)
    edited = carry_out(form, lambda: _edited(caller, experiment, form, clashes))
    if edited:
        flash(_said(edited))
        return redirect(url_for("experiment.show", project_key=project_key, key=key))
    html = render_template(
        "experiments/edit.html",
        caller=caller,
        experiment=experiment,
        form=form,
        clashes=clashes,
        tags=choices.tags,
        is_unnamed=clone_names.is_one(experiment.name) and not form.is_submitted(),
        design_locked=why_not(lifecycle.require_open_design, experiment),
    )
    return answer(form, html)


def _owners(members: list[str], present: str) -> list[Any]:
    """Return who can be chosen; one who is no member any more stays named, as such."""
    former = [choice(present, f"{present} (no member any more)")] if present else []
    return [
        choice("", "Nobody"),
        *(choice(email, email) for email in members),
        *(former if present not in members else []),
    ]


def _edited(
    caller: Caller, experiment: Experiment, form: EditForm, clashes: dict[str, Clash]
) -> Edited:
    wanted = Edit(form.texts, form.seen.data or "")
    actor = caller.actor(Door.BROWSER)
    result = edits.edit(caller.project_id, experiment.test_id, wanted, actor)
    if isinstance(result, Overtaken):
        clashes.update({clash.field: clash for clash in result.clashes})
        _show(form, result)
        raise Conflict(OVERTAKEN)
    return result


def _show(form: EditForm, overtaken: Overtaken) -> None:
    """Keep what was typed; a text that its author left alone is shown as it is now."""
    form.seen.data = overtaken.expected
    for clash in overtaken.clashes:
        field = form[clash.field]
        if clash.is_touched:
            field.errors = [*field.errors, TOUCHED]
        else:
            field.data = clash.present


def _said(edited: Edited) -> str:
    if not edited.changes:
        return "Nothing was changed."
    *others, last = (WORDS[change.field] for change in edited.changes)
    return f"Saved: {' and '.join((', '.join(others), last)) if others else last}."
