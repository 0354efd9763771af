"""A project's members: who manages them, and how one leaves; admins use the same form."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug import Response
from wtforms import EmailField, RadioField, SelectField, SubmitField
from wtforms.validators import InputRequired

from app.accounts import api_keys, members
from app.accounts.caller import Caller
from app.experiments import owners
from app.lifecycle import StartsUndecided
from app.models import Actor, Door, Membership, Role
from app.pages.common.callers import member
from app.pages.common.creating import Done, create
from app.pages.common.forms import Checked, CreatingForm, answer, choice, confirmed
from app.pages.common.words.phrases import quoted
from app.pages.project import handover_words
from app.tenancy import access_changes

blueprint = Blueprint("members", __name__)

A_ROLE = {Role.VIEWER: "a viewer", Role.MARKETER: "a marketer", Role.OWNER: "an owner"}
ROLES = [
    choice("", "Choose a role"),
    choice(Role.VIEWER.value, "Viewer: looks"),
    choice(Role.MARKETER.value, "Marketer: creates, starts and pauses"),
    choice(Role.OWNER.value, "Owner: keys and members too"),
]


class MemberForm(CreatingForm):
    """Who becomes what; what becomes of a new viewer's starts is asked where there are any.

    `planned` is what they have planned, where that is asked, and `is_own` whether it is the
    sender's own, which cannot be kept.
    """

    makes_another = False
    planned: handover_words.Planned | None = None
    is_own = False

    email = EmailField("Email", [InputRequired("Enter an email."), Checked(members.known)])
    role = SelectField("Role", [InputRequired("Choose a role.")], choices=ROLES)
    starts = RadioField(
        choices=[choice(value, words) for value, words in handover_words.CHOICES.items()],
        validate_choice=False,
    )
    submit = SubmitField("Add or change member")


@dataclass(frozen=True)
class Ending:
    """The end of a membership: its button, and what is asked before."""

    label: str
    question: str
    consequence: str
    is_own: bool
    planned: handover_words.Planned | None


@dataclass(frozen=True)
class Row:
    """A member, and how the reader can end the membership, None where they cannot.

    `why_not` says why nobody can.
    """

    membership: Membership
    ending: Ending | None = None
    why_not: str = ""


@dataclass(frozen=True)
class Reader:
    """Who reads the members of a project; owners and admins may remove others."""

    project_id: int
    project_name: str
    user_id: int | None
    may_remove: bool


@dataclass(frozen=True)
class Held:
    """What somebody has in a project: planned changes, keys and experiments, by name."""

    planned: handover_words.Planned | None
    keys: str
    owned: str


@blueprint.get("/projects/<project_key>/members")
def show(project_key: str) -> ResponseReturnValue:
    """List the members."""
    caller = member(project_key)
    return _page(caller, MemberForm() if caller.is_owner else None)


@blueprint.post("/projects/<project_key>/members")
def put_member(project_key: str) -> ResponseReturnValue:
    """Add a member, or change a role."""
    caller = member(project_key, Role.OWNER)
    form = MemberForm()
    address = url_for("members.show", project_key=project_key)
    stepped_down = url_for("project.show", project_key=project_key)
    if changed := put(form, caller.project_id, caller.actor(Door.BROWSER), address, stepped_down):
        return changed
    return answer(form, _page(caller, form))


@blueprint.post("/projects/<project_key>/members/<number:user_id>/remove")
def remove(project_key: str, user_id: int) -> ResponseReturnValue:
    """End a membership, and hand over or drop what they have planned; anybody may end their own."""
    caller = member(project_key)
    done = end(caller.project_id, caller.project_name, user_id, caller.actor(Door.BROWSER))
    if done and user_id == caller.user_id:
        return redirect(url_for("projects.show"))
    return redirect(url_for("members.show", project_key=project_key))


def end(project_id: int, project_name: str, user_id: int, actor: Actor) -> bool:
    """End a membership as a sent form says, and tell what came of it; return whether it ended."""
    starts, is_own = handover_words.decided(request.form), user_id == actor.user_id
    planned = confirmed(lambda: access_changes.remove_member(project_id, user_id, actor, starts))
    if planned is None:
        return False
    done = f"You have left “{project_name}”." if is_own else "The member is removed."
    flash(f"{done}{handover_words.ended(planned, starts, is_own=is_own)}")
    return True


def rows(reader: Reader) -> list[Row]:
    """Return the members of a project, and how a reader can end the membership of each."""
    listed = members.listed(reader.project_id)
    in_charge = [each for each in listed if each.role is Role.OWNER]
    planned = handover_words.by_holder(access_changes.planned_by_members(reader.project_id))
    keys, owned = _keys(reader.project_id), owners.owned_by_members(reader.project_id)
    return [
        Row(each, why_not="The only owner: it needs another first.")
        if in_charge == [each]
        else Row(
            each,
            _ending(
                reader,
                each,
                Held(
                    planned.get(each.user_id),
                    keys.get(each.user_id, ""),
                    quoted(owned.get(each.user_id, ())),
                ),
            ),
        )
        for each in listed
    ]


def _page(caller: Caller, form: MemberForm | None) -> str:
    reader = Reader(caller.project_id, caller.project_name, caller.user_id, caller.is_owner)
    return render_template(
        "project/members.html",
        caller=caller,
        member_form=form,
        rows=rows(reader),
        starts_choices=handover_words.CHOICES,
    )


def _ending(reader: Reader, membership: Membership, held: Held) -> Ending | None:
    """Return how a reader can end a membership: their own, and with the right to it anybody's."""
    is_own = membership.user_id == reader.user_id
    if not is_own and not reader.may_remove:
        return None
    you, them, again = ("You", "you", "An owner") if is_own else ("They", "them", "You")
    opening = f", and keys made by {them} open nothing: {held.keys}" if held.keys else ""
    owned = f" {you} stay named as the owner of {held.owned}." if held.owned else ""
    consequence = f"{you} no longer see this project{opening}.{owned} {again} can add {them} again."
    question = f"Leave “{reader.project_name}”?" if is_own else f"Remove {membership.user.email}?"
    label = "Leave project" if is_own else "Remove"
    return Ending(label, question, consequence, is_own, held.planned)


