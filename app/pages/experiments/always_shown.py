"""Who always sees a variant of an experiment: a list of ids for each."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import FieldList, Form, FormField, HiddenField, SubmitField, TextAreaField

from app import lifecycle
from app.accounts.caller import Caller
from app.core.version_tokens import token_of_version
from app.experiments import always_shown, designs, lookup
from app.experiments.always_shown import MOST, AlwaysShown
from app.lifecycle import Precondition
from app.models import Door, Experiment, Role
from app.pages.common.callers import member
from app.pages.common.forms import REFUSED, answer, carry_out
from app.pages.common.routes import BOTH
from app.pages.common.words.phrases import counted
from app.pages.common.words.refusal_words import why_not

blueprint = Blueprint("always_shown", __name__)


class VariantRow(Form):
    """The ids of the visitors that always see a variant, one on a line."""

    key = HiddenField()
    units = TextAreaField(description="Their ids, one on a line.")


class AlwaysShownForm(FlaskForm):
    """A row for each variant."""

    rows = FieldList(FormField(VariantRow))
    seen = HiddenField()
    submit = SubmitField("Save")

    @property
    def wanted(self) -> dict[str, list[str]]:
        """Return the ids that were written, by the keys of the variants."""
        return {row["key"] or "": _lines(row["units"] or "") for row in self.rows.data}


@blueprint.route("/projects/<project_key>/experiments/<key>/always-shown", methods=BOTH)
def show(project_key: str, key: str) -> ResponseReturnValue:
    """Ask who always sees which variant, and have it so."""
    caller = member(project_key, Role.MARKETER)
    experiment = lookup.by_key(caller.project_id, key)
    names = {each.key: each.name for each in designs.current(experiment.test_id).variants}
    present = always_shown.of(experiment, [*names])
    form = AlwaysShownForm(
        rows=[{"key": each, "units": "\n".join(present[each])} for each in present]
    )
    back = url_for("experiment.show", project_key=project_key, key=key)
    if changed := carry_out(form, lambda: _changed(caller, experiment, form)):
        flash(_said(experiment, changed))
        return redirect(back)
    if refusal := why_not(lifecycle.require_editable, experiment):
        flash(refusal, REFUSED)
        return redirect(back)
    form.seen.data = token_of_version(experiment.version)
    html = render_template(
        "experiments/always_shown.html",
        caller=caller,
        experiment=experiment,
        form=form,
        names=names,
        most=MOST,
    )
    return answer(form, html)


def _changed(caller: Caller, experiment: Experiment, form: AlwaysShownForm) -> AlwaysShown:
    return always_shown.change(
        caller.project_id,
        experiment.test_id,
        form.wanted,
        caller.actor(Door.BROWSER),
        Precondition.of_tokens([form.seen.data or ""]),
    )


def _lines(written: str) -> list[str]:
    return [line.strip() for line in written.splitlines() if line.strip()]


def _said(experiment: Experiment, changed: AlwaysShown) -> str:
    number = sum(len(units) for units in changed.units.values())
    if not number:
        return f"“{experiment.name}”: nobody always sees a variant."
    see = "sees" if number == 1 else "see"
    return (
        f"“{experiment.name}”: {counted(number, 'visitor')} always {see} a variant while it runs."
    )
