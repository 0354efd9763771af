"""The design of a draft: its variants, its traffic, its goals, and what holds its verdict back."""

from dataclasses import replace
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import FieldList, FormField, HiddenField, SelectField, StringField, SubmitField
from wtforms.validators import InputRequired

from app import lifecycle
from app.accounts.caller import Caller
from app.core.errors import ChangedMeanwhile, Conflict
from app.core.validation import basis_points
from app.experiments import designs, goals, lookup, named_audiences, redesigns
from app.experiments.audiences.conditions import EVERYBODY
from app.experiments.designs import Design
from app.lifecycle import Schedule
from app.models import Door, Experiment, Role
from app.pages.common.callers import member
from app.pages.common.forms import (
    REFUSED,
    Checked,
    WholeNumberField,
    answer,
    carry_out,
    choice,
    of_rows,
)
from app.pages.common.values import written_percents
from app.pages.common.words import edit_words, reach_words
from app.pages.common.words.reach_words import Reached
from app.pages.common.words.refusal_words import why_not
from app.pages.experiments import audience_rows, duration, goal_rows, variant_rows
from app.pages.experiments.audience_rows import AudienceFields
from app.pages.experiments.goal_rows import Library
from app.pages.experiments.variant_rows import VariantFields

blueprint = Blueprint("design", __name__)

OVERTAKEN = (
    "Somebody has changed this design since you opened it, and nothing of yours is saved yet. {}"
    "Saving again saves what the form says."
)
OWN = choice("", "Conditions of its own, below")


class DesignForm(VariantFields, AudienceFields):
    """Everything about a run but its name, and the mark of the design that it was drawn from."""

    seen = HiddenField()
    traffic_allocation = StringField(
        "Traffic, %",
        [
            InputRequired("Say which part of its audience takes part."),
            Checked(lambda text: basis_points(text, "")),
        ],
        description="Which part of its audience takes part; all others see the original.",
    )
    minimum_days = WholeNumberField(
        "Minimum of days",
        [InputRequired("Give a whole number of days.")],
        description="No verdict before they have passed. A week shows every weekday.",
    )
    minimum_visitors = WholeNumberField(
        "Visitors of each variant at least",
        [InputRequired("Give a whole number of visitors.")],
        description="No verdict before each variant has had so many.",
    )
    goals = FieldList(FormField(goal_rows.GoalRow))
    named_audience = SelectField(
        "Audience",
        default="",
        validate_choice=False,
        description="One that the project keeps by name is followed: a change of it changes this"
        " draft, until it is started.",
    )
    submit = SubmitField("Save the design")


class Focus(NamedTuple):
    """Where somebody goes on in a form that was drawn anew: a new row, or the button pressed."""

    new_variant: int | None = None
    new_condition: int | None = None
    is_split: bool = False


@blueprint.route("/projects/<project_key>/experiments/<key>/design", methods=["GET", "POST"])
def show(project_key: str, key: str) -> ResponseReturnValue:
    """Show the design of a draft as a form, and change it."""
    caller = member(project_key, Role.MARKETER)
    experiment = lookup.by_key(caller.project_id, key)
    library = Library(caller.project_id, goals.listed(caller.project_id))
    form = of_rows(DesignForm)
    form.named_audience.choices = _audiences(caller)
    if not form.is_submitted():
        if refusal := why_not(lifecycle.require_open_design, experiment):
            flash(refusal, REFUSED)
            return redirect(url_for("experiment.show", project_key=project_key, key=key))
        _fill(form, _present(experiment), library)
    if focus := _redrawn(form, experiment):
        return _page(caller, experiment, form, library, focus), 200
    planned = lifecycle.schedule_of(experiment.test_id)
    if design := carry_out(form, lambda: _changed(caller, experiment, form)):
        flash(_said(design, planned))
        return redirect(url_for("experiment.show", project_key=project_key, key=key))
    return answer(form, _page(caller, experiment, form, library))


def _changed(caller: Caller, experiment: Experiment, form: DesignForm) -> Design:
    actor = caller.actor(Door.BROWSER)
    variant_rows.require_names(form.sharing(_saved(experiment)))
    wanted, seen = _read(form), form.seen.data or None
    try:
        return redesigns.change(
            caller.project_id, experiment.test_id, lambda _: wanted, actor, seen
        )
    except ChangedMeanwhile:
        present = _present(experiment)
        found = _differing(wanted, present)
        # Who sends it again has been told what somebody else has made of it.
        form.seen.data = designs.fingerprint(present)
        raise Conflict(OVERTAKEN.format(found)) from None


