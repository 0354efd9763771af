"""Requests for more slots, for admins: listed, granted, declined."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import Field, RadioField, SelectField, StringField, SubmitField

from app.core.validation import checked_reason
from app.models import Actor, now
from app.pages.admin import effects_words, plan_words
from app.pages.admin.effects_words import Question
from app.pages.admin.override_fields import OverrideFields
from app.pages.common.callers import acting_admin, admin
from app.pages.common.forms import Checked, answer, carry_out, choice, number
from app.pages.common.meters import meter
from app.pages.common.routes import BOTH
from app.pages.common.time_zones import in_field, zone
from app.pages.common.words.labels import BADGES
from app.tenancy import plans, slot_answers, slot_requests
from app.tenancy.agreements import Consent, Effects, NotAgreed
from app.tenancy.slot_requests import OpenRequest

blueprint = Blueprint("admin_requests", __name__, url_prefix="/admin/requests")

OVERRIDE, PLAN, DECLINE = "override", "plan", "decline"
WAYS = {
    OVERRIDE: "Give the project another limit until a date",
    PLAN: "Put the project on another plan",
    DECLINE: "Decline",
}
OFFERED_FOR = timedelta(days=30)


class AnswerForm(OverrideFields):
    """What becomes of a request, and what whoever asked is told."""

    way = RadioField(
        "What becomes of it", choices=[choice(value, words) for value, words in WAYS.items()]
    )
    plan = SelectField("Plan", coerce=number)
    answer = StringField(
        "Answer",
        [Checked(lambda text: checked_reason(text, "answer"))],
        description="They see it where they asked. It is also the reason of another limit.",
    )
    submit = SubmitField("Answer")

    def validate_until(self, field: StringField) -> None:
        """Say what is wrong with the moment, where there is to be one."""
        if self.way.data == OVERRIDE:
            super().validate_until(field)


@dataclass(frozen=True)
class Way:
    """A way to answer: its button, its fields, and by the clock of which zone they are, if any."""

    option: Field
    fields: Sequence[Field]
    zone: str


@blueprint.app_context_processor
def head() -> dict[str, Callable[[], int]]:
    """Show how many requests are open, for the head of every page; it asks when an admin looks."""
    return {"open_requests": slot_requests.count}


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the open requests, the oldest first."""
    admin()
    listed = [(each.request, meter(each.slots), _state(each)) for each in slot_requests.listed()]
    return render_template(
        "admin/requests.html", requests=listed, is_cut=slot_requests.count() > len(listed)
    )


@blueprint.route("/<number:request_id>", methods=BOTH)
def answer_one(request_id: int) -> ResponseReturnValue:
    """Grant a request or decline it; what granting would start is asked about first."""
    actor, agreed = acting_admin(), effects_words.agreed()
    asked = slot_requests.open_one(request_id)
    form, name = _form(asked), asked.request.project.name
    try:
        effects = carry_out(form, lambda: _answered(form, request_id, actor, agreed))
    except NotAgreed as not_agreed:
        question = effects_words.question(not_agreed, f"Granted, “{name}”", "Grant it")
        return _render(request_id, form, question)
    if effects is None:
        return answer(form, _render(request_id, form))
    is_granted = form.way.data != DECLINE
    flash(f"The request is {'granted' if is_granted else 'declined'}.{effects_words.told(effects)}")
    return redirect(url_for("admin_requests.show"))


def _answered(form: AnswerForm, request_id: int, actor: Actor, agreed: Consent) -> Effects:
    said, way = form.answer.data or "", form.way.data
    if way == PLAN:
        return slot_answers.grant_plan(request_id, form.plan.data, said, actor, agreed)
    if way == OVERRIDE:
        limit, until = form.experiments_running.data, form.moment
        return slot_answers.grant_override(request_id, limit, until, said, actor, agreed)
    slot_answers.decline(request_id, said, actor)
    return Effects()


def _form(asked: OpenRequest) -> AnswerForm:
    """Return the form, which offers one slot more for a month."""
    where, limit = zone(), asked.slots.limit
    form = AnswerForm(
        data={
            "way": OVERRIDE,
            "plan": asked.request.project.plan_code,
            "experiments_running": None if limit is None else max(limit, asked.slots.running) + 1,
            "until": in_field(now() + OFFERED_FOR, where),
            "time_zone": where.key,
        }
    )
    offered = plans.offered(asked.request.project.plan_code)
    form.plan.choices = [choice(plan.code, plan_words.offered(plan)) for plan in offered]
    return form


def _render(request_id: int, form: AnswerForm, question: Question | None = None) -> str:
    # Read again: what was tried and taken back has been forgotten.
    asked = slot_requests.open_one(request_id)
    return render_template(
        "admin/request.html",
        request_=asked.request,
        meter=meter(asked.slots),
        state=_state(asked),
        form=form,
        ways=_ways(form),
        question=question,
    )


def _ways(form: AnswerForm) -> list[Way]:
    """Return the ways to answer, in the order of the form's choices."""
    fields = {OVERRIDE: (form.experiments_running, form.until), PLAN: (form.plan,)}
    zones = {OVERRIDE: form.zone.key}
    return [
        Way(option, fields.get(option.data, ()), zones.get(option.data, "")) for option in form.way
    ]


def _state(asked: OpenRequest) -> str:
    """Return what has become of the experiment since."""
    if asked.is_queued:
        return "Waits in the queue"
    return f"{BADGES[asked.request.experiment.status].word} now, not in the queue"
