"""The log of what was sent to an endpoint, and sending by a press: a test, or once more."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select

from app.accounts.rights import changing_by_right
from app.core.errors import InvalidInput, NotFound
from app.core.paging import Cursor
from app.database.engine import db
from app.database.rows import audit
from app.database.rows.audit import Deed
from app.database.transactions import detached
from app.database.unit_of_work import UnitOfWork
from app.models import Actor, AuditKind, Project, Role, WebhookDelivery, WebhookEndpoint, now
from app.notifications.webhooks import endpoints, messages
from app.notifications.webhooks.addresses import masked


@dataclass(frozen=True)
class Page:
    """Some deliveries, and the place of the next page, None on the last."""

    deliveries: Sequence[WebhookDelivery]
    next_after: Cursor | None


class DeliveryState(StrEnum):
    """Whether a delivery has arrived, is to be tried, or was given up."""

    DELIVERED = "delivered"
    WAITING = "waiting"
    FAILED = "failed"


def state_of(delivery: WebhookDelivery) -> DeliveryState:
    """Return the state of a delivery."""
    if delivery.delivered_at:
        return DeliveryState.DELIVERED
    return DeliveryState.WAITING if delivery.next_at else DeliveryState.FAILED


def page(endpoint: WebhookEndpoint, after: Cursor | None, limit: int) -> Page:
    """Return a page of what was sent to an endpoint, the latest first."""
    statement = select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint.id)
    if after:
        statement = statement.where(WebhookDelivery.id < after.id)
    in_order = statement.order_by(WebhookDelivery.id.desc()).limit(limit + 1)
    found = db.session.scalars(in_order).all()
    is_last = len(found) <= limit
    return Page(found[:limit], None if is_last else Cursor(found[limit - 1].id))


def send_test(project_id: int, endpoint_id: int, actor: Actor) -> WebhookDelivery:
    """Have a message sent to an endpoint that says nothing but that it arrives.

    Raises NotFound, InvalidInput for one that is switched off, and what
    `rights.changing_by_right` raises.
    """
    with changing_by_right(project_id, actor, Role.OWNER) as work:
        endpoint = _switched_on(work, endpoint_id)
        project_key = work.session.get_one(Project, project_id).key
        audit.enter_of(work, Deed(AuditKind.WEBHOOK_TEST_SENT, masked(endpoint.url)))
        return _sent(work, messages.test_message(endpoint, project_key, now()))


def redeliver(project_id: int, endpoint_id: int, delivery_id: int, actor: Actor) -> WebhookDelivery:
    """Send once more what was sent to an endpoint, with the same id; it is a delivery of its own.

    Raises what `send_test` raises.
    """
    with changing_by_right(project_id, actor, Role.OWNER) as work:
        endpoint = _switched_on(work, endpoint_id)
        sent = work.session.get(WebhookDelivery, delivery_id)
        if sent is None or sent.endpoint_id != endpoint.id:
            raise NotFound("Delivery not found.")
        what = f"{sent.type}, {sent.message_id}"
        audit.enter_of(work, Deed(AuditKind.WEBHOOK_SENT_AGAIN, masked(endpoint.url), detail=what))
        moment = now()
        again = WebhookDelivery(
            endpoint_id=endpoint.id,
            message_id=sent.message_id,
            type=sent.type,
            body=sent.body,
            created_at=moment,
            next_at=moment,
        )
        return _sent(work, again)


def _switched_on(work: UnitOfWork, endpoint_id: int) -> WebhookEndpoint:
    endpoint = endpoints.locked(work, endpoint_id)
    if endpoint.switched_off:
        raise InvalidInput("The webhook is switched off: switch it on first.")
    return endpoint


def _sent(work: UnitOfWork, delivery: WebhookDelivery) -> WebhookDelivery:
    work.session.add(delivery)
    return detached(work.session, delivery)
