"""The set-up page of an empty database: the first admin, plan and project, and the demo."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField, StringField, SubmitField
from wtforms.validators import EqualTo, InputRequired, Optional

from app.core.errors import InvalidInput
from app.core.validation import checked_email, checked_name
from app.demo import setup
from app.pages.account import password_fields
from app.pages.common.forms import Checked, WholeNumberField, answer, carry_out
from app.pages.common.time_zones import zone
from app.tenancy import first_start, plans
from app.tenancy.first_start import FirstStart
from app.web import set_up_code
from app.web.sessions import sessions

blueprint = Blueprint("set_up", __name__)


def _checked_code(typed: str) -> None:
    if not set_up_code.is_right(typed):
        raise InvalidInput("This is not the code in the server's log.")


class SetUpForm(FlaskForm):
    """The first admin, plan and project."""

    code = StringField(
        "Code",
        [InputRequired("Enter the code."), Checked(_checked_code)],
        description="The server has written it into its log.",
    )
    email = EmailField("Your email", [InputRequired("Enter your email."), Checked(checked_email)])
    new = password_fields.chosen("Password", "Enter a password.")
    again = PasswordField("Password, again", [EqualTo("new", "The two are not the same.")])
    project = StringField(
        "First project",
        [InputRequired("Give it a name."), Checked(checked_name)],
        description="A site whose visitors you split, as “Bakery”.",
    )
    plan = StringField(
        "Its plan", [InputRequired("Give it a name."), Checked(checked_name)], default="Team"
    )
    experiments_running = WholeNumberField(
        "Experiments live at once",
        [Optional(), Checked(plans.checked_limit)],
        default=2,
        description="In each project on this plan. Left empty, there is no limit.",
    )
    with_demo = BooleanField(
        "Load demo data too",
        description="Made-up projects to look round in. One press removes them later.",
    )
    submit = SubmitField("Set up and sign in")


@blueprint.route("/set-up", methods=["GET", "POST"])
def begin() -> ResponseReturnValue:
    """Ask for the code and for what there is to be first, and sign in."""
    if not first_start.is_open():
        return redirect(url_for("sign_in.sign_in"))
    set_up_code.tell()
    form = SetUpForm()
    device = request.user_agent.string
    also = [setup.add] if form.with_demo.data else []
    begun = carry_out(form, lambda: first_start.begin(_asked(form), device, *also))
    if begun:
        sessions.begin(begun)
        flash("Your server is set up, and you are signed in as its first admin.")
        return redirect(url_for("projects.show"))
    return answer(form, render_template("account/set_up.html", form=form))


def _asked(form: SetUpForm) -> FirstStart:
    return FirstStart(
        form.email.data or "",
        form.new.data or "",
        form.plan.data or "",
        form.experiments_running.data,
        form.project.data or "",
        zone().key,
    )
