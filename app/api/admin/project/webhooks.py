"""The project's webhooks, for programs: where events are sent."""

from dataclasses import replace
from typing import Annotated, Literal, NotRequired

from flask import Blueprint, url_for
from pydantic import Field, StrictBool
from typing_extensions import TypedDict

from app.accounts.caller import Caller
from app.api import shown_once
from app.api.admin import contract
from app.api.answers import Answer, CreatedAt
from app.api.bodies import Body
from app.api.dry_runs import Tried
from app.api.moments import Written, written
from app.api.shapes import NameOrNone, WebhookAddress
from app.models import (
    AnnouncementKind,
    Door,
    Role,
    SwitchedOff,
    WebhookEndpoint,
    WebhookFormat,
)
from app.notifications.webhooks import endpoints
from app.notifications.webhooks.addresses import masked
from app.notifications.webhooks.endpoints import Choices
from app.web.settings import sends_to_private_addresses

blueprint = Blueprint("admin_webhooks", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Webhooks")

ONE = "/webhooks/<number:webhook_id>"
SHOWN_BEFORE = "The secret was in the first answer, and is not shown again. Rotate it."
Kinds = Annotated[list[AnnouncementKind], Field(json_schema_extra={"minItems": 1})]


class NewWebhookBody(Body):
    """The body that adds a webhook."""

    url: WebhookAddress
    """Where events are sent: https, and on a public network."""
    kinds: Kinds
    """Which kinds of event are sent there."""
    description: NameOrNone = ""
    """What people know it by."""
    format: WebhookFormat = WebhookFormat.STANDARD
    """In which form: by Standard Webhooks, or as Slack takes it."""
    enabled: StrictBool = True
    """Whether it is switched on."""


class WebhookBody(Body):
    """What changes of a webhook."""

    url: WebhookAddress | None = None
    """Where events are sent from now on."""
    kinds: Kinds | None = None
    """Which kinds of event are sent there from now on."""
    description: NameOrNone | None = None
    """What people know it by."""
    format: WebhookFormat | None = None
    """In which form."""
    enabled: StrictBool | None = Field(None, examples=[True])
    """Whether it is switched on."""

    def on(self, before: Choices) -> Choices:
        """Return what is chosen from now on: what is not sent stays."""
        sent = {
            "url": self.url,
            "kinds": None if self.kinds is None else frozenset(self.kinds),
            "description": self.description,
            "format": self.format,
            "is_on": self.enabled,
        }
        return replace(before, **{name: value for name, value in sent.items() if value is not None})


class WebhookShown(TypedDict):
    """A webhook, without its secret."""

    id: str
    """Its id."""
    url: str
    """Where events are sent; shortened for who may not change it."""
    description: str
    """What people know it by."""
    format: WebhookFormat
    """In which form."""
    kinds: list[AnnouncementKind]
    """Which kinds of event are sent there."""
    enabled: bool
    """Whether it is switched on."""
    switched_off: SwitchedOff | None
    """Why it is not; null where it is."""
    failing_since: Written | None
    """Since when everything has failed that was sent there; null where the last has arrived."""
    previous_secret_until: Written | None
    """Until when the secret of before signs, too; null where there was none."""
    created_at: Written
    """When it was added."""


class WebhookList(TypedDict):
    """The project's webhooks."""

    data: list[WebhookShown]
    """All of them, the oldest first."""


class ChangedWebhook(WebhookShown, Tried):
    """The webhook as it is from now on."""


class WebhookWithSecret(ChangedWebhook):
    """A webhook with its new secret."""

    secret: str | None
    """What signs, in the first answer alone; null afterwards, and with dry_run=true."""
    detail: NotRequired[str]
    """Why the secret is not there any more."""


class WebhookRemoved(Tried):
    """The webhook that is gone."""

    id: str
    """Its id."""
    removed: Literal[True]
    """Always true: what is not done is an error."""


@operations.get("/webhooks", role=Role.OWNER)
def list_webhooks(caller: Caller) -> Answer[WebhookList]:
    """Return the project's webhooks, the oldest first; never a secret."""
    rows = [_seen_by(caller, each) for each in endpoints.listed(caller.project_id)]
    return Answer({"data": rows})


@operations.post("/webhooks", role=Role.OWNER, gives=("webhook_id", "id"))
def add_webhook(caller: Caller, body: NewWebhookBody) -> CreatedAt[WebhookWithSecret]:
    """Add a webhook to the project; its secret is in this answer and never again."""
    choices = Choices(
        body.url, frozenset(body.kinds), body.description, body.format, is_on=body.enabled
    )
    actor, allows_private = caller.actor(Door.NAMES), sends_to_private_addresses()
    made = endpoints.add(caller.project_id, choices, actor, allows_private=allows_private)
    return CreatedAt(_with_secret(made), url_for(".show_webhook", webhook_id=made.endpoint.id))


@operations.get(ONE, role=Role.OWNER)
def show_webhook(caller: Caller, webhook_id: int) -> Answer[WebhookShown]:
    """Return one webhook, without its secret."""
    return Answer(_seen_by(caller, endpoints.one(caller.project_id, webhook_id)))


@operations.patch(ONE, role=Role.OWNER)
def change_webhook(caller: Caller, webhook_id: int, body: WebhookBody) -> Answer[ChangedWebhook]:
    """Change a webhook: what is not sent stays.

    One that is switched off is sent nothing, and what waited is given up; one that is switched on
    begins with what happens from then on.
    """
    actor, allows_private = caller.actor(Door.NAMES), sends_to_private_addresses()
    changed = endpoints.change(
        caller.project_id, webhook_id, body.on, actor, allows_private=allows_private
    )
    return Answer({**_shown(changed)})


@operations.delete(ONE, role=Role.OWNER)
def remove_webhook(caller: Caller, webhook_id: int) -> Answer[WebhookRemoved]:
    """Remove a webhook, with the log of what was sent there."""
    endpoints.remove(caller.project_id, webhook_id, caller.actor(Door.NAMES))
    return Answer({"id": str(webhook_id), "removed": True})


@operations.post(f"{ONE}/rotate", role=Role.OWNER)
def rotate_webhook_secret(caller: Caller, webhook_id: int) -> Answer[WebhookWithSecret]:
    """Give a webhook a new secret; for a day the one of before signs, too."""
    actor = caller.actor(Door.NAMES)
    return Answer(_with_secret(endpoints.rotate(caller.project_id, webhook_id, actor)))


def rows_masked(project_id: int) -> WebhookList:
    """Return a project's webhooks, without what is as good as a password in their addresses."""
    return {"data": [_masked(each) for each in endpoints.listed(project_id)]}


def _seen_by(caller: Caller, endpoint: WebhookEndpoint) -> WebhookShown:
    """Return a webhook; to a limited key, without what is as good as a password in its address."""
    return _shown(endpoint) if caller.scopes is None else _masked(endpoint)


def _masked(endpoint: WebhookEndpoint) -> WebhookShown:
    return {**_shown(endpoint), "url": masked(endpoint.url)}


def _shown(endpoint: WebhookEndpoint) -> WebhookShown:
    return {
        "id": str(endpoint.id),
        "url": endpoint.url,
        "description": endpoint.description,
        "format": endpoint.format,
        "kinds": endpoints.in_order(endpoint.kinds),
        "enabled": endpoint.switched_off is None,
        "switched_off": endpoint.switched_off,
        "failing_since": written(endpoint.failing_since),
        "previous_secret_until": written(endpoint.previous_secret_until),
        "created_at": written(endpoint.created_at),
    }


def _with_secret(made: endpoints.Made) -> WebhookWithSecret:
    """Return a webhook with its secret, which is shown once."""
    shown_once.note("secret", SHOWN_BEFORE)
    return {**_shown(made.endpoint), "secret": made.secret}
