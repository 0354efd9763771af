"""One's own sign-in: a new password, and where it is used."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import PasswordField, SubmitField
from wtforms.validators import EqualTo, InputRequired

from app.accounts import users
from app.accounts.browser_sessions import MOST_LISTED, Begun
from app.core.errors import TooManyRequests
from app.pages.account import password_fields
from app.pages.account.where import places
from app.pages.common import polls
from app.pages.common.callers import signed_in
from app.pages.common.forms import PatientForm, answer, carry_out, wait_told
from app.web.sessions import sessions
from app.web.sessions.sessions import SignedIn
from app.web.settings import free_failures

blueprint = Blueprint("account", __name__)


class PasswordForm(PatientForm):
    """The present password, and a new one twice."""

    present = PasswordField("Present password", [InputRequired("Enter your present password.")])
    new = password_fields.chosen("New password", "Enter a new password.")
    again = PasswordField(
        "New password, again", [EqualTo("new", "The two new passwords are not the same.")]
    )
    submit = SubmitField("Change password")


@blueprint.route("/account", methods=["GET", "POST"])
def show() -> ResponseReturnValue:
    """Change the password, which ends all other sessions of the user; list those there are."""
    user = signed_in()
    form = PasswordForm()
    try:
        changed = carry_out(form, lambda: _change(user.id, form))
    except TooManyRequests as error:
        return wait_told(form, error, lambda: _page(user, form))
    if changed:
        sessions.begin(changed)
        polls.forget_callers()
        flash("Your password is changed. Sessions on other devices have ended.")
        return redirect(url_for("account.show"))
    return answer(form, _page(user, form))


def _page(user: SignedIn, form: PasswordForm) -> str:
    return render_template(
        "account/password.html", form=form, places=places(user), most=MOST_LISTED
    )


def _change(user_id: int, form: PasswordForm) -> Begun:
    present, new = form.present.data or "", form.new.data or ""
    device = request.user_agent.string
    return users.change_password(user_id, present, new, device, free_failures())
