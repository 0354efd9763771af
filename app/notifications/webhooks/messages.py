"""Messages to endpoints: what is sent of an event, in the form that each of them takes."""

import json
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.moments import iso
from app.models import (
    WebhookDelivery,
    WebhookEndpoint,
    WebhookFormat,
    new_message_id,
)
from app.notifications.events import Event
from app.notifications.kinds import sentence, type_of

TEST = "webhook.test"
_TEST_SENTENCE = "Switchyard: this webhook works."


def take(session: Session, event: Event, moment: datetime) -> None:
    """Have an event sent to those endpoints of its project that want its kind.

    Not to one that was added, or switched on, later than what it tells of: that is no news to it.
    """
    statement = select(WebhookEndpoint).where(
        WebhookEndpoint.project_id == event.project_id,
        WebhookEndpoint.switched_off.is_(None),
        WebhookEndpoint.listens_since <= event.at,
    )
    # Nobody switches one off meanwhile, and leaves behind what is added here.
    locked = statement.order_by(WebhookEndpoint.id).with_for_update(read=True)
    for endpoint in session.scalars(locked):
        if event.kind in endpoint.kinds:
            session.add(
                WebhookDelivery(
                    endpoint_id=endpoint.id,
                    message_id=event.message_id,
                    type=type_of(event),
                    body=_BODIES[endpoint.format](event),
                    created_at=moment,
                    next_at=moment,
                )
            )


def test_message(endpoint: WebhookEndpoint, project_key: str, moment: datetime) -> WebhookDelivery:
    """Return a message that says nothing but that it arrives."""
    standard = _standard(TEST, moment, {"project": {"key": project_key}})
    is_slack = endpoint.format is WebhookFormat.SLACK
    return WebhookDelivery(
        endpoint_id=endpoint.id,
        message_id=new_message_id(),
        type=TEST,
        body=_text(_TEST_SENTENCE) if is_slack else standard,
        created_at=moment,
        next_at=moment,
    )


def _standard_of(event: Event) -> str:
    by, about = event.by, event.experiment
    data = {
        "project": {"key": event.project_key, "name": event.project_name},
        "experiment": about
        and {
            "id": about.public_id,
            "test_id": about.test_id,
            "key": about.key,
            "name": about.name,
        },
        "by": by and {"email": by.email, "api_key": by.api_key, "door": by.door},
        "cause": event.cause,
        **event.data,
    }
    return _standard(type_of(event), event.at, data)


def _standard(type_: str, at: datetime, data: dict[str, object]) -> str:
    return json.dumps({"type": type_, "timestamp": iso(at), "data": data}, separators=(",", ":"))


def _slack_of(event: Event) -> str:
    return _text(sentence(event))


def _text(said: str) -> str:
    """Return a message as Slack takes it, in which no name addresses everybody."""
    escaped = said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return json.dumps({"text": escaped}, separators=(",", ":"))


_BODIES: dict[WebhookFormat, Callable[[Event], str]] = {
    WebhookFormat.STANDARD: _standard_of,
    WebhookFormat.SLACK: _slack_of,
}
