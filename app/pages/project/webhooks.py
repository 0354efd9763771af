"""A project's webhooks, for its owners: where events are sent, and what came of each."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.caller import Caller
from app.database.rows.answered_requests import Outcome
from app.models import AnnouncementKind, Door, Role, WebhookEndpoint
from app.notifications.webhooks import delivery_log, endpoints
from app.notifications.webhooks.addresses import masked
from app.notifications.webhooks.endpoints import Made
from app.pages.common import fragments
from app.pages.common.callers import member
from app.pages.common.creating import Done, create_confirmed, once
from app.pages.common.forms import (
    ConfirmForm,
    Present,
    answer,
    carry_out,
    confirmed,
    unless_overtaken,
)
from app.pages.project import webhook_form, webhook_rows
from app.pages.project.webhook_form import ChangeForm, WebhookForm
from app.pages.project.webhook_rows import name_of
from app.web.settings import sends_to_private_addresses

blueprint = Blueprint("webhooks", __name__)

ONE = "/projects/<project_key>/webhooks/<number:webhook_id>"
MOST_SHOWN = 50


@dataclass(frozen=True)
class Shown:
    """A new secret, as the page shows it this once; one that was rotated with when the old ends."""

    secret: str
    name: str
    old_until: datetime | None


@blueprint.route("/projects/<project_key>/webhooks", methods=["GET", "POST"])
def show(project_key: str) -> ResponseReturnValue:
    """List the webhooks; add one, and show its secret this once."""
    caller, form = member(project_key, Role.OWNER), WebhookForm()
    made = carry_out(form, lambda: once(form, lambda: _added(caller, form), _kept))
    if made:
        form = WebhookForm(formdata=None)
    return answer(form, _page(caller, form, made))


@blueprint.route(ONE, methods=["GET", "POST"])
def one(project_key: str, webhook_id: int) -> ResponseReturnValue:
    """Show a webhook with what was sent there; change it."""
    caller = member(project_key, Role.OWNER)
    endpoint = endpoints.one(caller.project_id, webhook_id)
    if fragments.is_wanted():
        return render_template("project/_deliveries.html", **_of(caller, endpoint))
    form = ChangeForm(data=webhook_form.written(endpoint))
    if carry_out(form, lambda: _changed(caller, form, webhook_id)):
        flash("The webhook is changed.")
        return redirect(url_for("webhooks.one", project_key=project_key, webhook_id=webhook_id))
    return answer(form, render_template("project/webhook.html", form=form, **_of(caller, endpoint)))


@blueprint.route(f"{ONE}/rotate", methods=["GET", "POST"])
def rotate(project_key: str, webhook_id: int) -> ResponseReturnValue:
    """Give a webhook a new secret, and show it this once."""
    caller, form = member(project_key, Role.OWNER), ConfirmForm()
    endpoint = endpoints.one(caller.project_id, webhook_id)
    made = carry_out(form, lambda: once(form, lambda: _rotated(caller, webhook_id), _kept))
    if made:
        return _page(caller, WebhookForm(formdata=None), made)
    name = name_of(endpoint)
    html = render_template("project/rotate_webhook.html", caller=caller, form=form, name=name)
    return answer(form, html)


@blueprint.post(f"{ONE}/remove")
def remove(project_key: str, webhook_id: int) -> ResponseReturnValue:
    """Remove a webhook."""
    caller = member(project_key, Role.OWNER)
    if confirmed(lambda: _removed(caller, webhook_id)):
        flash("The webhook is removed: nothing more is sent there.")
    return redirect(url_for("webhooks.show", project_key=project_key))


@blueprint.post(f"{ONE}/test")
def send_test(project_key: str, webhook_id: int) -> ResponseReturnValue:
    """Have a message sent that says nothing but that it arrives."""
    caller = member(project_key, Role.OWNER)
    address = url_for("webhooks.one", project_key=project_key, webhook_id=webhook_id)

    def work() -> Done:
        delivery_log.send_test(caller.project_id, webhook_id, caller.actor(Door.BROWSER))
        return Done("A test is sent within seconds: see what comes of it below.", address)

    return create_confirmed(work) or redirect(address)


@blueprint.post(f"{ONE}/deliveries/<number:delivery_id>/redeliver")
def redeliver(project_key: str, webhook_id: int, delivery_id: int) -> ResponseReturnValue:
    """Send once more what was sent."""
    caller = member(project_key, Role.OWNER)
    address = url_for("webhooks.one", project_key=project_key, webhook_id=webhook_id)

    def work() -> Done:
        actor = caller.actor(Door.BROWSER)
        delivery_log.redeliver(caller.project_id, webhook_id, delivery_id, actor)
        return Done("It is sent once more within seconds, with the same id.", address)

    return create_confirmed(work) or redirect(address)


def _page(caller: Caller, form: WebhookForm, made: Outcome[Shown] | None) -> str:
    return render_template(
        "project/webhooks.html",
        caller=caller,
        form=form,
        made=made,
        webhook_rows=webhook_rows.rows(caller.project_id),
        most=endpoints.MOST,
    )


def _of(caller: Caller, endpoint: WebhookEndpoint) -> dict[str, object]:
    """Return what the page of one webhook, and its log, show."""
    page = delivery_log.page(endpoint, None, MOST_SHOWN)
    return {
        "caller": caller,
        "row": webhook_rows.row(endpoint),
        "sent": [webhook_rows.sent(each) for each in page.deliveries],
        "is_cut": page.next_after is not None,
        "most": MOST_SHOWN,
    }


def _added(caller: Caller, form: WebhookForm) -> Shown:
    actor, allows_private = caller.actor(Door.BROWSER), sends_to_private_addresses()
    choices = form.choices_made
    made = endpoints.add(caller.project_id, choices, actor, allows_private=allows_private)
    return _shown(made)


def _changed(caller: Caller, form: ChangeForm, webhook_id: int) -> WebhookEndpoint:
    actor, allows_private = caller.actor(Door.BROWSER), sends_to_private_addresses()
    seen = {form.seen.data or ""}

    def change() -> WebhookEndpoint:
        return endpoints.change(
            caller.project_id,
            webhook_id,
            form.chosen_after,
            actor,
            seen,
            allows_private=allows_private,
        )

    return unless_overtaken(form, change, lambda: _present(caller, webhook_id))


def _present(caller: Caller, webhook_id: int) -> Present:
    endpoint = endpoints.one(caller.project_id, webhook_id)
    kinds = f"{len(endpoint.kinds)} of {len(AnnouncementKind)}"
    words = f"“{name_of(endpoint)}” at {masked(endpoint.url)}, told of {kinds} kinds of event,"
    return Present(endpoints.token_of(endpoint), words)


def _rotated(caller: Caller, webhook_id: int) -> Shown:
    return _shown(endpoints.rotate(caller.project_id, webhook_id, caller.actor(Door.BROWSER)))


def _removed(caller: Caller, webhook_id: int) -> bool:
    endpoints.remove(caller.project_id, webhook_id, caller.actor(Door.BROWSER))
    return True


def _shown(made: Made) -> Shown:
    return Shown(made.secret, name_of(made.endpoint), made.endpoint.previous_secret_until)


def _kept(shown: Shown) -> object:
    """Return what is kept of it: not the secret, which is shown once."""
    way = "rotated" if shown.old_until else "made"
    return {"name": shown.name, "way": way, "sentence": f"“{shown.name}” was {way}."}
