"""Signing in and out."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import EmailField, PasswordField, SubmitField
from wtforms.validators import InputRequired

from app.accounts import browser_sessions, sign_ins
from app.accounts.sign_ins import Attempt
from app.core.errors import TooManyRequests
from app.pages.common import polls
from app.pages.common.callers import signed_in
from app.pages.common.forms import PatientForm, answer, is_confirmed, wait_told
from app.tenancy import first_start
from app.web.sessions import known_devices, sessions
from app.web.settings import free_failures

blueprint = Blueprint("sign_in", __name__)


class SignInForm(PatientForm):
    """E-mail and password."""

    email = EmailField("Email", [InputRequired("Enter your email.")])
    password = PasswordField("Password", [InputRequired("Enter your password.")])
    submit = SubmitField("Sign in")


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Ask for e-mail and password, and lead on to where the visitor wanted to go."""
    following = _own_path(request.args.get("next", ""))
    if current_user.is_authenticated:
        return redirect(following)
    form = SignInForm()
    if not form.validate_on_submit():
        return answer(form, _page(form))
    try:
        begun = sign_ins.sign_in(_attempt(form), free_failures())
    except TooManyRequests as error:
        return wait_told(form, error, lambda: _page(form))
    if begun is None:
        form.form_errors.append("Email or password is wrong.")
        return _page(form), 401
    sessions.begin(begun)
    answer_ = make_response(redirect(following))
    known_devices.remember(answer_, begun.user.email)
    return answer_


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    user = signed_in()
    if is_confirmed():
        browser_sessions.end(user.id, user.session_id)
        polls.forget_callers()
        sessions.end()
    return redirect(url_for("sign_in.sign_in"))


def _attempt(form: SignInForm) -> Attempt:
    email = form.email.data or ""
    return Attempt(
        email,
        form.password.data or "",
        address=request.remote_addr or "",
        browser=request.user_agent.string,
        known_device=known_devices.known(email),
    )


def _page(form: SignInForm) -> str:
    return render_template("account/sign_in.html", form=form, nobody_signs_in=first_start.is_open())


def _own_path(address: str) -> str:
    """`address` if it is a path on this server, the start page otherwise."""
    is_path = address.startswith("/") and not address.startswith("//")
    if is_path and address.isprintable() and "\\" not in address:
        return address
    return url_for("projects.show")
