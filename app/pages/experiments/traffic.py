"""Raising the traffic of what is live, or paused in an open run."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, SubmitField, TextAreaField

from app import lifecycle
from app.accounts.caller import Caller
from app.core.validation import basis_points
from app.core.version_tokens import token_of_version
from app.experiments import designs, lookup
from app.experiments.audiences import conditions
from app.lifecycle import Precondition, Rise, RiseRequest, Subject
from app.models import WHOLE, Door, Experiment, Role, Status
from app.pages.common.callers import member
from app.pages.common.forms import REFUSED, Checked, answer, carry_out
from app.pages.common.time_zones import zone
from app.pages.common.values import written_percents
from app.pages.common.words import audience_words
from app.pages.common.words.refusal_words import why_not_of
from app.pages.common.words.waits import rise_ahead
from app.pages.experiments import duration
from app.results import past
from app.results.words import figures

blueprint = Blueprint("traffic", __name__)

ONCE_RESUMED = "once it is resumed"


def _checked(text: str) -> int:
    return basis_points(text, "traffic_allocation")


class TrafficForm(FlaskForm):
    """The share that is to take part from now on."""

    traffic_allocation = StringField(
        "New share of its audience, in %",
        [Checked(_checked)],
        description="More than now, and at most 100.",
    )
    reason = TextAreaField("Why", description="For the history. It may be left empty.")
    seen = HiddenField()
    submit = SubmitField("Raise traffic")
    at_a_moment = SubmitField("At a moment")

    @property
    def request(self) -> RiseRequest:
        """Return what is asked for. Raises InvalidInput for what is no percentage."""
        share = _checked(self.traffic_allocation.data or "")
        seen = Precondition.of_tokens([self.seen.data or ""])
        return RiseRequest(share, self.reason.data or "", seen)


@dataclass(frozen=True)
class Present:
    """How many take part, and when; what a tenth more brings, "" if not known."""

    share: str
    when: str
    effect: str
    """When a larger share takes effect."""
    brings: str


@blueprint.route("/projects/<project_key>/experiments/<key>/traffic", methods=["GET", "POST"])
def show(project_key: str, key: str) -> ResponseReturnValue:
    """Ask for a larger share of all visitors, and let it take part."""
    caller = member(project_key, Role.MARKETER)
    experiment = lookup.by_key(caller.project_id, key)
    back = url_for("experiment.show", project_key=project_key, key=key)
    form = TrafficForm()
    if form.at_a_moment.data:
        wanted = form.traffic_allocation.data or None
        return redirect(url_for("schedule.show", project_key=project_key, key=key, raise_to=wanted))
    if rise := carry_out(form, lambda: _raised(caller, experiment, form)):
        flash(_said(experiment, rise))
        return redirect(back)
    subject = lookup.subject_by_public_id(caller.project_id, experiment.public_id)
    if refusal := why_not_of(lifecycle.require_raisable, subject):
        flash(refusal, REFUSED)
        return redirect(back)
    # Whoever sends it again has seen what is so now, and why it was not done.
    form.seen.data = token_of_version(subject.version)
    return answer(form, _page(caller, experiment, form, _present(caller, experiment, subject)))


def _page(caller: Caller, experiment: Experiment, form: TrafficForm, present: Present) -> str:
    return render_template(
        "experiments/traffic.html",
        caller=caller,
        experiment=experiment,
        form=form,
        present=present,
        forecast=url_for("duration.show", project_key=caller.project_key, key=experiment.key),
        duration=duration.of_request(caller, experiment),
        bar_width=duration.BAR_WIDTH,
        audience=_audience(experiment),
        rise_ahead=rise_ahead(experiment.test_id, zone()),
    )


def _audience(experiment: Experiment) -> str:
    """Return who may take part, in words; "" for everybody."""
    audience = conditions.read(designs.current(experiment.test_id).audience)
    return audience_words.in_words(audience) if audience else ""


def _raised(caller: Caller, experiment: Experiment, form: TrafficForm) -> Rise:
    actor = caller.actor(Door.BROWSER)
    return lifecycle.raise_traffic(caller.project_id, experiment.test_id, form.request, actor)


def _said(experiment: Experiment, rise: Rise) -> str:
    before, after = written_percents(rise.before), written_percents(rise.after)
    since = ONCE_RESUMED if rise.status is Status.STOPPED else "from now on"
    return (
        f"“{experiment.name}”: {after} % of its audience takes part {since}, {before} % did "
        "before. Those in it stay in it."
    )


def _present(caller: Caller, experiment: Experiment, subject: Subject) -> Present:
    is_paused = subject.status is Status.STOPPED
    return Present(
        written_percents(subject.traffic_allocation),
        f", {ONCE_RESUMED}" if is_paused else " now",
        ONCE_RESUMED if is_paused else "as soon as a pause would",
        # How many of the project's visitors are of an audience is not known for 28 days.
        "" if _audience(experiment) else _brings(caller, subject.traffic_allocation),
    )


def _brings(caller: Caller, share: int) -> str:
    daily = past.of(caller.project_id, "").daily
    if not daily:
        return ""
    now, more = (figures.whole(round(daily * part / WHOLE)) for part in (share, WHOLE // 10))
    return (
        f"By the visitors of the last 28 days that is about {now} a day, and each 10 % more "
        f"brings about {more} more a day."
    )
