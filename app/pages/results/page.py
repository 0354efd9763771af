"""The result page: a sentence, what is decided by it, tables and a chart."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.widgets import DateInput

from app import lifecycle
from app.accounts.caller import Caller
from app.core.errors import InvalidInput
from app.experiments import lookup
from app.learnings import ended
from app.lifecycle import Action, ActionRequest
from app.models import Door, Experiment, GoalRole, Role
from app.pages.actions import outcomes
from app.pages.common.callers import member
from app.pages.common.creating import Done, create
from app.pages.common.forms import REFUSED, answer, choice, is_confirmed
from app.pages.common.words.labels import concluded
from app.pages.common.words.phrases import minimum
from app.pages.experiments.rows import badge
from app.pages.results import asked, decision_form, left_out
from app.pages.results.asked import FIELDS
from app.pages.results.chart_words import described, numbers
from app.pages.results.charts import Chart, chart
from app.pages.results.decision_form import DecisionForm
from app.pages.results.rows import table as goal_table
from app.pages.results.words import (
    facts,
    period_label,
    run_label,
    shares,
    traffic_label,
    unusual_labels,
)
from app.results import headlines
from app.results.days.period import WHOLE_RUN, DayRange
from app.results.report import Report
from app.results.verdict import VerdictKind

blueprint = Blueprint("result", __name__)

UNDECIDABLE = "Nothing can be decided here any more: it was changed since you opened the page."
PATH = "/projects/<project_key>/experiments/<key>"


class PeriodForm(FlaskForm):
    """The choice of a run, and of its days."""

    run = SelectField("Run")
    first = StringField("From", name="from", widget=DateInput())
    last = StringField("To", name="to", widget=DateInput())


@blueprint.route(f"{PATH}/result", methods=["GET", "POST"])
def show(project_key: str, key: str) -> ResponseReturnValue:
    """Show the result of a run, and carry out what is decided by it.

    Of days that cannot be used it says so, and shows the whole run.
    """
    caller = member(project_key)
    if request.method == "POST":
        caller.require(Role.MARKETER)
    # It changes nothing, so that it needs no token.
    form = PeriodForm(request.args, meta={"csrf": False})
    experiment = lookup.by_key(caller.project_id, key)
    found = asked.found(experiment, _usable_days(form))
    form.run.choices = [choice(each.number, run_label(each)) for each in found.courses[::-1]]
    form.run.data = str(found.course.number) if found.course else None
    decision = decision_form.of(caller, experiment, found)
    if decision and (made := create(decision, lambda: _decided(caller, experiment, decision))):
        return made
    if request.method == "POST" and decision is None:
        flash(UNDECIDABLE, REFUSED)
        return redirect(url_for("result.show", project_key=project_key, key=key))
    html = _rendered(caller, experiment, found, form, decision)
    return answer(decision if decision and decision.errors else form, html)


@blueprint.post(f"{PATH}/result/stop-serving")
def stop_serving(project_key: str, key: str) -> ResponseReturnValue:
    """Have everybody see the original again, and say so on the result."""
    caller = member(project_key, Role.MARKETER)
    experiment = lookup.by_key(caller.project_id, key)
    if is_confirmed():
        stopping = ActionRequest(Action.STOP_SERVING, is_repeatable=True)
        flash(_taken(caller, experiment, stopping))
    return redirect(url_for("result.show", project_key=project_key, key=key))


def _decided(caller: Caller, experiment: Experiment, form: DecisionForm) -> Done:
    address = url_for("result.show", project_key=caller.project_key, key=experiment.key)
    return Done(_taken(caller, experiment, form.request), address)


def _taken(caller: Caller, experiment: Experiment, asked: ActionRequest) -> str:
    """Take an action, and return what came of it."""
    actor = caller.actor(Door.BROWSER)
    change = lifecycle.take_action(caller.project_id, experiment.test_id, asked, actor)
    if change.entry_id is None:
        return f"“{experiment.name}” was so already: nothing had to change."
    return outcomes.said(caller, experiment, change.entry_id)


def _usable_days(form: PeriodForm) -> DayRange:
    """Return the days that the form asks for.

    All of them where it cannot be used, which it then says.
    """
    try:
        return asked.days()
    except InvalidInput as error:
        field = form.last if error.field == FIELDS[1] else form.first
        field.errors = [str(error)]
        return WHOLE_RUN


def _rendered(
    caller: Caller,
    experiment: Experiment,
    found: Report,
    form: PeriodForm,
    decision: DecisionForm | None,
) -> str:
    findings, primary = found.findings, found.findings.primary
    return render_template(
        "results/page.html",
        caller=caller,
        report=found,
        badge=badge(experiment),
        conclusion=concluded(experiment.conclusion),
        decision=decision,
        learned=ended.learned(experiment),
        is_shipped=experiment.is_shipped,
        headline=headlines.of(found.verdict),
        facts=facts(found),
        shares=shares(findings),
        period=found.period and period_label(found.period),
        form=form,
        primary=primary and goal_table(primary),
        secondary=[goal_table(each) for each in findings.of_role(GoalRole.SECONDARY)],
        guardrails=[goal_table(each) for each in findings.of_role(GoalRole.GUARDRAIL)],
        chart=_chart(found),
        unusual_days=unusual_labels(found),
        traffic=traffic_label(found),
        described=described(found.trends),
        numbers=numbers(found.trends),
        csv_days={} if form.errors else {name: request.args.get(name) or None for name in FIELDS},
        left_out=left_out.rows(found, caller.user_id),
        pauses=found.course.pauses if found.course else (),
        awaits_start=found.verdict.kind is VerdictKind.NOT_STARTED,
        minimum=minimum(findings.minimum_days, findings.minimum_visitors),
    )


def _chart(found: Report) -> Chart | None:
    if not (found.course and found.period):
        return None
    return chart(found.trends, found.period, found.course)
