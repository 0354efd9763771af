"""Sorting of events: what is mailed to whom, and when."""

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Row, Select, select, union_all
from sqlalchemy.orm import Session

from app.models import Door, How, Mail, User
from app.notifications.events import Event
from app.notifications.kinds import sentence
from app.notifications.mail import readers

SUMMARY_AT = time(8, tzinfo=UTC)
"""When daily summaries are sent."""


def take(session: Session, event: Event, moment: datetime) -> None:
    """Have an event mailed to the members of its project, and admins, who are to be told of it."""
    said = sentence(event)
    session.add_all(_mail(event, said, row, moment) for row in session.execute(_readers(event)))


def next_summary(moment: datetime) -> datetime:
    """Return when the next daily summaries are sent."""
    today = datetime.combine(moment.astimezone(UTC), SUMMARY_AT)
    return today if moment < today else today + timedelta(days=1)


def _readers(event: Event) -> Select[int, How]:
    """Return who is told, and how: nobody of what they have just done themselves."""
    told = union_all(*readers.told(event.project_id, event.kind)).subquery()
    statement = select(told.c.user_id, told.c.how).join(User, User.id == told.c.user_id)
    if event.kind in readers.PERSONAL:
        return statement.where(User.id.in_(event.concerns))
    author = _author(event)
    return statement.where(User.email != author) if author else statement


def _author(event: Event) -> str | None:
    """Return who knows of it, as they have just done it; what they set for later is news to all."""
    by = event.by
    return None if by is None or by.door is Door.SCHEDULE else by.email


def _mail(event: Event, said: str, row: Row[int, How], moment: datetime) -> Mail:
    is_daily = row.how is How.DAILY
    return Mail(
        project_id=event.project_id,
        user_id=row.user_id,
        kind=event.kind,
        how=row.how,
        text=said,
        experiment_key=event.experiment and event.experiment.key,
        created_at=event.at,
        next_at=next_summary(moment) if is_daily else moment,
    )
