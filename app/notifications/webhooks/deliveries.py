"""Deliveries: claimed, tried, and tried again for a day and a half until they arrive.

Whoever claims one counts the attempt and puts it off for longer than a request takes. So nobody
else tries it meanwhile, and one that was claimed by a process which died is tried by another: it
arrives at least once, always with the same id.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Select, and_, delete, exists, func, select
from sqlalchemy.orm import Session

from app.database.engine import db
from app.database.transactions import writing
from app.models import SwitchedOff, WebhookDelivery, WebhookEndpoint
from app.notifications.attempts import AGAIN_AFTER, KEPT_FOR, LEASE
from app.notifications.webhooks import switching
from app.notifications.webhooks.outcomes import Outcome

MOST_ATTEMPTS = len(AGAIN_AFTER) + 1
JITTER = 0.1
FAILING_FOR = timedelta(days=5)
"""After how long an endpoint is switched off at which everything has failed."""


@dataclass(frozen=True)
class Attempt:
    """An attempt that is being made at a delivery: its number, what is sent, and where to."""

    delivery_id: int
    endpoint_id: int
    number: int
    url: str
    message_id: str
    body: str
    secrets: tuple[str, ...]


def endpoints_due(moment: datetime) -> Sequence[int]:
    """Return the ids of endpoints that are on, and to which something is to be sent at `moment`.

    First comes the one that has waited for longest: no receiver is kept from its turn by others.
    """
    its_id = WebhookDelivery.endpoint_id
    statement = _due(select(its_id), moment).group_by(its_id)
    return db.session.scalars(statement.order_by(func.min(WebhookDelivery.next_at), its_id)).all()


_Selected = TypeVar("_Selected", bound=Select[Any])


def _due(statement: _Selected, moment: datetime) -> _Selected:
    return statement.join(WebhookDelivery.endpoint).where(
        WebhookDelivery.next_at <= moment, WebhookEndpoint.switched_off.is_(None)
    )


def claim(endpoint_id: int, moment: datetime) -> Attempt | None:
    """Claim what has been due for longest at an endpoint, if anything is; nobody else has it.

    A delivery whose last try has left no result, as its process ended, is given up instead.
    """
    due = (
        _due(select(WebhookDelivery), moment)
        .where(WebhookDelivery.endpoint_id == endpoint_id)
        .order_by(WebhookDelivery.next_at, WebhookDelivery.id)
        .limit(1)
        .with_for_update(of=WebhookDelivery, skip_locked=True)
    )
    with writing() as session:
        delivery = session.scalar(due)
        if delivery is None:
            return None
        if delivery.attempts >= MOST_ATTEMPTS:
            delivery.next_at = None
            return None
        delivery.attempts += 1
        delivery.next_at = moment + LEASE
        endpoint = session.get_one(WebhookEndpoint, endpoint_id)
        return Attempt(
            delivery.id,
            endpoint_id,
            delivery.attempts,
            endpoint.url,
            delivery.message_id,
            delivery.body,
            _secrets(endpoint, moment),
        )


def _secrets(endpoint: WebhookEndpoint, moment: datetime) -> tuple[str, ...]:
    """Return what a message is signed with: for a day after a change, the secret of before too."""
    until, previous = endpoint.previous_secret_until, endpoint.previous_secret
    is_old_good = until is not None and moment < until
    return (endpoint.secret, previous) if previous and is_old_good else (endpoint.secret,)


def record(attempt: Attempt, outcome: Outcome, moment: datetime) -> None:
    """Keep what has come, at `moment`, of an attempt, and what follows from it.

    Nothing of one that took so long that another was made meanwhile, or whose delivery was given
    up.
    """
    with writing() as session:
        # The endpoint's row first, as whoever changes it does.
        endpoint = session.scalar(_locked(attempt.endpoint_id))
        delivery = session.scalar(_still_claimed(attempt))
        if endpoint is None or delivery is None:
            return
        delivery.tried_at = moment
        delivery.status, delivery.seconds = outcome.status, outcome.seconds
        delivery.answer, delivery.fault = outcome.answer, outcome.fault
        arrived, is_where_it_was = outcome.has_arrived, endpoint.url == attempt.url
        delivery.delivered_at = moment if arrived else None
        delivery.next_at = None if arrived else _next_at(attempt, outcome, moment)
        # What came of an address says nothing of the one that has taken its place meanwhile.
        if is_where_it_was:
            _note(session, endpoint, outcome, moment)


def _locked(endpoint_id: int) -> Select[WebhookEndpoint]:
    return select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id).with_for_update()


def _still_claimed(attempt: Attempt) -> Select[WebhookDelivery]:
    return select(WebhookDelivery).where(
        WebhookDelivery.id == attempt.delivery_id,
        WebhookDelivery.attempts == attempt.number,
        WebhookDelivery.next_at.is_not(None),
    )


def _next_at(attempt: Attempt, outcome: Outcome, moment: datetime) -> datetime | None:
    """Return when to try again, a little off so that not all come at once; None for no more."""
    if attempt.number >= MOST_ATTEMPTS:
        return None
    pause = AGAIN_AFTER[attempt.number - 1] * random.uniform(1, 1 + JITTER)  # noqa: S311
    return moment + max(pause, timedelta(seconds=outcome.retry_after))


def _note(session: Session, endpoint: WebhookEndpoint, outcome: Outcome, moment: datetime) -> None:
    if outcome.has_arrived:
        endpoint.failing_since = None
        return
    since = endpoint.failing_since = endpoint.failing_since or moment
    if outcome.is_gone:
        switching.switch_off(session, endpoint, SwitchedOff.GONE, moment)
    elif since <= moment - FAILING_FOR:
        switching.switch_off(session, endpoint, SwitchedOff.FAILING, moment)


def forget(moment: datetime) -> None:
    """Delete what was made 30 days ago and is not to be tried any more."""
    is_old = and_(WebhookDelivery.created_at < moment - KEPT_FOR, WebhookDelivery.next_at.is_(None))
    # Looked for first: nobody waits for a writer that has nothing to write.
    if db.session.scalar(select(exists().where(is_old))):
        with writing() as session:
            session.execute(delete(WebhookDelivery).where(is_old))
