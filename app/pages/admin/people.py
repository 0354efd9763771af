"""People, for admins: found, invited, made admins, let go."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, RadioField, StringField, SubmitField
from wtforms.validators import InputRequired, Optional

from app.accounts import members, password_links, people
from app.core.validation import checked_email, legible
from app.models import Project, Role
from app.notifications.mail import password_mails
from app.pages.admin import departure_words
from app.pages.common.callers import acting_admin, admin
from app.pages.common.forms import Checked, answer, carry_out, choice, confirmed
from app.pages.common.routes import BOTH
from app.pages.common.words.phrases import quoted
from app.pages.project import handover_words
from app.tenancy import departures
from app.tenancy.access_changes import NOTHING
from app.tenancy.departures import KeysChoice, Left
from app.web.settings import mail_terms

blueprint = Blueprint("admin_people", __name__, url_prefix="/admin/people")
ONE = "/<number:user_id>"
MOST_NAMED = 3
"""How many projects of each person the list names."""


class InviteForm(FlaskForm):
    """Who is to sign in here."""

    email = EmailField("Email", [InputRequired("Enter an email."), Checked(checked_email)])
    is_admin = BooleanField("May manage plans, projects and people")
    submit = SubmitField("Invite")


class DeactivateForm(FlaskForm):
    """What becomes of what is somebody's."""

    starts = RadioField(
        choices=[choice(value, words) for value, words in handover_words.CHOICES.items()],
        validate_choice=False,
    )
    serving_keys = RadioField(
        "What becomes of the keys of sites and servers?",
        choices=[choice(value, words) for value, words in departure_words.KEYS.items()],
        default=KeysChoice.KEEP,
        validate_choice=False,
    )
    successor = StringField(
        "Who takes over what they own",
        [Optional(), Checked(members.known)],
        description=(
            "An email, needed where nobody else owns a project. "
            "Left empty, their experiments have no owner."
        ),
    )
    submit = SubmitField("Deactivate")


@blueprint.get("")
def list_people() -> ResponseReturnValue:
    """List people, those with a text in their e-mail."""
    admin()
    q = request.args.get("q", "").strip()
    page = people.listed(q, request.args.get("after", ""))
    theirs = people.memberships_of([each.id for each in page.people])
    roles = {user_id: _roles(each) for user_id, each in theirs.items()}
    return render_template("admin/people/list.html", page=page, roles=roles, q=q)


def _roles(memberships: Sequence[tuple[Project, Role]]) -> str:
    """Return in which projects somebody is what, the first three: "Bakery (owner) and 4 more"."""
    named = [f"{project.name} ({role})" for project, role in memberships[:MOST_NAMED]]
    more = len(memberships) - len(named)
    return f"{', '.join(named)} and {more} more" if more else ", ".join(named)


@blueprint.route("/invite", methods=["GET", "POST"])
def invite() -> ResponseReturnValue:
    """Add somebody, and show once the link by which they choose a password."""
    actor = acting_admin()
    form = InviteForm()
    email, is_admin = form.email.data or "", bool(form.is_admin.data)
    made = carry_out(form, lambda: password_links.invite(email, actor, is_admin=is_admin))
    if made:
        return _link(made)
    return answer(form, render_template("admin/people/invite.html", form=form))


@blueprint.get(ONE)
def show(user_id: int) -> ResponseReturnValue:
    """Show what somebody has, and what can be done about it."""
    actor, person = acting_admin(), people.one(user_id)
    return render_template(
        "admin/people/show.html",
        person=person,
        left=departures.overview(user_id),
        quoted=quoted,
        parts=handover_words.parts,
        is_own=user_id == actor.user_id,
    )


@blueprint.post(f"{ONE}/link")
def make_link(user_id: int) -> ResponseReturnValue:
    """Make a link by which somebody chooses another password, and show it once."""
    actor = acting_admin()
    made = confirmed(lambda: password_links.make(user_id, actor))
    return _link(made) if made else _back(user_id)


@blueprint.post(f"{ONE}/make-admin")
def make_admin(user_id: int) -> ResponseReturnValue:
    """Make somebody an admin."""
    return _set_admin(user_id, "an admin now", is_admin=True)


@blueprint.post(f"{ONE}/unmake-admin")
def unmake_admin(user_id: int) -> ResponseReturnValue:
    """Make somebody no admin any more."""
    return _set_admin(user_id, "no admin any more", is_admin=False)


@blueprint.route(f"{ONE}/deactivate", methods=BOTH)
def deactivate(user_id: int) -> ResponseReturnValue:
    """List what is somebody's, ask what becomes of it, and end all of their access."""
    actor, person, left = acting_admin(), people.one(user_id), departures.overview(user_id)
    if person.deactivated_at:
        return _back(user_id)
    form = DeactivateForm()
    starts = handover_words.decided(request.form)
    keys = departure_words.decided_keys(form.serving_keys.data)
    successor = (form.successor.data or "").strip()
    done = carry_out(form, lambda: departures.deactivate(user_id, actor, starts, successor, keys))
    if done is not None:
        flash(departure_words.told(person.email, done, starts, successor, keys))
        return _back(user_id)
    return answer(form, _question(form, person, left))


@blueprint.post(f"{ONE}/reactivate")
def reactivate(user_id: int) -> ResponseReturnValue:
    """Let somebody sign in again, in no project yet, by a link to choose a password."""
    actor = acting_admin()
    email = confirmed(lambda: departures.reactivate(user_id, actor))
    if email:
        flash(f"{email} may sign in again: make a link for them to choose a password.")
    return _back(user_id)


def _set_admin(user_id: int, became: str, *, is_admin: bool) -> ResponseReturnValue:
    actor = acting_admin()
    email = confirmed(lambda: people.set_admin(user_id, actor, is_admin=is_admin))
    if email:
        flash(f"{email} is {became}.")
    # Whoever is no admin any more by their own hand does not see the pages of people.
    is_out = email and user_id == actor.user_id and not is_admin
    return redirect(url_for("projects.show")) if is_out else _back(user_id)


def _question(form: DeactivateForm, person: people.Listed, left: list[Left]) -> str:
    return render_template(
        "admin/people/deactivate.html",
        form=form,
        person=person,
        left=left,
        planned=sum((each.planned for each in left), NOTHING),
        owns=any(each.owned or each.is_last_owner for each in left),
        serving_keys=quoted([name for each in left for name in each.serving_keys]),
        quoted=quoted,
        parts=handover_words.parts,
        starts_choices=handover_words.CHOICES,
    )


def _link(made: password_links.Made) -> str:
    """Return the page that shows a link, which is mailed where there is a server for that."""
    terms = mail_terms()
    return render_template(
        "admin/people/link.html",
        made=made,
        address=url_for("password_link.choose", token=made.token, _external=True),
        sends_mails=terms is not None,
        fault=legible(password_mails.send(made, terms)) if terms else "",
    )


def _back(user_id: int) -> ResponseReturnValue:
    return redirect(url_for("admin_people.show", user_id=user_id))
