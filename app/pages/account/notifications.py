"""What somebody is mailed: of each of their projects, at once, in a daily summary, or not."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectField, SubmitField

from app.accounts import people
from app.accounts.caller import Caller
from app.models import How, Project, Role
from app.notifications.kinds import TOLD
from app.notifications.mail import choices
from app.notifications.mail.choices import Choices
from app.notifications.mail.sorting import SUMMARY_AT
from app.pages.common.callers import member, signed_in
from app.pages.common.forms import answer, carry_out, choice
from app.pages.common.routes import BOTH
from app.web.settings import mail_terms

blueprint = Blueprint("notifications", __name__)

HOW = {How.AT_ONCE: "At once", How.DAILY: "In the daily summary", How.OFF: "Not"}


class ChoicesForm(FlaskForm):
    """How to be told of each kind; a field for each of them is added below."""

    submit = SubmitField("Save")

    @property
    def choices_made(self) -> Choices:
        """Return what was chosen."""
        return {kind: How(self[kind.value].data) for kind in TOLD}


for _kind, _told in TOLD.items():
    _options = [choice(how.value, words) for how, words in HOW.items()]
    setattr(ChoicesForm, _kind.value, SelectField(_told.to_member, choices=_options))


@dataclass(frozen=True)
class Row:
    """A project, as the page lists it: how many kinds somebody is told of, and how."""

    project: Project
    at_once: int
    daily: int


@blueprint.get("/account/notifications")
def show() -> ResponseReturnValue:
    """List somebody's projects, with how much they are told of each."""
    user = signed_in()
    rows = [
        _row(user.id, project, role)
        for project, role in people.memberships(user.id)
        if project.retired_at is None
    ]
    return render_template(
        "account/notifications.html", rows=rows, sends_mails=mail_terms() is not None
    )


@blueprint.route("/account/notifications/<project_key>", methods=BOTH)
def choose(project_key: str) -> ResponseReturnValue:
    """Choose how to be told of each kind of thing that happens in a project."""
    caller, user_id = member(project_key), signed_in().id
    chosen = choices.of(user_id, caller.project_id, caller.role)
    form = ChoicesForm(data={kind.value: how.value for kind, how in chosen.items()})
    saved = carry_out(form, lambda: _save(user_id, caller, form))
    if saved:
        flash(f"Saved: what you are mailed of {caller.project_name}.")
        return redirect(url_for("notifications.show"))
    return answer(form, _page(caller, form))


def _row(user_id: int, project: Project, role: Role) -> Row:
    chosen = list(choices.of(user_id, project.id, role).values())
    return Row(project, chosen.count(How.AT_ONCE), chosen.count(How.DAILY))


def _save(user_id: int, caller: Caller, form: ChoicesForm) -> Choices:
    choices.save(user_id, caller.project_id, form.choices_made)
    return form.choices_made


def _page(caller: Caller, form: ChoicesForm) -> str:
    return render_template(
        "account/notification_choices.html",
        caller=caller,
        form=form,
        fields=[form[kind.value] for kind in TOLD],
        summary_at=f"{SUMMARY_AT:%H:%M}",
        sends_mails=mail_terms() is not None,
    )
