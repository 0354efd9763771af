"""A link by which somebody chooses a password, and is signed in."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import PasswordField, SubmitField
from wtforms.validators import EqualTo

from app.accounts import password_links
from app.core.errors import InvalidInput
from app.pages.account import password_fields
from app.pages.common import polls
from app.pages.common.forms import REFUSED, answer, carry_out
from app.web.sessions import sessions

blueprint = Blueprint("password_link", __name__)


class ChoosePasswordForm(FlaskForm):
    """A password, twice."""

    new = password_fields.chosen("Password", "Enter a password.")
    again = PasswordField(
        "Password, again", [EqualTo("new", "The two passwords are not the same.")]
    )
    submit = SubmitField("Save and sign in")


@blueprint.route("/choose-password", methods=["GET", "POST"])
def choose() -> ResponseReturnValue:
    """Ask for a password, and sign in with it. The token is in the query, which no log has.

    A link that has ended leads to the sign-in page, which says so.
    """
    token, form = request.args.get("token", ""), ChoosePasswordForm()
    try:
        email = password_links.email_of(token)
    except InvalidInput as error:
        flash(str(error), REFUSED)
        return redirect(url_for("sign_in.sign_in"))
    device = request.user_agent.string
    begun = carry_out(form, lambda: password_links.use(token, form.new.data or "", device))
    if begun:
        sessions.begin(begun)
        polls.forget_callers()
        flash("Your password is saved, and you are signed in.")
        return redirect(url_for("projects.show"))
    return answer(form, render_template("account/choose_password.html", form=form, email=email))