def put(
    form: MemberForm, project_id: int, actor: Actor, address: str, stepped_down: str = ""
) -> Response | None:
    """Return the way to `address`, which says what came of a sent form.

    To `stepped_down`, where there is one, for an owner who is none any more by their own hand. None
    when none was sent or it could not be carried out, with errors on it.
    """
    return create(
        form,
        lambda: _put(form, project_id, actor, address, stepped_down),
        lambda: members.role_of(project_id, form.email.data or "") == form.role.data,
    )


def _put(form: MemberForm, project_id: int, actor: Actor, address: str, stepped_down: str) -> Done:
    role, starts = Role(form.role.data), handover_words.decided(request.form)
    try:
        put = access_changes.put_member(project_id, form.email.data or "", role, actor, starts)
    except StartsUndecided as undecided:
        form.planned, form.is_own = handover_words.told(undecided.planned), undecided.is_own
        raise
    is_own = put.user_id == actor.user_id
    became = handover_words.ended(put.planned, starts, is_own=is_own)
    way = stepped_down if is_own and role is not Role.OWNER else ""
    keys = _keys(project_id).get(put.user_id) if role is Role.VIEWER else None
    only_read = f" Keys made by them only read now: {keys}." if keys else ""
    return Done(f"{put.email} is {A_ROLE[role]} now.{only_read}{became}", way or address)


def _keys(project_id: int) -> dict[int, str]:
    """Return the admin keys that each member has made, by name."""
    found = api_keys.names_by_maker(project_id).items()
    return {user_id: quoted(names) for user_id, names in found}
