"""The Install page: what to paste where, and whether events arrive."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.sansio.utils import host_is_trusted
from wtforms import SubmitField, TextAreaField

from app.accounts import api_keys, members, networks, origins
from app.accounts.caller import Caller
from app.core.settings import LOOPBACK_HOSTS
from app.core.version_tokens import Condition, digest
from app.events import arrivals
from app.models import Door, KeyType, Role
from app.pages.common import fragments
from app.pages.common.callers import member
from app.pages.common.creating import Done, create_confirmed
from app.pages.common.forms import (
    Checked,
    Present,
    SeenForm,
    answer,
    carry_out,
    time_zone_field,
    unless_overtaken,
)
from app.pages.project import snippets
from app.pages.project.arrivals import Check, check
from app.pages.project.snippets import Snippet
from app.tenancy import projects

blueprint = Blueprint("install", __name__)

NAME_OF_KEY = "web pages"
NO_KEY = "sdk_client_..."


class OriginsForm(SeenForm):
    """The sites whose pages may use the client keys, one a line."""

    origins = TextAreaField(
        "Sites, one a line",
        [Checked(origins.checked_all)],
        description="Scheme and host, as https://shop.example; a port only where it is unusual.",
    )
    submit = SubmitField("Save sites")


class NetworksForm(SeenForm):
    """The networks of the project's own people, one a line."""

    networks = TextAreaField(
        "Your own networks, one a line",
        [Checked(networks.checked_all)],
        description="As 192.0.2.0/24, or an address. What pages send from there is not counted.",
    )
    save_networks = SubmitField("Save networks")


class TimeZoneForm(FlaskForm):
    """The zone that days begin by."""

    time_zone = time_zone_field()
    save_time_zone = SubmitField("Save the time zone")


class Forms(NamedTuple):
    """The forms of the page."""

    origins: OriginsForm
    networks: NetworksForm
    time_zone: TimeZoneForm


@blueprint.get("/projects/<project_key>/install")
def show(project_key: str) -> ResponseReturnValue:
    """Show the instructions, or their live region alone."""
    caller = member(project_key)
    found = check(arrivals.of_project(caller.project_id))
    version = digest(found)
    return fragments.unchanged(version) or fragments.shown(_shown(caller, found, version), version)


@blueprint.post("/projects/<project_key>/install/origins")
def change_origins(project_key: str) -> ResponseReturnValue:
    """List other sites."""
    caller, form = member(project_key, Role.OWNER), OriginsForm()

    def save() -> str:
        wanted, seen = origins.checked_all(form.origins.data or ""), _seen(form)
        actor = caller.actor(Door.BROWSER)
        unless_overtaken(
            form,
            lambda: origins.replace(caller.project_id, wanted, actor, seen),
            lambda: _present(origins.listed(caller.project_id), origins.token_of),
        )
        return "The sites are saved."

    return _answered(caller, form, save, _forms(caller)._replace(origins=form))


@blueprint.post("/projects/<project_key>/install/networks")
def change_networks(project_key: str) -> ResponseReturnValue:
    """List other networks."""
    caller, form = member(project_key, Role.OWNER), NetworksForm()

    def save() -> str:
        wanted, seen = networks.checked_all(form.networks.data or ""), _seen(form)
        actor = caller.actor(Door.BROWSER)
        unless_overtaken(
            form,
            lambda: networks.replace(caller.project_id, wanted, actor, seen),
            lambda: _present(networks.listed(caller.project_id), networks.token_of),
        )
        return "The networks are saved."

    return _answered(caller, form, save, _forms(caller)._replace(networks=form))


@blueprint.post("/projects/<project_key>/install/time-zone")
def change_time_zone(project_key: str) -> ResponseReturnValue:
    """Have days begin by another clock."""
    caller, form = member(project_key, Role.OWNER), TimeZoneForm()

    def save() -> str:
        zone = form.time_zone.data or ""
        projects.set_time_zone(caller.project_id, zone, caller.actor(Door.BROWSER))
        return f"Days of what is started from now on begin at midnight in {zone}."

    return _answered(caller, form, save, _forms(caller)._replace(time_zone=form))


