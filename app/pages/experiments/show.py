"""One experiment: what it is, and its history."""

from collections.abc import Sequence

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SubmitField, TextAreaField

from app import lifecycle
from app.accounts.caller import Caller
from app.core.validation import whole_number
from app.experiments import always_shown, creation, designs, history, lookup, notes, preview_links
from app.experiments.history_places import Filters
from app.launch import check
from app.launch.check import Check
from app.lifecycle import Refused
from app.models import Door, Experiment, Role, Run, Status
from app.pages.actions.hints import hints
from app.pages.common import fragments, polls
from app.pages.common.callers import member
from app.pages.common.creating import Done, create, create_confirmed
from app.pages.common.forms import REFUSED, CreatingForm, confirmed
from app.pages.common.meters import meter
from app.pages.common.words.launch_words import lines
from app.pages.common.words.phrases import counted
from app.pages.common.words.refusal_words import why_not
from app.pages.experiments.design_facts import shown_design
from app.pages.experiments.rows import rows
from app.pages.history.rows import groups
from app.serving import previews
from app.serving.previews import DAYS, LONGEST_DAYS, Links
from app.web.settings import knows_countries

blueprint = Blueprint("experiment", __name__)

ENTRIES_SHOWN = 10


class NoteForm(CreatingForm):
    """A note on the experiment."""

    note = TextAreaField(
        "Note", description="For whoever looks at the experiment later: its history shows it."
    )
    submit = SubmitField("Add the note")


@blueprint.get("/projects/<project_key>/experiments/<key>")
def show(project_key: str, key: str) -> ResponseReturnValue:
    """Show the experiment with its history."""
    return polls.answer(project_key, lambda caller, version: _render(caller, key, version))


@blueprint.post("/projects/<project_key>/experiments/<key>/clone")
def clone(project_key: str, key: str) -> ResponseReturnValue:
    """Make a new draft like this experiment, and ask for its name."""
    caller = member(project_key, Role.MARKETER)
    cloned = create_confirmed(lambda: _cloned(caller, key))
    return cloned or redirect(url_for("experiment.show", project_key=project_key, key=key))


def _cloned(caller: Caller, key: str) -> Done:
    original = lookup.by_key(caller.project_id, key)
    name = original.name
    made = creation.clone(caller.project_id, original.test_id, caller.actor(Door.BROWSER))
    return Done(
        f"“{name}” is cloned. This is the clone: a draft that nobody sees yet. Name it.",
        url_for("edit.show", project_key=caller.project_key, key=made.key),
    )


@blueprint.route("/projects/<project_key>/experiments/<key>/notes", methods=["GET", "POST"])
def note(project_key: str, key: str) -> ResponseReturnValue:
    """Keep a note on the experiment; whoever comes back to this address gets its page."""
    caller = member(project_key)
    form = NoteForm()
    if form.is_submitted():
        caller.require(Role.MARKETER)
    if created := create(form, lambda: _noted(caller, key, form)):
        return created
    if form.is_submitted():
        return _render(caller, key, fragments.UNREAD, form), 400
    return redirect(url_for("experiment.show", project_key=project_key, key=key))


def _noted(caller: Caller, key: str, form: NoteForm) -> Done:
    test_id = lookup.by_key(caller.project_id, key).test_id
    notes.add(caller.project_id, test_id, form.note.data or "", caller.actor(Door.BROWSER))
    address = url_for("experiment.show", project_key=caller.project_key, key=key)
    return Done("The note is kept.", address)


@blueprint.post("/projects/<project_key>/experiments/<key>/preview-links/take-back")
def take_back_links(project_key: str, key: str) -> ResponseReturnValue:
    """End all preview links of the experiment that were handed out so far."""
    caller = member(project_key, Role.MARKETER)
    experiment = lookup.by_key(caller.project_id, key)
    if confirmed(lambda: _taken_back(caller, experiment)):
        flash(f"“{experiment.name}”: no preview link that was handed out works any more.")
    return redirect(url_for("experiment.show", project_key=project_key, key=key))


def _taken_back(caller: Caller, experiment: Experiment) -> int | None:
    try:
        return preview_links.take_back(
            caller.project_id, experiment.test_id, caller.actor(Door.BROWSER)
        )
    except Refused as refused:
        flash(str(refused), REFUSED)
        return None


def _render(caller: Caller, key: str, version: str, note_form: NoteForm | None = None) -> Response:
    held = lifecycle.slots_of(caller.project_id)
    experiment = lookup.by_key(caller.project_id, key)
    latest = history.listed(
        caller.project_id, Filters(test_id=experiment.test_id), limit=ENTRIES_SHOWN
    )
    run = designs.current(experiment.test_id)
    queue = lifecycle.queue_order(caller.project_id)
    may_edit = caller.may_change and not why_not(lifecycle.require_editable, experiment)
    html = render_template(
        "experiments/_show.html" if fragments.is_wanted() else "experiments/show.html",
        caller=caller,
        meter=meter(held),
        row=rows(caller, [experiment], held, queue)[0],
        hints=hints(held, len(queue), is_held=bool(caller.hold)),
        checks=lines(caller, experiment, _checks(experiment)),
        design=shown_design(caller, experiment, run),
        preview=_preview(experiment, run),
        preview_days=_days(),
        most_preview_days=LONGEST_DAYS,
        always_shown=_always_shown(experiment, run),
        history=groups(caller, latest.entries),
        is_history_cut=latest.next_before is not None,
        version=version if held else fragments.UNREAD,
        may_change=caller.may_change,
        may_edit=may_edit,
        note_form=note_form or NoteForm(formdata=None),
    )
    return fragments.shown(html, version)


def _preview(experiment: Experiment, run: Run) -> Links | None:
    """Return the links to the variants; none of what is over."""
    is_over = experiment.status in previews.ENDED
    return None if is_over else previews.links(experiment, run, _days())


def _days() -> int:
    """Return for how many days the links are to work, as the page was asked."""
    asked = whole_number(request.args.get("days", ""))
    return asked if asked and 1 <= asked <= LONGEST_DAYS else DAYS


def _always_shown(experiment: Experiment, run: Run) -> str:
    """Return who always sees a variant, "" where nobody does."""
    units = always_shown.of(experiment, [each.key for each in run.variants])
    told = [
        f"“{each.name}” to {counted(len(units[each.key]), 'visitor')}"
        for each in run.variants
        if units[each.key]
    ]
    return f"Always shown while it runs, and counted nowhere: {', '.join(told)}." if told else ""


def _checks(experiment: Experiment) -> Sequence[Check]:
    """Return what is said of a launch: all before it, what is wrong afterwards."""
    if experiment.status is Status.ARCHIVED:
        return ()
    found = check.of(experiment, knows_countries=knows_countries())
    return found.faults if experiment.status is Status.RUNNING else found.checks
