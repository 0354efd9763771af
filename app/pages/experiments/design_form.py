"""The design of a draft: its variants, its traffic, its goals, and what holds its verdict back."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from slugify import slugify
from wtforms import (
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectField,
    StringField,
    SubmitField,
)
from wtforms.validators import InputRequired, Optional

from app import lifecycle
from app.accounts.caller import Caller
from app.core.errors import InvalidInput
from app.core.validation import KEY_LENGTH, basis_points, checked_key
from app.experiments import designs, goals, lookup, named_audiences, redesigns
from app.experiments.audiences.conditions import EVERYBODY
from app.experiments.designs import Design, VariantDesign
from app.models import (
    MOST_VARIANTS,
    Door,
    Experiment,
    Role,
)
from app.pages.common import reach_words
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
from app.pages.common.reach_words import Reached
from app.pages.common.refusal_words import why_not
from app.pages.common.values import read_value, written_percents, written_value
from app.pages.experiments import audience_rows, duration, goal_rows
from app.pages.experiments.audience_rows import AudienceFields
from app.pages.experiments.goal_rows import Library

blueprint = Blueprint("design", __name__)

OWN = choice("", "Conditions of its own, below")


class VariantRow(Form):
    """One variant; a row with neither key nor name is none."""

    key = StringField("Key", [Optional(), Checked(checked_key)])
    name = StringField("Name")
    weight = StringField("Share, %", [Optional(), Checked(lambda text: basis_points(text, ""))])
    value = StringField("Value")


class DesignForm(AudienceFields):
    """Everything about a run but its name, and the mark of the design that it was drawn from."""

    seen = HiddenField()
    variants = FieldList(FormField(VariantRow))
    add = SubmitField("Add a variant")
    even = SubmitField("Split evenly")
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
    if carry_out(form, lambda: _changed(caller, experiment, form)):
        flash("The design is saved.")
        return redirect(url_for("experiment.show", project_key=project_key, key=key))
    if form.form_errors:
        # Who sends it again has been told that somebody else was faster.
        form.seen.data = designs.fingerprint(_present(experiment))
    return answer(form, _page(caller, experiment, form, library))


def _changed(caller: Caller, experiment: Experiment, form: DesignForm) -> Design:
    actor = caller.actor(Door.BROWSER)
    _require_names(_counted(form, _saved(experiment)))
    return redesigns.change(
        caller.project_id, experiment.test_id, lambda _: _read(form), actor, form.seen.data or None
    )


def _redrawn(form: DesignForm, experiment: Experiment) -> Focus | None:
    """Carry out a button that changes the form alone; None where another one was pressed."""
    saved = _saved(experiment)
    if form.add.data:
        if len(form.variants) < MOST_VARIANTS:
            _add_variant(form, saved)
        return Focus(new_variant=len(form.variants))
    if place := form.added():
        return Focus(new_condition=place)
    if form.even.data:
        _share_out(_counted(form, saved))
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
        is_full=len(form.variants) >= MOST_VARIANTS,
        total=_total(_counted(form, saved)),
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
        _append(form, variant)
    form.named_audience.data = design.named_audience
    if not design.named_audience:
        form.fill(design.audience)
    uses = {use.key: use for use in design.goals}
    places = {use.key: place for place, use in enumerate(design.goals)}
    # In the order of the design, so that saving it as it is shown is no change.
    for goal in sorted(library.goals, key=lambda goal: places.get(goal.key, len(places))):
        row = goal_rows.written(goal.key, uses.get(goal.key), library.caps.get(goal.key))
        form.goals.append_entry(row)


def _add_variant(form: DesignForm, saved: int) -> None:
    """Add an empty row; shares that were even are even with the new one, too."""
    rows = _counted(form, saved)
    was_even = sorted(map(_share, rows)) == sorted(designs.even_shares(len(rows)))
    _append(form, VariantDesign("", 0))
    if was_even:
        _share_out([*rows, form.variants[-1].form])


def _counted(form: DesignForm, saved: int) -> list[VariantRow]:
    """Return the rows that share the visitors.

    One of the first `saved` that is empty was taken away; a later one has no name yet.
    """
    return [
        row.form
        for place, row in enumerate(form.variants)
        if place >= saved or _is_filled(row.form)
    ]


def _share_out(rows: Sequence[VariantRow]) -> None:
    for row, share in zip(rows, designs.even_shares(len(rows)), strict=True):
        row.weight.data = written_percents(share)


def _share(row: VariantRow) -> int:
    """Return the share that a row has; 0 where what is written is none."""
    try:
        return basis_points(row.weight.data or "0", "variants")
    except InvalidInput:
        return 0


def _total(rows: Sequence[VariantRow]) -> str:
    return written_percents(sum(map(_share, rows)))


def _require_names(rows: Sequence[VariantRow]) -> None:
    """Raise InvalidInput for an added row that has a share and is no variant yet."""
    if any(_share(row) and not _is_filled(row) for row in rows):
        raise InvalidInput(
            "An added variant has a share but neither a key nor a name: give it one, or empty its "
            "share.",
            "variants",
        )


def _append(form: DesignForm, variant: VariantDesign) -> None:
    form.variants.append_entry(
        {
            "key": variant.key,
            "name": variant.name,
            "weight": written_percents(variant.weight),
            "value": written_value(variant.value, variant.key),
        }
    )


def _read(form: DesignForm) -> Design:
    return Design(
        tuple(_variant(row.form) for row in form.variants if _is_filled(row.form)),
        basis_points(form.traffic_allocation.data or "", "traffic_allocation"),
        form.minimum_days.data or 0,
        form.minimum_visitors.data or 0,
        tuple(goal_rows.use(row.form) for row in form.goals if row.form.role.data),
        EVERYBODY if form.named_audience.data else form.rules,
        form.named_audience.data or "",
    )


def _is_filled(row: VariantRow) -> bool:
    return bool((row.key.data or "").strip() or (row.name.data or "").strip())


def _variant(row: VariantRow) -> VariantDesign:
    return VariantDesign(
        (row.key.data or "").strip() or slugify(row.name.data or "", max_length=KEY_LENGTH),
        basis_points(row.weight.data or "0", "variants"),
        row.name.data or "",
        read_value(row.value.data or ""),
    )
