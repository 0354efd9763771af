"""What came of a press, told in the page's panel; and why it was done, if somebody says so."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.accounts.access import Caller
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

blueprint = Blueprint("outcome", __name__)


@blueprint.post("/projects/<project_key>/outcomes/<public_id>/<action>")
def show(project_key: str, public_id: str, action: str) -> ResponseReturnValue:
    """Tell what came of an action, from the answer that its button got and the page sends here."""
    caller = member(project_key)
    csrf.protect()
    experiment = lookup.by_public_id(caller.project_id, public_id)
    panel = _panel(caller, experiment, action)
    may_raise = panel.is_limit and signed_in().is_admin
    plan_code = projects.by_key(project_key).plan_code if may_raise else None
    return render_template("actions/_outcome.html", caller=caller, panel=panel, plan_code=plan_code)


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
        return panels.only_looking(experiment)
    answer = answers.read(request.form)
    if answer is None:
        return panels.lost(caller, experiment)
    action = Action.__members__.get(what.upper())
    if action is None:
        return _start_panel(caller, experiment, what, answer)
    return outcomes.panel(caller, experiment, action, answer)


def _start_panel(caller: Caller, experiment: Experiment, what: str, answer: Answer) -> Panel:
    match what:
        case "swap":
            holder = lookup.by_public_id(caller.project_id, request.args.get("holder", ""))
            return start_outcomes.swapped(caller, experiment, holder, answer)
        case "queue":
            return start_outcomes.queued(caller, experiment, answer)
        case "move":
            return start_outcomes.moved(caller, experiment, answer)
        case "unqueue":
            return start_outcomes.unqueued(caller, experiment, answer)
        case "ask":
            return start_outcomes.asked(caller, experiment, answer)
        case _:
            raise NotFound("There is no such action.")
