"""One experiment: what it is, its history, and what came of an action."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import Caller
from app.core.errors import NotFound
from app.core.version_tokens import moment_of
from app.experiments import designs, history, lookup
from app.experiments.history import Filters
from app.lifecycle import queue as queueing
from app.lifecycle import rules, slots
from app.lifecycle.rules import Action
from app.lifecycle.slots import Slots
from app.models import Door, Experiment, Role
from app.pages.actions import outcomes, start_outcomes
from app.pages.actions.hints import hints
from app.pages.actions.outcomes import Panel
from app.pages.common import fragments, polls
from app.pages.common.callers import member, signed_in
from app.pages.common.forms import is_confirmed, why_not
from app.pages.common.meters import meter
from app.pages.experiments.design_facts import shown_design
from app.pages.experiments.rows import rows
from app.pages.history.rows import groups
from app.tenancy import projects
from app.web.extensions import csrf

blueprint = Blueprint("experiment", __name__)

TOO_LATE = "412"
CONFLICT = "409"
ENTRIES_SHOWN = 10


@blueprint.get("/projects/<project_key>/experiments/<key>")
def show(project_key: str, key: str) -> ResponseReturnValue:
    """The experiment with its history."""
    return polls.answer(project_key, lambda caller, version: _render(caller, key, version))


@blueprint.get("/projects/<project_key>/experiments/<key>/outcome/<action>")
def outcome(project_key: str, key: str, action: str) -> ResponseReturnValue:
    """What came of an action, read from the experiment as it is now."""
    caller = member(project_key)
    experiment = lookup.by_key(caller.project_id, key)
    panel = _panel(caller, experiment, action)
    may_raise = panel.is_limit and signed_in().is_admin
    plan_code = projects.by_key(project_key).plan_code if may_raise else None
    return render_template("actions/_outcome.html", caller=caller, panel=panel, plan_code=plan_code)


@blueprint.post("/projects/<project_key>/experiments/<key>/clone")
def clone(project_key: str, key: str) -> ResponseReturnValue:
    """Make a new draft like this experiment, and ask for its name."""
    caller = member(project_key, Role.MARKETER)
    original = lookup.by_key(caller.project_id, key)
    if not is_confirmed():
        return redirect(url_for("experiment.show", project_key=project_key, key=key))
    name = original.name
    made = lookup.clone(original, caller.actor(Door.BROWSER))
    flash(f"“{name}” is cloned. This is the clone: a draft that nobody sees yet. Name it.")
    return redirect(url_for("edit.show", project_key=project_key, key=made.key))


@blueprint.post("/projects/<project_key>/experiments/<key>/reason")
def give_reason(project_key: str, key: str) -> ResponseReturnValue:
    """Keep why one's own change was made, and say so in place of the form."""
    caller = member(project_key, Role.MARKETER)
    csrf.protect()
    experiment = lookup.by_key(caller.project_id, key)
    reason, changed_at = request.form.get("reason", ""), moment_of(request.form.get("seen", ""))
    actor = caller.actor(Door.BROWSER)
    history.give_reason(caller.project_id, experiment.test_id, reason, actor, changed_at)
    return render_template("actions/_reason_kept.html")


def _panel(caller: Caller, experiment: Experiment, what: str) -> Panel:
    if not caller.may(Role.MARKETER):
        return outcomes.only_looking(experiment)
    held = slots.of_project(caller.project_id)
    # The answer that the button got says it was too late; what is shown now cannot tell.
    if request.args.get("answer") == TOO_LATE:
        return outcomes.stale(caller, experiment, held)
    action = Action.__members__.get(what.upper())
    if action is None:
        return _start_panel(caller, experiment, what, held)
    result = rules.outcome(lookup.subject(experiment), action, held)
    return outcomes.panel(caller, experiment, action, result)


def _start_panel(caller: Caller, experiment: Experiment, what: str, held: Slots | None) -> Panel:
    match what:
        case "swap":
            holder = lookup.by_key(caller.project_id, request.args.get("holder", ""))
            return start_outcomes.swapped(caller, experiment, holder, held)
        case "move" if request.args.get("answer") == CONFLICT:
            return start_outcomes.overtaken(experiment)
        case "queue" | "move":
            return start_outcomes.queued(caller, experiment, held)
        case "unqueue":
            return start_outcomes.unqueued(caller, experiment, held)
        case "ask":
            return start_outcomes.asked(caller, experiment, held)
        case _:
            raise NotFound("There is no such action.")


def _render(caller: Caller, key: str, version: str) -> Response:
    held = slots.of_project(caller.project_id)
    experiment = lookup.by_key(caller.project_id, key)
    latest = history.listed(
        caller.project_id, Filters(test_id=experiment.test_id), limit=ENTRIES_SHOWN
    )
    run = designs.current(experiment.test_id)
    queue = queueing.order(caller.project_id)
    may_edit = caller.may(Role.MARKETER) and not why_not(rules.require_editable, experiment)
    html = render_template(
        "experiments/_show.html" if fragments.is_wanted() else "experiments/show.html",
        caller=caller,
        meter=meter(held),
        row=rows(caller, [experiment], held, queue)[0],
        hints=hints(held, len(queue)),
        design=shown_design(caller, experiment, run),
        history=groups(caller, latest.entries),
        is_history_cut=latest.next_before is not None,
        version=version if held else fragments.UNREAD,
        may_change=caller.may(Role.MARKETER),
        may_edit=may_edit,
    )
    return fragments.shown(html, version)