def _differing(wanted: Design, present: Design) -> str:
    """Return what is saved where a form says something else, in a sentence; "" where nothing is."""
    if wanted.named_audience and wanted.named_audience == present.named_audience:
        wanted = replace(wanted, audience=present.audience)
    found = edit_words.shown(redesigns.differences(designs.checked(wanted), present))
    saved = "; ".join(f"{each.field}: {each.after}" for each in found)
    return f"What differs from the form is saved as {saved}. " if saved else ""


def _said(design: Design, planned: Schedule) -> str:
    """Return what came of saving a design, by what was set for its experiment before."""
    said = "The design is saved."
    if planned.raise_to is None or design.traffic_allocation < planned.raise_to:
        return said
    share = written_percents(planned.raise_to)
    return f"{said} The rise to {share} % that was set is taken back: it begins with as much."


def _redrawn(form: DesignForm, experiment: Experiment) -> Focus | None:
    """Carry out a button that changes the form alone; None where another one was pressed."""
    saved = _saved(experiment)
    if form.add.data:
        if not form.has_all_variants:
            form.add_variant(saved)
        return Focus(new_variant=len(form.variants))
    if place := form.added():
        return Focus(new_condition=place)
    if form.even.data:
        variant_rows.share_out(form.sharing(saved))
        return Focus(is_split=True)
    return Focus() if form.count.data else None


def _present(experiment: Experiment) -> Design:
    return designs.of(designs.current(experiment.test_id))


def _saved(experiment: Experiment) -> int:
    return len(_present(experiment).variants)


def _audiences(caller: Caller) -> list[Any]:
    return [
        OWN,
        *(choice(each.key, each.name) for each in named_audiences.listed(caller.project_id)),
    ]


def _page(
    caller: Caller,
    experiment: Experiment,
    form: DesignForm,
    library: Library,
    focus: Focus | None = None,
) -> str:
    known = {goal.key: goal for goal in library.goals}
    saved = _saved(experiment)
    return render_template(
        "experiments/design.html",
        caller=caller,
        experiment=experiment,
        form=form,
        goal_rows=[
            goal_rows.shown(row, known.get(row.form.key.data or ""), library.caps)
            for row in form.goals
        ],
        is_full=form.has_all_variants,
        total=variant_rows.total(form.sharing(saved)),
        saved=saved,
        focus=focus or Focus(),
        known_of_visitors=audience_rows.KNOWN,
        reach=_reach(caller, form),
        forecast=url_for("duration.show", project_key=caller.project_key, key=experiment.key),
        duration=duration.of_request(caller, experiment),
        bar_width=duration.BAR_WIDTH,
    )


def _reach(caller: Caller, form: DesignForm) -> Reached:
    """Return who and how many the form says; nothing of what cannot be used."""
    if key := form.named_audience.data:
        return reach_words.reached_by_name(caller.project_id, key)
    return audience_rows.reached(caller.project_id, form)


def _fill(form: DesignForm, design: Design, library: Library) -> None:
    form.seen.data = designs.fingerprint(design)
    form.traffic_allocation.data = written_percents(design.traffic_allocation)
    form.minimum_days.data = design.minimum_days
    form.minimum_visitors.data = design.minimum_visitors
    for variant in design.variants:
        form.append(variant)
    form.named_audience.data = design.named_audience
    if not design.named_audience:
        form.fill(design.audience)
    uses = {use.key: use for use in design.goals}
    places = {use.key: place for place, use in enumerate(design.goals)}
    # In the order of the design, so that saving it as it is shown is no change.
    for goal in sorted(library.goals, key=lambda goal: places.get(goal.key, len(places))):
        row = goal_rows.written(goal.key, uses.get(goal.key), library.caps.get(goal.key))
        form.goals.append_entry(row)


def _read(form: DesignForm) -> Design:
    return Design(
        form.designed,
        basis_points(form.traffic_allocation.data or "", "traffic_allocation"),
        form.minimum_days.data or 0,
        form.minimum_visitors.data or 0,
        tuple(goal_rows.use(row.form) for row in form.goals if row.form.role.data),
        EVERYBODY if form.named_audience.data else form.rules,
        form.named_audience.data or "",
    )
