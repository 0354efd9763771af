"""A project's members, for its owners; admins use the same form."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug import Response
from wtforms import EmailField, SelectField, SubmitField
from wtforms.validators import InputRequired

from app.accounts import members
from app.core.errors import InvalidInput
from app.models import Role
from app.pages.common.callers import member
from app.pages.common.forms import CreatingForm, Done, answer, choice, create, is_confirmed

blueprint = Blueprint("members", __name__)

ROLES = [
    choice("", "Choose a role"),
    choice(Role.VIEWER.value, "Viewer: looks"),
    choice(Role.MARKETER.value, "Marketer: creates, starts and pauses"),
    choice(Role.OWNER.value, "Owner: keys and members too"),
]


class MemberForm(CreatingForm):
    """Who becomes what."""

    email = EmailField("Email", [InputRequired("Enter an email.")])
    role = SelectField("Role", [InputRequired("Choose a role.")], choices=ROLES)
    submit = SubmitField("Add or change member")


@blueprint.route("/projects/<project_key>/members", methods=["GET", "POST"])
def show(project_key: str) -> ResponseReturnValue:
    """List the members; add one, or change a role."""
    caller = member(project_key, Role.OWNER)
    form = MemberForm()
    if changed := put(form, caller.project_id, url_for("members.show", project_key=project_key)):
        return changed
    listed = members.listed(caller.project_id)
    html = render_template("project/members.html", caller=caller, member_form=form, members=listed)
    return answer(form, html)


@blueprint.post("/projects/<project_key>/members/<int(max=2147483647):user_id>/remove")
def remove(project_key: str, user_id: int) -> ResponseReturnValue:
    """End a membership."""
    caller = member(project_key, Role.OWNER)
    if is_confirmed():
        try:
            members.remove(caller.project_id, user_id)
        except InvalidInput as error:
            flash(str(error))
        else:
            flash("The member is removed.")
    return redirect(url_for("members.show", project_key=project_key))


def put(form: MemberForm, project_id: int, address: str) -> Response | None:
    """Return the way to `address`, which says what came of a sent form.

    None when none was sent or it could not be carried out, with errors on it.
    """
    return create(form, lambda: _put(form, project_id, address))


def _put(form: MemberForm, project_id: int, address: str) -> Done:
    role = form.role.data
    email = members.put(project_id, form.email.data or "", Role(role))
    return Done(f"{email} is {role} now.", address)
