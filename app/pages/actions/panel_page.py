"""The panel after a press, and the reason that somebody gives in it."""

from collections.abc import Callable
from functools import partial

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.accounts.caller import Caller
from app.core.errors import NotFound
from app.core.version_tokens import moment_of
from app.experiments import history, lookup
from app.lifecycle import Action
from app.models import Door, Experiment, Role
from app.pages.actions import answers, outcomes, panels, start_outcomes
from app.pages.actions.answers import Answer
from app.pages.actions.panels import Panel
from app.pages.common.callers import member, signed_in
from app.tenancy import projects
from app.web.extensions import csrf

blueprint = Blueprint("panel", __name__)


@blueprint.post("/projects/<project_key>/outcomes/<public_id>/<action>")
def show(project_key: str, public_id: str, action: str) -> ResponseReturnValue:
    """Tell what came of an action, from the answer that its button got and the page sends here."""
    caller = member(project_key)
    csrf.protect()
    experiment = lookup.by_public_id(caller.project_id, public_id)
    panel = _panel(caller, experiment, action)
    may_raise = panel.is_limit and signed_in().is_admin
    plan_code = projects.by_key(project_key).plan_code if may_raise else None
    return render_template("actions/_panel.html", caller=caller, panel=panel, plan_code=plan_code)


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
    tell = _teller(caller, what)
    if not caller.may_change:
        return panels.only_looking(experiment)
    answer = answers.read(request.form)
    return tell(caller, experiment, answer) if answer else panels.lost(caller, experiment)


_AFTER_ASKING_FOR_A_SLOT = {
    "queue": start_outcomes.queued,
    "move": start_outcomes.moved,
    "unqueue": start_outcomes.unqueued,
    "unschedule": start_outcomes.unscheduled,
    "ask": start_outcomes.asked,
}


def _teller(caller: Caller, what: str) -> Callable[[Caller, Experiment, Answer], Panel]:
    """Return what tells the answers to an action; NotFound for none."""
    if what in set(Action):
        return partial(outcomes.panel, action=Action(what))
    if what == "swap":
        holder = lookup.by_public_id(caller.project_id, request.args.get("holder", ""))
        return partial(start_outcomes.swapped, holder=holder)
    if what not in _AFTER_ASKING_FOR_A_SLOT:
        raise NotFound("There is no such action.")
    return _AFTER_ASKING_FOR_A_SLOT[what]
