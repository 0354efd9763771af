"""A project's API keys, for its owners."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField, StringField, SubmitField
from wtforms.validators import InputRequired

from app.accounts import api_keys
from app.accounts.api_keys import Minted
from app.accounts.caller import Caller
from app.core.validation import checked_name
from app.models import ApiKey, Door, KeyType, Role
from app.pages.common.callers import member
from app.pages.common.creating import once
from app.pages.common.forms import Checked, CreatingForm, answer, carry_out, choice, confirmed
from app.pages.common.words import KEY_TYPES
from app.pages.project import handover_words
from app.tenancy import access_changes

blueprint = Blueprint("keys", __name__)

LIFETIMES = [
    choice("", "Never"),
    choice("30", "In 30 days"),
    choice("90", "In 90 days"),
    choice("365", "In a year"),
]


class KeyForm(CreatingForm):
    """The form that mints a key."""

    name = StringField(
        "Name",
        [InputRequired("Give it a name."), Checked(checked_name)],
        description="Who uses it, as “nightly job”. History shows it.",
    )
    type = SelectField(
        "For", choices=[choice(kind.value, words) for kind, words in KEY_TYPES.items()]
    )
    lifetime = SelectField("Expires", choices=LIFETIMES)
    submit = SubmitField("Create key")


@blueprint.route("/projects/<project_key>/keys", methods=["GET", "POST"])
def show(project_key: str) -> ResponseReturnValue:
    """List the keys; mint one, and show its token this once."""
    caller = member(project_key, Role.OWNER)
    form = KeyForm()
    made = carry_out(form, lambda: once(form, lambda: _minted(caller, form), _named))
    if made:
        form = KeyForm(formdata=None)
    keys = [(key, _state(key), UNUSED[key.type]) for key in api_keys.listed(caller.project_id)]
    html = render_template(
        "project/keys.html",
        caller=caller,
        form=form,
        made=made,
        keys=keys,
        planned=handover_words.by_holder(access_changes.planned_by_keys(caller.project_id)),
        starts_choices=handover_words.CHOICES,
    )
    return answer(form, html)


@blueprint.post("/projects/<project_key>/keys/<int(max=2147483647):key_id>/revoke")
def revoke(project_key: str, key_id: int) -> ResponseReturnValue:
    """Revoke a key, and hand over or drop what it has planned."""
    caller = member(project_key, Role.OWNER)
    starts, actor = handover_words.decided(request.form), caller.actor(Door.BROWSER)
    planned = confirmed(lambda: access_changes.revoke_key(caller.project_id, key_id, actor, starts))
    if planned is not None:
        what_else = handover_words.ended(planned, starts)
        flash(f"The key is revoked: from now on it is refused.{what_else}")
    return redirect(url_for("keys.show", project_key=project_key))


UNUSED = {KeyType.ADMIN: "never", KeyType.SERVER: "no events yet", KeyType.CLIENT: "no events yet"}


@dataclass(frozen=True)
class State:
    """The state of a key, for its row: a word, and the moment that belongs to it."""

    word: str
    works: bool
    moment: datetime | None


def _state(key: ApiKey) -> State:
    if key.revoked_at:
        return State("Revoked", works=False, moment=key.revoked_at)
    if not api_keys.works(key):
        return State("Expired", works=False, moment=key.expires_at)
    return State("Works until" if key.expires_at else "Works", works=True, moment=key.expires_at)


def _minted(caller: Caller, form: KeyForm) -> Minted:
    name, actor = form.name.data or "", caller.actor(Door.BROWSER)
    return api_keys.mint(caller.project_id, KeyType(form.type.data), name, actor, _lifetime(form))


def _named(minted: Minted) -> object:
    """Return what is kept of a key: not the token, which is shown once."""
    name = minted.key.name
    return {
        "name": name,
        "is_public": minted.key.public_token is not None,
        "sentence": f"the key “{name}” was made.",
    }


def _lifetime(form: KeyForm) -> timedelta | None:
    return timedelta(days=int(form.lifetime.data)) if form.lifetime.data else None
