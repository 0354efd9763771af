"""One's own sign-in: a new password."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import PasswordField, SubmitField
from wtforms.validators import EqualTo, InputRequired

from app.accounts import passwords, users
from app.models import User
from app.pages.account import sign_in
from app.pages.common.callers import signed_in
from app.pages.common.forms import Checked, answer, carry_out
from app.web import rate_limits, sessions

blueprint = Blueprint("account", __name__)


class PasswordForm(FlaskForm):
    """The present password, and a new one twice."""

    present = PasswordField("Present password", [InputRequired("Enter your present password.")])
    new = PasswordField(
        "New password", [InputRequired("Enter a new password."), Checked(passwords.checked)]
    )
    again = PasswordField(
        "New password, again", [EqualTo("new", "The two new passwords are not the same.")]
    )
    submit = SubmitField("Change password")


@blueprint.route("/account", methods=["GET", "POST"])
def show() -> ResponseReturnValue:
    """Change the password; every other session of the user ends."""
    user = signed_in()
    form = PasswordForm()
    changed = carry_out(form, lambda: _change(user.id, form))
    if changed:
        sessions.begin(changed)
        flash("Your password is changed. Sessions on other devices have ended.")
        return redirect(url_for("account.show"))
    return answer(form, render_template("account/password.html", form=form))


def _change(user_id: int, form: PasswordForm) -> User:
    """Count the attempt, so that a session left open is no way to guess the password."""
    rate_limits.count(sign_in.BY_ACCOUNT, "password change", str(user_id))
    return users.change_password(user_id, form.present.data or "", form.new.data or "")
