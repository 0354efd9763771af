"""What waits to be sent, by webhook and by mail."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from app.database.engine import db
from app.models import How, Mail, WebhookDelivery


@dataclass(frozen=True)
class Backlog:
    """How much waits to be sent in a `way`, and how old the oldest of it is, 0 for nothing."""

    way: str
    waiting: int
    oldest_seconds: float


def backlogs(moment: datetime) -> tuple[Backlog, Backlog]:
    """Return what waits; no mail that is kept for a summary and was not tried yet."""
    is_late = or_(Mail.how == How.AT_ONCE, Mail.attempts > 0)
    return (
        _backlog("webhook", moment, WebhookDelivery, WebhookDelivery.next_at.is_not(None)),
        _backlog("mail", moment, Mail, Mail.next_at.is_not(None) & is_late),
    )


def _backlog(
    way: str,
    moment: datetime,
    what: type[WebhookDelivery | Mail],
    is_waiting: ColumnElement[bool],
) -> Backlog:
    statement = select(func.count(), func.min(what.created_at)).where(is_waiting)
    number, oldest = db.session.execute(statement).one()
    return Backlog(way, number, max((moment - oldest).total_seconds(), 0) if oldest else 0)
