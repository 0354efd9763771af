"""Webhooks and their deliveries, as pages list them."""

from dataclasses import dataclass
from datetime import datetime

from app.models import AnnouncementKind, WebhookDelivery, WebhookEndpoint
from app.notifications.webhooks import endpoints
from app.notifications.webhooks.addresses import masked
from app.pages.project import webhook_words


@dataclass(frozen=True)
class Row:
    """A webhook, as the page lists it: by what it is for, or by where it is.

    `aside` is where it is, for one that is listed by what it is for.
    """

    id: int
    name: str
    aside: str
    state: str
    is_on: bool
    failing_since: datetime | None
    kinds: str


@dataclass(frozen=True)
class Sent:
    """A delivery, as the log lists it."""

    delivery: WebhookDelivery
    state: str
    outcome: str
    answer: str
    attempts: str
    again_at: datetime | None


def name_of(endpoint: WebhookEndpoint) -> str:
    """Return what a webhook is called: what it is for, or where it is."""
    return endpoint.description or masked(endpoint.url)


def rows(project_id: int) -> list[Row]:
    """Return the webhooks of a project as pages list them, the oldest first."""
    return [row(endpoint) for endpoint in endpoints.listed(project_id)]


def row(endpoint: WebhookEndpoint) -> Row:
    """Return a webhook as pages list it."""
    return Row(
        endpoint.id,
        name_of(endpoint),
        masked(endpoint.url) if endpoint.description else "",
        webhook_words.standing(endpoint),
        endpoint.switched_off is None,
        None if endpoint.switched_off else endpoint.failing_since,
        f"{len(endpoint.kinds)} of {len(AnnouncementKind)}",
    )


def sent(delivery: WebhookDelivery) -> Sent:
    """Return a delivery as the log lists it."""
    return Sent(
        delivery,
        webhook_words.state(delivery),
        webhook_words.outcome(delivery),
        webhook_words.answer(delivery),
        webhook_words.attempts(delivery),
        delivery.next_at if delivery.tried_at else None,
    )
