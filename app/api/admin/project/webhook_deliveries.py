"""What was sent to a webhook, for programs, and sending by hand: a test, or once more."""

from typing import Annotated

from flask import Blueprint
from typing_extensions import TypedDict

from app.accounts.caller import Caller
from app.api import cursors, queries, whole_numbers
from app.api.admin import contract
from app.api.admin.project.webhooks import ONE
from app.api.answers import Accepted, Answer
from app.api.dry_runs import Tried
from app.api.moments import Written, written
from app.api.queries import Query
from app.api.shapes import Asked
from app.models import Door, Role, WebhookDelivery
from app.notifications.webhooks import delivery_log, endpoints
from app.notifications.webhooks.delivery_log import DeliveryState, state_of

blueprint = Blueprint("admin_webhook_deliveries", __name__, url_prefix="/api/admin")
operations = contract.operations(blueprint, "Webhooks")


class PageQuery(Query):
    """A page of deliveries, after the one that `cursor` names."""

    limit: Annotated[int, whole_numbers.in_query("limit", 1, queries.LARGEST_LIMIT)] = 100
    """How many to show at most."""
    cursor: Asked = ""
    """The `next_cursor` of the page before."""


class DeliveryShown(TypedDict):
    """A message to a webhook, and what came of it."""

    id: str
    """Its id."""
    message_id: str
    """The id of the message, which its header webhook-id has each time that it is sent."""
    type: str
    """The type of the event."""
    body: str
    """What is sent."""
    state: DeliveryState
    """Whether it has arrived, is to be tried, or was given up."""
    attempts: int
    """How often it was tried."""
    next_attempt_at: Written | None
    """When it is tried next; null for never."""
    tried_at: Written | None
    """When it was tried last."""
    status: int | None
    """The status of the last answer; null where there was none."""
    seconds: float | None
    """How long the last attempt took."""
    answer: str
    """How the last answer began."""
    fault: str
    """Why there was no answer."""
    created_at: Written
    """When it was made."""


class NewDelivery(DeliveryShown, Tried):
    """A message that is sent within seconds, by the jobs."""


class DeliveryPage(TypedDict):
    """A page of deliveries, the latest first."""

    data: list[DeliveryShown]
    """The deliveries of the page."""
    next_cursor: str | None
    """The cursor of the next page; null on the last."""


@operations.post(f"{ONE}/test", role=Role.OWNER, gives=("delivery_id", "id"))
def test_webhook(caller: Caller, webhook_id: int) -> Accepted[NewDelivery]:
    """Have a message sent that says nothing but that it arrives, of the type `webhook.test`."""
    actor = caller.actor(Door.NAMES)
    sent = delivery_log.send_test(caller.project_id, webhook_id, actor)
    return Accepted({**_shown(sent)})


@operations.get(f"{ONE}/deliveries", role=Role.OWNER)
def list_webhook_deliveries(
    caller: Caller, webhook_id: int, query: PageQuery
) -> Answer[DeliveryPage]:
    """Return a page of what was sent to a webhook within 30 days, the latest first."""
    endpoint = endpoints.one(caller.project_id, webhook_id)
    page = delivery_log.page(endpoint, cursors.read(query.cursor), query.limit)
    rows = [_shown(each) for each in page.deliveries]
    return Answer({"data": rows, "next_cursor": cursors.written(page.next_after)})


@operations.post(f"{ONE}/deliveries/<number:delivery_id>/redeliver", role=Role.OWNER)
def redeliver_to_webhook(
    caller: Caller, webhook_id: int, delivery_id: int
) -> Accepted[NewDelivery]:
    """Send a message once more, with the id that it had: it is a delivery of its own."""
    actor = caller.actor(Door.NAMES)
    sent = delivery_log.redeliver(caller.project_id, webhook_id, delivery_id, actor)
    return Accepted({**_shown(sent)})


def _shown(delivery: WebhookDelivery) -> DeliveryShown:
    return {
        "id": str(delivery.id),
        "message_id": delivery.message_id,
        "type": delivery.type,
        "body": delivery.body,
        "state": state_of(delivery),
        "attempts": delivery.attempts,
        "next_attempt_at": written(delivery.next_at),
        "tried_at": written(delivery.tried_at),
        "status": delivery.status,
        "seconds": delivery.seconds,
        "answer": delivery.answer,
        "fault": delivery.fault,
        "created_at": written(delivery.created_at),
    }