def _seen(form: SeenForm) -> Condition:
    return Condition.seen([form.seen.data or ""])


def _present(listed: Sequence[str], token_of: Callable[[Sequence[str]], str]) -> Present:
    return Present(token_of(listed), ", ".join(listed) or "an empty list")


def _answered(
    caller: Caller, form: FlaskForm, save: Callable[[], str], forms: Forms
) -> ResponseReturnValue:
    """Save what a form says, tell it, and go on to the page; or show what is wrong with it."""
    if told := carry_out(form, save):
        flash(told)
        return redirect(url_for("install.show", project_key=caller.project_key))
    found = check(arrivals.of_project(caller.project_id))
    return answer(form, _page(caller, found, fragments.UNREAD, forms))


@blueprint.post("/projects/<project_key>/install/key")
def create_key(project_key: str) -> ResponseReturnValue:
    """Create a client key, where there is none that works."""
    caller = member(project_key, Role.OWNER)
    address = url_for("install.show", project_key=project_key)
    created = create_confirmed(lambda: _created(caller, address))
    return created or redirect(address)


def _created(caller: Caller, address: str) -> Done:
    if api_keys.client_key(caller.project_id) is None:
        actor = caller.actor(Door.BROWSER)
        api_keys.mint(caller.project_id, KeyType.CLIENT, NAME_OF_KEY, actor)
        return Done("The client key is created: it is in the script's tag below.", address)
    return Done("There is a client key already: it is in the script's tag below.", address)


def _shown(caller: Caller, found: Check, version: str) -> str:
    if fragments.is_wanted():
        return render_template(
            "project/_arrivals.html", caller=caller, check=found, version=version
        )
    return _page(caller, found, version, _forms(caller))


def _forms(caller: Caller) -> Forms:
    """Return the forms as what they change is now."""
    sites, own = origins.listed(caller.project_id), networks.listed(caller.project_id)
    time_zone = projects.by_key(caller.project_key).time_zone
    return Forms(
        OriginsForm(formdata=None, origins="\n".join(sites), seen=origins.token_of(sites)),
        NetworksForm(formdata=None, networks="\n".join(own), seen=networks.token_of(own)),
        TimeZoneForm(formdata=None, time_zone=time_zone),
    )


def _page(caller: Caller, found: Check, version: str, forms: Forms) -> str:
    client_key = api_keys.client_key(caller.project_id)
    example = snippets.example(caller.project_id)
    return render_template(
        "project/install.html",
        caller=caller,
        check=found,
        version=version,
        form=forms.origins,
        networks_form=forms.networks,
        time_zone_form=forms.time_zone,
        client_key=client_key,
        owners=_owners(caller.project_id),
        origins=origins.listed(caller.project_id),
        networks=networks.listed(caller.project_id),
        example=example,
        snippets=_snippets(client_key or NO_KEY, example),
        is_address_known=_is_address_known(),
    )


def _snippets(client_key: str, example: snippets.Example) -> dict[str, Snippet]:
    address = request.host_url.rstrip("/")
    all_of_them = (
        snippets.tag(address, client_key),
        snippets.security_policy(address, client_key),
        snippets.fixed_tag(address, client_key),
        snippets.fixed_security_policy(address, client_key),
        snippets.variant(example),
        snippets.conversion(example),
        snippets.curl(address, client_key, example),
        snippets.python(address, client_key, example),
    )
    return {snippet.key: snippet for snippet in all_of_them}


def _is_address_known() -> bool:
    """Return whether the address asked for is the server's own, and not just what was asked for."""
    own_hosts = current_app.config["TRUSTED_HOSTS"]
    return own_hosts is not None or host_is_trusted(request.host, LOOPBACK_HOSTS)


def _owners(project_id: int) -> list[str]:
    listed = members.listed(project_id)
    return [membership.user.email for membership in listed if membership.role is Role.OWNER]
