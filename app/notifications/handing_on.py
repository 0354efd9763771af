"""Handing on of announcements: each once, to all who want it, in one unit of work."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import and_, delete, exists, select, update
from sqlalchemy.orm import Session

from app.database.database_errors import told_as_unavailable
from app.database.engine import db
from app.database.transactions import writing
from app.models import OutboxEntry
from app.notifications import events
from app.notifications.attempts import KEPT_FOR
from app.notifications.events import Event
from app.notifications.mail import sorting
from app.notifications.webhooks import messages

AT_ONCE = 100
Taker = Callable[[Session, Event, datetime], None]
"""What is told of an event, in the unit of work that hands it on."""

_is_waiting = OutboxEntry.handed_on_at.is_(None)
_log = logging.getLogger(__name__)


def hand_on(moment: datetime, *, mails: bool = False) -> None:
    """Hand on the oldest announcements that wait, at most 100; to people where it `mails`.

    They are taken by whether they were handed on, not by following their ids: of two that are
    written at once, the later may be committed first. One that cannot be told is logged and set
    aside: it counts as handed on, and keeps no other.
    """
    waiting = select(OutboxEntry.id).where(_is_waiting).order_by(OutboxEntry.id).limit(AT_ONCE)
    if not db.session.scalars(waiting).first():
        return
    takers = (messages.take, sorting.take) if mails else (messages.take,)
    with writing() as session:
        # What another process hands on is not waited for.
        ids = session.scalars(waiting.with_for_update(skip_locked=True)).all()
        for entry_id in ids:
            _hand_on_one(session, entry_id, moment, takers)
        handed_on = update(OutboxEntry).where(OutboxEntry.id.in_(ids)).values(handed_on_at=moment)
        session.execute(handed_on.execution_options(synchronize_session=False))


def _hand_on_one(
    session: Session, entry_id: int, moment: datetime, takers: Sequence[Taker]
) -> None:
    try:
        with session.begin_nested():
            event = events.of_entry(session, entry_id)
            for take in takers:
                take(session, event, moment)
    except Exception as error:
        # Where the database is away, what is told is not at fault.
        if told_as_unavailable(error):
            raise
        _log.exception("announcement %s: set aside, told to nobody", entry_id)


def forget(moment: datetime) -> None:
    """Delete what was handed on 30 days ago.

    What comes by itself is kept with its experiment: it may be so still, and is told once.
    """
    is_told_once = and_(OutboxEntry.occurrence.is_not(None), OutboxEntry.test_id.is_not(None))
    is_old = and_(OutboxEntry.handed_on_at < moment - KEPT_FOR, ~is_told_once)
    # Looked for first: nobody waits for a writer that has nothing to write.
    if db.session.scalar(select(exists().where(is_old))):
        with writing() as session:
            session.execute(delete(OutboxEntry).where(is_old))
