"""When an experiment starts and stops by itself, and when its traffic rises."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, SubmitField
from wtforms.widgets import DateTimeLocalInput

from app import lifecycle
from app.accounts.caller import Caller
from app.core.validation import basis_points, whole_number
from app.core.version_tokens import moment_of as stamped
from app.core.version_tokens import token_of
from app.experiments import designs, lookup
from app.lifecycle import Forecast, Schedule, Subject
from app.models import Door, Experiment, Role, Status
from app.pages.common.callers import member
from app.pages.common.forms import REFUSED, Checked, answer, carry_out
from app.pages.common.time_zones import in_field, moment_of, shown, zone
from app.pages.common.values import written_percents
from app.pages.common.words import standstill_words
from app.pages.common.words.phrases import counted, span
from app.pages.common.words.refusal_words import why_not
from app.results.words.phrases import listed
from app.web.settings import late_start

blueprint = Blueprint("schedule", __name__)


class ScheduleForm(FlaskForm):
    """The moments, as the viewer's clock shows them in the zone that the form was drawn for."""

    start_at = StringField("Start at", widget=DateTimeLocalInput())
    stop_at = StringField("Stop at", widget=DateTimeLocalInput())
    raise_at = StringField("Raise traffic at", widget=DateTimeLocalInput())
    raise_to = StringField("To so much of its audience, in %")
    time_zone = HiddenField()
    seen = HiddenField()
    submit = SubmitField("Keep the schedule")

    @property
    def shown_before(self) -> Schedule:
        """Return what was set when the form was drawn."""
        return _marked(self.seen.data or "")

    @property
    def schedule(self) -> Schedule:
        """Return what is asked for; a field that is no moment asks for nothing."""
        before = self.shown_before
        return Schedule(
            self._moment(self.start_at, before.start_at),
            self._moment(self.stop_at, before.stop_at),
            self._moment(self.raise_at, before.raise_at),
            self._share(),
        )

    def validate_start_at(self, field: StringField) -> None:
        """Say what is wrong with the start, whatever is wrong with the stop."""
        self._check(field)

    def validate_stop_at(self, field: StringField) -> None:
        """Say what is wrong with the stop, whatever is wrong with the start."""
        self._check(field)

    def validate_raise_at(self, field: StringField) -> None:
        """Say what is wrong with the moment of the rise, whatever is wrong with the others."""
        self._check(field)

    def validate_raise_to(self, field: StringField) -> None:
        """Say what is wrong with the share, whatever is wrong with the moments."""
        if field.data:
            Checked(_share)(self, field)

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401
        """Return whether the fields can be a schedule, and say beside each what is wrong."""
        are_moments = super().validate(extra_validators)
        found = lifecycle.schedule_faults(self.schedule, self.shown_before)
        for name, sentence in found.items():
            self[name].errors = [sentence]
        return are_moments and not found

    def _check(self, field: StringField) -> None:
        where = self.time_zone.data or ""
        Checked(lambda text: moment_of(text, where, field.name))(self, field)

    def _share(self) -> int | None:
        """Return the share that traffic is to rise to; a field that is none asks for nothing."""
        text = self.raise_to.data or ""
        return _share(text) if text.strip() and not self.raise_to.errors else None

    def _moment(self, field: StringField, before: datetime | None) -> datetime | None:
        """Return what a field means: left as it was drawn, the very moment that was seen."""
        where, text = self.time_zone.data or "", field.data or ""
        if text == in_field(before, zone(where)):
            return before
        return None if field.errors else moment_of(text, where, field.name)


def _share(text: str) -> int:
    return basis_points(text, "raise_to")


@blueprint.route("/projects/<project_key>/experiments/<key>/schedule", methods=["GET", "POST"])
def show(project_key: str, key: str) -> ResponseReturnValue:
    """Ask when an experiment starts and stops, and foretell whether it will find a slot."""
    caller = member(project_key, Role.MARKETER)
    experiment = lookup.by_key(caller.project_id, key)
    if request.method == "GET" and (refusal := why_not(_require_schedulable, experiment)):
        flash(refusal, REFUSED)
        return redirect(url_for("experiment.show", project_key=project_key, key=key))
    kept = lifecycle.schedule_of(experiment.test_id)
    form = _form(experiment, kept)
    drawn_for = zone(form.time_zone.data or "")
    if carry_out(form, lambda: _put(caller, experiment, form)):
        _tell(caller, experiment, drawn_for)
        return redirect(url_for("experiment.show", project_key=project_key, key=key))
    if form.is_submitted():
        _show(form, kept, drawn_for)
    return answer(form, _page(caller, experiment, form, kept, drawn_for))


def _form(experiment: Experiment, kept: Schedule) -> ScheduleForm:
    """Return the form as it was sent, or filled with what is set."""
    where = zone()
    form = ScheduleForm(
        data={
            "start_at": in_field(kept.start_at, where),
            "stop_at": in_field(kept.stop_at, where),
            "raise_at": in_field(kept.raise_at, where),
            "raise_to": _percents(kept) or request.args.get("raise_to", ""),
            "time_zone": where.key,
            "seen": _fingerprint(kept),
        }
    )
    present = designs.current(experiment.test_id).traffic_allocation
    form.raise_to.description = f"More than now, {written_percents(present)}, and at most 100."
    return form


