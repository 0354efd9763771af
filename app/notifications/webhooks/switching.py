"""Switching endpoints off: by hand, or because nothing arrives there."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.database.rows import audit
from app.database.rows.audit import Deed, changed
from app.models import (
    Actor,
    AnnouncementKind,
    AuditKind,
    Door,
    SwitchedOff,
    WebhookDelivery,
    WebhookEndpoint,
)
from app.notifications.outbox import Announcement, announce
from app.notifications.webhooks.addresses import masked

WHY = {
    SwitchedOff.GONE: "it answered that it is gone (410).",
    SwitchedOff.FAILING: "nothing that was sent there in five days has arrived.",
}
"""Why an endpoint was switched off that nobody has switched off."""


def switch_off(
    session: Session, endpoint: WebhookEndpoint, why: SwitchedOff, moment: datetime
) -> None:
    """Switch an endpoint off, and give up what waits for it; announce what nobody has done."""
    endpoint.switched_off = why
    session.flush()
    session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.endpoint_id == endpoint.id,
            WebhookDelivery.next_at.is_not(None),
        )
        .values(next_at=None)
    )
    if why in WHY:
        deed = Deed(
            AuditKind.WEBHOOK_CHANGED,
            masked(endpoint.url),
            changed(is_on=(True, False)),
            f"Switched off by itself: {WHY[why]}",
        )
        audit.enter(session, Actor(Door.SCHEDULE), deed, endpoint.project_id)
        data = {"endpoint": endpoint.id, "url": masked(endpoint.url), "why": WHY[why]}
        kind = AnnouncementKind.WEBHOOK_SWITCHED_OFF
        announce(session, Announcement(kind, endpoint.project_id, data, at=moment))
