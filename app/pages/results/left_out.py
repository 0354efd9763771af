"""The days of a run that its results leave out: what they are, and the form for more."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField, SubmitField, TextAreaField
from wtforms.validators import InputRequired
from wtforms.widgets import DateInput

from app.accounts.caller import Caller
from app.core.validation import checked_reason
from app.experiments import lookup
from app.models import Door, Exclusion, Experiment, Role
from app.pages.common.callers import member
from app.pages.common.creating import Done, create
from app.pages.common.forms import Checked, CreatingForm, answer, is_confirmed
from app.pages.common.routes import BOTH
from app.pages.common.words.phrases import author
from app.pages.results import asked
from app.pages.results.words import days_label, run_label
from app.results import exclusions
from app.results.days import period
from app.results.days.period import WHOLE_RUN
from app.results.exclusions import NewExclusion
from app.results.report import Report

blueprint = Blueprint("left_out", __name__)

PATH = "/projects/<project_key>/experiments/<key>/result/left-out"


class LeaveOutForm(CreatingForm):
    """The days that are to be left out, and why."""

    makes_another = False
    first_day = StringField(
        "From", widget=DateInput(), description="Empty: from the first day of the run on."
    )
    last_day = StringField(
        "To", widget=DateInput(), description="Empty: until its end, with all days to come."
    )
    reason = TextAreaField(
        "Why",
        [InputRequired("Say why."), Checked(checked_reason)],
        description="As “Bots on the price page”. Whoever reads the result sees it.",
    )
    submit = SubmitField("Leave these days out")


@dataclass(frozen=True)
class Row:
    """Days that are left out, as the page shows them."""

    exclusion: Exclusion
    days: str
    author: str


@blueprint.route(PATH, methods=BOTH)
def show(project_key: str, key: str) -> ResponseReturnValue:
    """Show which days of a run are left out of its results, and leave out more.

    The form begins with the days that the address names.
    """
    caller = member(project_key)
    form = LeaveOutForm(data=_named())
    if form.is_submitted():
        caller.require(Role.MARKETER)
    experiment = lookup.by_key(caller.project_id, key)
    found = asked.found(experiment, WHOLE_RUN)
    if made := create(form, lambda: _left_out(caller, experiment, found, form)):
        return made
    html = render_template(
        "results/left_out.html",
        caller=caller,
        experiment=experiment,
        run=found.course and run_label(found.course),
        run_number=found.course and found.course.number,
        rows=rows(found, caller.user_id),
        form=form,
    )
    return answer(form, html)


@blueprint.post(f"{PATH}/<number:exclusion_id>/count-again")
def count_again(project_key: str, key: str, exclusion_id: int) -> ResponseReturnValue:
    """Count days again that were left out."""
    caller = member(project_key, Role.MARKETER)
    experiment = lookup.by_key(caller.project_id, key)
    if is_confirmed():
        asked_for = (caller.project_id, experiment.test_id, exclusion_id)
        again = exclusions.count_again(*asked_for, caller.actor(Door.BROWSER))
        flash(f"{days_label(again.exclusion)}: counted again.")
    return redirect(_address(caller, experiment))


def rows(found: Report, reader_id: int | None) -> list[Row]:
    """Return what is left out of a run."""
    return [Row(each, days_label(each), author(each, reader_id)) for each in found.exclusions]


def _named() -> dict[str, str]:
    """Return the days that the address names, for the form to begin with."""
    named = asked.days()
    both = zip(exclusions.FIELDS, (named.first, named.last), strict=True)
    return {field: day.isoformat() for field, day in both if day}


def _left_out(caller: Caller, experiment: Experiment, found: Report, form: LeaveOutForm) -> Done:
    days = period.asked(form.first_day.data or "", form.last_day.data or "", exclusions.FIELDS)
    wanted = NewExclusion(days, form.reason.data or "", found.course and found.course.number)
    actor = caller.actor(Door.BROWSER)
    made = exclusions.leave_out(caller.project_id, experiment.test_id, wanted, actor)
    words = f"{days_label(made.exclusion)}: left out of this result."
    return Done(words, _address(caller, experiment))


def _address(caller: Caller, experiment: Experiment) -> str:
    chosen = request.args.get("run")
    return url_for("left_out.show", project_key=caller.project_key, key=experiment.key, run=chosen)
