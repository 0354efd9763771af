"""When an experiment starts and stops by itself."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, SubmitField
from wtforms.widgets import DateTimeLocalInput

from app import experiments, forecasts, schedules
from app.access import Caller
from app.forecasts import Forecast
from app.models import Door, Experiment, Role
from app.pages.callers import member
from app.pages.forms import answer, carry_out
from app.pages.time_zones import in_field, moment_of, shown, zone
from app.pages.words import counted
from app.schedules import Plan

blueprint = Blueprint("schedule", __name__)


class ScheduleForm(FlaskForm):
    """The two moments, as the viewer's clock shows them in the zone that the form was drawn for."""

    start_at = StringField("Start at", widget=DateTimeLocalInput())
    stop_at = StringField("Stop at", widget=DateTimeLocalInput())
    time_zone = HiddenField()
    submit = SubmitField("Keep the schedule")


@blueprint.route("/projects/<project_key>/experiments/<key>/schedule", methods=["GET", "POST"])
def show(project_key: str, key: str) -> ResponseReturnValue:
    """Ask when an experiment starts and stops, and foretell whether it will find a slot."""
    caller = member(project_key, Role.MARKETER)
    experiment = experiments.by_key(caller.project_id, key)
    kept = schedules.of(experiment.test_id)
    where = zone()
    form = ScheduleForm(
        data={
            "start_at": in_field(kept.start_at, where),
            "stop_at": in_field(kept.stop_at, where),
            "time_zone": where.key,
        }
    )
    drawn_for = zone(form.time_zone.data or "")
    if carry_out(form, lambda: _put(caller, experiment, form, drawn_for)):
        _tell(caller, experiment, drawn_for)
        return redirect(url_for("experiment.show", project_key=project_key, key=key))
    html = render_template(
        "schedule.html",
        caller=caller,
        experiment=experiment,
        form=form,
        time_zone=drawn_for.key,
        foretold=_foretold(caller, experiment, kept.start_at, where),
    )
    return answer(form, html)


def _put(caller: Caller, experiment: Experiment, form: ScheduleForm, where: ZoneInfo) -> Plan:
    plan = Plan(
        moment_of(form.start_at.data or "", where, "start_at"),
        moment_of(form.stop_at.data or "", where, "stop_at"),
    )
    actor = caller.actor(Door.BROWSER)
    schedules.put(caller.project_id, experiment.test_id, plan, actor)
    return plan


def _tell(caller: Caller, experiment: Experiment, where: ZoneInfo) -> None:
    plan = schedules.of(experiment.test_id)
    moments = [
        *([f"starts {shown(plan.start_at, where)}"] if plan.start_at else []),
        *([f"stops {shown(plan.stop_at, where)}"] if plan.stop_at else []),
    ]
    if moments:
        foretold = _foretold(caller, experiment, plan.start_at, where)
        flash(f"“{experiment.name}” {' and '.join(moments)}. {foretold}".strip())
    else:
        flash(f"“{experiment.name}” has no schedule: it starts and stops by hand.")


def _foretold(
    caller: Caller, experiment: Experiment, start_at: datetime | None, where: ZoneInfo
) -> str:
    """Whether a start will find a slot, in one or two sentences; "" where nothing is to be said."""
    if start_at is None:
        return ""
    forecast = forecasts.of_start(caller.project_id, experiment.test_id, start_at)
    return _worded(forecast, start_at, where) if forecast else ""


def _worded(forecast: Forecast, start_at: datetime, where: ZoneInfo) -> str:
    day = f"{start_at.astimezone(where):%-d %B}"
    starts = "1 starts" if forecast.starting == 1 else f"{forecast.starting} start"
    slots = "1 slot is" if forecast.free == 1 else f"{forecast.free} slots are"
    queue = (
        f", and {counted(forecast.waiting, 'experiment')} will be in the queue before it"
        if forecast.waiting
        else ""
    )
    found = f"As things are now, on {day} {starts} and {slots} free{queue}."
    if forecast.finds_a_slot:
        return found
    return f"{found} If it finds none, it waits in the queue and starts when a slot frees."