def _page(
    caller: Caller, experiment: Experiment, form: ScheduleForm, kept: Schedule, where: ZoneInfo
) -> str:
    return render_template(
        "experiments/schedule.html",
        now_set=_moments(kept, where),
        standstill=standstill_words.for_members(caller.jobs_away),
        caller=caller,
        experiment=experiment,
        form=form,
        time_zone=where.key,
        foretold=_foretold(caller, experiment, kept.start_at, where),
        never=_never(experiment),
    )


def _require_schedulable(experiment: Subject) -> None:
    """Raise Refused where not even a stop can be set."""
    lifecycle.require_schedulable(experiment, Status.STOPPED)


def _show(form: ScheduleForm, kept: Schedule, where: ZoneInfo) -> None:
    """Show what is set now: who sends it again has seen it, in each field that they left alone.

    Whatever else is wrong, it is said that somebody has changed it.
    """
    seen = form.shown_before
    if form.errors and seen != kept and not form.form_errors:
        form.form_errors.append(lifecycle.SCHEDULE_CHANGED_SINCE)
    for field, before, present in (
        (form.start_at, seen.start_at, kept.start_at),
        (form.stop_at, seen.stop_at, kept.stop_at),
        (form.raise_at, seen.raise_at, kept.raise_at),
    ):
        if field.data == in_field(before, where):
            field.data = in_field(present, where)
    if form.raise_to.data == _percents(seen):
        form.raise_to.data = _percents(kept)
    form.seen.data = _fingerprint(kept)


def _put(caller: Caller, experiment: Experiment, form: ScheduleForm) -> Schedule:
    schedule, seen = form.schedule, form.shown_before
    actor = caller.actor(Door.BROWSER)
    lifecycle.put_schedule(caller.project_id, experiment.test_id, lambda _: schedule, actor, seen)
    return schedule


def _fingerprint(schedule: Schedule) -> str:
    """Return the moments, and the share, as a hidden field carries them."""
    moments = (schedule.start_at, schedule.stop_at, schedule.raise_at)
    tokens = [token_of(moment) if moment else "" for moment in moments]
    share = "" if schedule.raise_to is None else str(schedule.raise_to)
    return "-".join((*tokens, share))


def _marked(text: str) -> Schedule:
    start_at, stop_at, raise_at, share = (*text.split("-"), "", "", "", "")[:4]
    start, stop, rise = (stamped(each) if each else None for each in (start_at, stop_at, raise_at))
    return Schedule(start, stop, rise, whole_number(share))


def _percents(schedule: Schedule) -> str:
    """Return the share that traffic is to rise to as the field has it, "" for none."""
    return "" if schedule.raise_to is None else written_percents(schedule.raise_to)


def _tell(caller: Caller, experiment: Experiment, where: ZoneInfo) -> None:
    schedule = lifecycle.schedule_of(experiment.test_id)
    moments = _moments(schedule, where)
    if moments:
        foretold = _foretold(caller, experiment, schedule.start_at, where)
        never = _never(experiment) if schedule.start_at else ""
        flash(" ".join(filter(None, (f"“{experiment.name}” {moments}.", never, foretold))))
    else:
        flash(f"“{experiment.name}” has no schedule: it starts and stops by hand.")


def _never(experiment: Experiment) -> str:
    """Return why a start of it could never measure anything, "" where it could."""
    fault = experiment.split_fault
    return lifecycle.SPLIT_FAULTS[fault] if fault else ""


def _moments(schedule: Schedule, where: ZoneInfo) -> str:
    """Return when it starts and stops, and its traffic rises; "" where nothing is set."""
    moments = [
        *([f"starts {shown(schedule.start_at, where)}"] if schedule.start_at else []),
        *([f"stops {shown(schedule.stop_at, where)}"] if schedule.stop_at else []),
        *([_rise(schedule.raise_at, schedule, where)] if schedule.raise_at else []),
    ]
    return listed(moments) if moments else ""


def _rise(at: datetime, schedule: Schedule, where: ZoneInfo) -> str:
    return f"gets {_percents(schedule)} % of its audience on {shown(at, where)}"


def _foretold(
    caller: Caller, experiment: Experiment, start_at: datetime | None, where: ZoneInfo
) -> str:
    """Return whether a start will find a slot, in one or two sentences.

    "" where nothing is to be said.
    """
    if start_at is None:
        return ""
    forecast = lifecycle.forecast_of_start(caller.project_id, experiment.test_id, start_at)
    return _worded(forecast, start_at, where) if forecast else ""


def _worded(forecast: Forecast, start_at: datetime, where: ZoneInfo) -> str:
    day = f"{start_at.astimezone(where):%-d %B}"
    if forecast.is_held:
        return (
            f"As things are now, it does not start on {day}: the queue is held. It waits until "
            f"somebody lifts the hold; where that comes more than {span(late_start())} after its "
            "moment, until somebody starts it or drops its start."
        )
    verb = "starts" if forecast.starting == 1 else "start"
    starts = f"{counted(forecast.starting, 'experiment')} {verb} on {day}"
    slots = "1 slot is" if forecast.free == 1 else f"{forecast.free} slots are"
    queue = (
        f", and {counted(forecast.waiting, 'experiment')} will be in the queue before it"
        if forecast.waiting
        else ""
    )
    found = f"As things are now, {starts} and {slots} free then{queue}."
    if forecast.finds_a_slot:
        return found
    return f"{found} If it finds none, it waits in the queue and starts when a slot frees."
