"""A project's API keys, for its owners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Field, SelectField, SelectMultipleField, StringField, SubmitField
from wtforms.validators import InputRequired, ValidationError
from wtforms.widgets import CheckboxInput

from app.accounts import api_keys, key_rights, members, rotation
from app.accounts.caller import Caller
from app.core.validation import checked_name
from app.database.rows.answered_requests import Outcome
from app.models import ApiKey, Door, KeyType, Role, Scope, in_order
from app.pages.common.callers import member
from app.pages.common.creating import once
from app.pages.common.forms import (
    Checked,
    CreatingForm,
    answer,
    carry_out,
    choice,
    confirmed,
    number,
)
from app.pages.common.words.labels import KEY_TYPES, SCOPES
from app.pages.common.words.phrases import named
from app.pages.project import handover_words
from app.tenancy import access_changes

blueprint = Blueprint("keys", __name__)

LIFETIMES = [
    choice("", "Never"),
    choice("30", "In 30 days"),
    choice("90", "In 90 days"),
    choice("365", "In a year"),
]
OVERLAPS = [
    choice(0, "At once"),
    choice(1, "In an hour"),
    choice(24, "In a day"),
    choice(24 * 7, "In a week"),
    choice(24 * 30, "In 30 days"),
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
    scopes = SelectMultipleField(
        "An admin key may",
        choices=[choice(scope.value, words) for scope, words in SCOPES.items()],
        default=[scope.value for scope in Scope],
        option_widget=CheckboxInput(),
    )
    lifetime = SelectField("Expires", choices=LIFETIMES)
    submit = SubmitField("Create key")

    def validate_scopes(self, field: Field) -> None:
        """Raise ValidationError for an admin key that would open nothing."""
        if self.type.data == KeyType.ADMIN and not field.data:
            raise ValidationError("Tick at least one.")

    @property
    def limit(self) -> frozenset[Scope] | None:
        """Return what an admin key is limited to, None where all is ticked."""
        ticked = frozenset(map(Scope, self.scopes.data or ()))
        return None if self.type.data != KeyType.ADMIN or ticked == api_keys.ALL else ticked


class RotateForm(CreatingForm):
    """The form that gives a key a new token."""

    makes_another = False

    overlap = SelectField("The present token ends", choices=OVERLAPS, default=24, coerce=number)
    submit = SubmitField("Rotate the key")


@dataclass(frozen=True)
class Made:
    """A new key, as the page shows it this once; a rotated one with when the one before ends."""

    token: str
    name: str
    is_public: bool
    ends_at: datetime | None = None


@blueprint.route("/projects/<project_key>/keys", methods=["GET", "POST"])
def show(project_key: str) -> ResponseReturnValue:
    """List the keys; mint one, and show its token this once."""
    caller = member(project_key, Role.OWNER)
    form = KeyForm()
    made = carry_out(form, lambda: once(form, lambda: _minted(caller, form), _kept))
    if made:
        form = KeyForm(formdata=None)
    return answer(form, _page(caller, form, made))


@blueprint.route("/projects/<project_key>/keys/<number:key_id>/rotate", methods=["GET", "POST"])
def rotate(project_key: str, key_id: int) -> ResponseReturnValue:
    """Ask when the present token of a key ends; give it a new one, and show that this once."""
    caller = member(project_key, Role.OWNER)
    key, form = api_keys.one(caller.project_id, key_id), RotateForm()
    made = carry_out(form, lambda: once(form, lambda: _rotated(caller, form, key_id), _kept))
    if made:
        return _page(caller, KeyForm(formdata=None), made)
    return answer(
        form, render_template("project/rotate_key.html", caller=caller, form=form, key=key)
    )


@blueprint.post("/projects/<project_key>/keys/<number:key_id>/revoke")
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
    """The state of a key, for its row: a word, its moment, and what limits it otherwise.

    One that `works` can be revoked still.
    """

    word: str
    works: bool
    moment: datetime | None
    limit: str = ""


@dataclass(frozen=True)
class Row:
    """A key, as the page lists it; `made_by` is "" where nobody knows.

    One that `has_old_token` took the place of another, which works still.
    """

    key: ApiKey
    made_by: str
    may: str
    unused: str
    state: State
    can_be_rotated: bool
    has_old_token: bool


def _page(caller: Caller, form: KeyForm, made: Outcome[Made] | None) -> str:
    keys = api_keys.listed(caller.project_id)
    return render_template(
        "project/keys.html",
        caller=caller,
        form=form,
        made=made,
        rows=_rows(keys, caller),
        planned=handover_words.by_holder(access_changes.planned_by_keys(caller.project_id)),
        starts_choices=handover_words.CHOICES,
    )


def _rows(keys: Sequence[ApiKey], caller: Caller) -> list[Row]:
    roles = {each.user_id: each.role for each in members.listed(caller.project_id)}
    replaced = {key.replaces_id for key in keys}
    working = {key.id for key in keys if api_keys.works(key)}
    return [
        Row(
            key,
            named(None if key.parent else key.made_by, key.parent, caller.user_id),
            _may(key),
            UNUSED[key.type],
            _state(key, roles, is_replaced=key.id in replaced),
            can_be_rotated=not rotation.closed_because(key, is_replaced=key.id in replaced),
            has_old_token=key.replaces_id in working,
        )
        for key in keys
    ]


def _may(key: ApiKey) -> str:
    if key.type is not KeyType.ADMIN:
        return ""
    if key.scopes is None:
        return "may do everything"
    return f"may {', '.join(in_order(key.scopes))}"


def _state(key: ApiKey, roles: Mapping[int, Role], *, is_replaced: bool) -> State:
    if key.revoked_at:
        return State("Revoked", works=False, moment=key.revoked_at)
    if not api_keys.works(key):
        word = "Rotated" if is_replaced else "Expired"
        return State(word, works=False, moment=key.expires_at)
    role = _makers_role(key, roles)
    if role is None:
        return State("Opens nothing", works=True, moment=None, limit="who made it has left")
    limit = "" if role is Role.OWNER else f"no more than who made it: {role}"
    if is_replaced:
        return State("Rotated, works until", works=True, moment=key.expires_at, limit=limit)
    word = "Works until" if key.expires_at else "Works"
    return State(word, works=True, moment=key.expires_at, limit=limit)


def _makers_role(key: ApiKey, roles: Mapping[int, Role]) -> Role | None:
    """Return the role that a key has of whoever made it, None where they have left."""
    if key.type is not KeyType.ADMIN:
        return Role.OWNER
    maker = key.made_by_id
    return key_rights.role_by_maker(maker, None if maker is None else roles.get(maker))


def _minted(caller: Caller, form: KeyForm) -> Made:
    name, actor = form.name.data or "", caller.actor(Door.BROWSER)
    key_type, lifetime = KeyType(form.type.data), _lifetime(form)
    minted = api_keys.mint(caller.project_id, key_type, name, actor, lifetime, form.limit)
    return Made(minted.token, minted.key.name, minted.key.public_token is not None)


def _rotated(caller: Caller, form: RotateForm, key_id: int) -> Made:
    actor, overlap = caller.actor(Door.BROWSER), timedelta(hours=form.overlap.data)
    rotated = access_changes.rotate_key(caller.project_id, key_id, actor, overlap)
    is_public = rotated.key.public_token is not None
    return Made(rotated.token, rotated.key.name, is_public, rotated.ends_at)


def _kept(made: Made) -> object:
    """Return what is kept of a key: not the token, which is shown once."""
    way = "rotated" if made.ends_at else "created"
    return {
        "name": made.name,
        "is_public": made.is_public,
        "way": way,
        "sentence": f"the key “{made.name}” was {'made' if way == 'created' else way}.",
    }


def _lifetime(form: KeyForm) -> timedelta | None:
    return timedelta(days=int(form.lifetime.data)) if form.lifetime.data else None
