"""What somebody is mailed: of each of their projects, at once, in a daily summary, or not.

An admin also chooses of those that they are no member of.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectField, SubmitField

from app.accounts import people
from app.models import AnnouncementKind, How, Project, Role
from app.notifications.kinds import TOLD
from app.notifications.mail import choices
from app.notifications.mail.choices import Choices
from app.notifications.mail.sorting import SUMMARY_AT
from app.notifications.mail.stopping import AS_ADMIN
from app.pages.common.callers import admin, member, signed_in
from app.pages.common.forms import answer, carry_out, choice
from app.pages.common.routes import BOTH
from app.web.settings import mail_terms

blueprint = Blueprint("notifications", __name__)

HOW = {How.AT_ONCE: "At once", How.DAILY: "In the daily summary", How.OFF: "Not"}


class ChoicesForm(FlaskForm):
    """How to be told of each kind; `_form` adds a field for each of them."""

    submit = SubmitField("Save")

    @property
    def kinds(self) -> list[AnnouncementKind]:
        """Return of which kinds it asks."""
        return [kind for kind in TOLD if kind.value in self]

    @property
    def choices_made(self) -> Choices:
        """Return what was chosen."""
        return {kind: How(self[kind.value].data) for kind in self.kinds}


@dataclass(frozen=True)
class Row:
    """What the page lists by its `name`: how many kinds somebody is told of, and how.

    At `address` they choose.
    """

    name: str
    address: str
    at_once: int
    daily: int


@blueprint.get("/account/notifications")
def show() -> ResponseReturnValue:
    """List somebody's projects, with how much they are told of each, and of others as an admin."""
    user = signed_in()
    rows = [
        _of_project(user.id, project, role)
        for project, role in people.memberships(user.id)
        if project.retired_at is None
    ]
    if user.is_admin:
        address = url_for("notifications.choose_as_admin")
        rows.append(_row("Other projects, as an admin", address, choices.of_admin(user.id)))
    return render_template(
        "account/notifications.html", rows=rows, sends_mails=mail_terms() is not None
    )


@blueprint.route("/account/notifications/<project_key>", methods=BOTH)
def choose(project_key: str) -> ResponseReturnValue:
    """Choose how to be told of each kind of thing that happens in a project."""
    caller, user_id = member(project_key), signed_in().id
    chosen = choices.of(user_id, caller.project_id, caller.role)
    return _choose(
        caller.project_name,
        chosen,
        lambda made: choices.save(user_id, caller.project_id, made),
    )


@blueprint.route("/admin/notifications", methods=BOTH)
def choose_as_admin() -> ResponseReturnValue:
    """Choose how to be told, as an admin, in projects of which one is no member."""
    user_id = admin().id
    return _choose(
        AS_ADMIN,
        choices.of_admin(user_id),
        lambda made: choices.save_of_admin(user_id, made),
    )


def _of_project(user_id: int, project: Project, role: Role) -> Row:
    address = url_for("notifications.choose", project_key=project.key)
    return _row(project.name, address, choices.of(user_id, project.id, role))


def _row(name: str, address: str, chosen: Choices) -> Row:
    made = list(chosen.values())
    return Row(name, address, made.count(How.AT_ONCE), made.count(How.DAILY))


def _choose(of: str, chosen: Choices, save: Callable[[Choices], None]) -> ResponseReturnValue:
    form = _form(chosen)
    if carry_out(form, lambda: _saved(form, save)):
        flash(f"Saved: what you are mailed of {of}.")
        return redirect(url_for("notifications.show"))
    return answer(form, _page(of, form))


def _form(chosen: Choices) -> ChoicesForm:
    """Return a form that asks of the kinds that somebody may choose, as they have chosen."""
    asking = type("ChoicesForm", (ChoicesForm,), {kind.value: _field(kind) for kind in chosen})
    return asking(data={kind.value: how.value for kind, how in chosen.items()})


def _field(kind: AnnouncementKind) -> SelectField:
    return SelectField(
        TOLD[kind].to_member, choices=[choice(how.value, words) for how, words in HOW.items()]
    )


def _saved(form: ChoicesForm, save: Callable[[Choices], None]) -> bool:
    save(form.choices_made)
    return True


def _page(of: str, form: ChoicesForm) -> str:
    return render_template(
        "account/notification_choices.html",
        of=of,
        form=form,
        fields=[form[kind.value] for kind in form.kinds],
        summary_at=f"{SUMMARY_AT:%H:%M}",
        sends_mails=mail_terms() is not None,
    )
