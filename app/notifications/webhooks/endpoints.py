"""The endpoints of a project: made, changed and removed by its owners."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from app.accounts.rights import changing_by_right
from app.core.errors import ChangedMeanwhile, InvalidInput, NotFound
from app.core.validation import checked_name
from app.core.version_tokens import digest
from app.database.engine import db
from app.database.rows import audit
from app.database.rows.audit import Deed, changed
from app.database.transactions import detached
from app.database.unit_of_work import UnitOfWork
from app.models import (
    Actor,
    AnnouncementKind,
    AuditKind,
    FieldChange,
    Role,
    SwitchedOff,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookFormat,
    now,
)
from app.notifications.webhooks import signing, switching
from app.notifications.webhooks.addresses import checked_url, masked

MOST = 10
"""How many endpoints a project has at most."""
OVERLAP = timedelta(days=1)
"""How long the secret of before goes on signing besides the new one."""


@dataclass(frozen=True)
class Choices:
    """What whoever keeps an endpoint chooses of it."""

    url: str
    kinds: frozenset[AnnouncementKind]
    description: str = ""
    format: WebhookFormat = WebhookFormat.STANDARD
    is_on: bool = True


@dataclass(frozen=True)
class Made:
    """An endpoint with its new `secret`, which is shown to nobody again."""

    endpoint: WebhookEndpoint
    secret: str


def listed(project_id: int) -> Sequence[WebhookEndpoint]:
    """Return the endpoints of a project, the oldest first."""
    statement = select(WebhookEndpoint).where(WebhookEndpoint.project_id == project_id)
    return db.session.scalars(statement.order_by(WebhookEndpoint.id)).all()


def one(project_id: int, endpoint_id: int) -> WebhookEndpoint:
    """Return an endpoint of a project. Raises NotFound."""
    return _found(db.session.scalar(_of_project(project_id, endpoint_id)))


def choices_of(endpoint: WebhookEndpoint) -> Choices:
    """Return what is chosen of an endpoint."""
    return Choices(
        endpoint.url,
        endpoint.kinds,
        endpoint.description,
        endpoint.format,
        is_on=endpoint.switched_off is None,
    )


def add(project_id: int, choices: Choices, actor: Actor, *, allows_private: bool) -> Made:
    """Add an endpoint; its secret is in the answer and nowhere else again.

    Raises InvalidInput, for one more than a project has too, and what `rights.changing_by_right`
    raises.
    """
    choices = _checked(choices, allows_private=allows_private)
    endpoint = WebhookEndpoint(project_id=project_id, secret=signing.new_secret())
    with changing_by_right(project_id, actor, Role.OWNER) as work:
        _require_room(work.session, project_id)
        _put(endpoint, choices)
        if not choices.is_on:
            endpoint.switched_off = SwitchedOff.BY_HAND
        work.session.add(endpoint)
        facts = _differences(Choices("", frozenset(), is_on=False), choices)
        audit.enter_of(work, Deed(AuditKind.WEBHOOK_ADDED, masked(endpoint.url), facts))
        return Made(detached(work.session, endpoint), endpoint.secret)


def change(
    project_id: int,
    endpoint_id: int,
    alter: Callable[[Choices], Choices],
    actor: Actor,
    tags: Collection[str] | None = None,
    *,
    allows_private: bool,
) -> WebhookEndpoint:
    """Change what is chosen of an endpoint, and return it.

    One that is switched off is sent nothing, and what waited for it is given up; one that is
    switched on begins with what happens from then on. Raises what `add` raises, NotFound, and
    ChangedMeanwhile for one whose token is not among `tags`, where there are any.
    """
    with changing_by_right(project_id, actor, Role.OWNER) as work:
        endpoint = locked(work, endpoint_id)
        _require_token(endpoint, tags)
        before = choices_of(endpoint)
        after = alter(before)
        if after != before:
            after = _checked(after, allows_private=allows_private)
        if after != before:
            _put(endpoint, after)
            _switch(work.session, endpoint, before, after)
            facts = _differences(before, after)
            audit.enter_of(work, Deed(AuditKind.WEBHOOK_CHANGED, masked(endpoint.url), facts))
        return detached(work.session, endpoint)


def remove(project_id: int, endpoint_id: int, actor: Actor) -> None:
    """Remove an endpoint, with the log of what was sent there.

    Raises NotFound, and what `rights.changing_by_right` raises.
    """
    with changing_by_right(project_id, actor, Role.OWNER) as work:
        endpoint = locked(work, endpoint_id)
        audit.enter_of(work, Deed(AuditKind.WEBHOOK_REMOVED, masked(endpoint.url)))
        its = WebhookDelivery.endpoint_id == endpoint_id
        work.session.execute(delete(WebhookDelivery).where(its))
        work.session.delete(endpoint)


def rotate(project_id: int, endpoint_id: int, actor: Actor) -> Made:
    """Give an endpoint a new secret; for a day the one of before signs, too.

    Raises NotFound, and what `rights.changing_by_right` raises.
    """
    with changing_by_right(project_id, actor, Role.OWNER) as work:
        endpoint = locked(work, endpoint_id)
        endpoint.previous_secret = endpoint.secret
        endpoint.previous_secret_until = now() + OVERLAP
        endpoint.secret = signing.new_secret()
        audit.enter_of(work, Deed(AuditKind.WEBHOOK_SECRET_ROTATED, masked(endpoint.url)))
        return Made(detached(work.session, endpoint), endpoint.secret)


def locked(work: UnitOfWork, endpoint_id: int) -> WebhookEndpoint:
    """Return an endpoint whose row nobody else changes: what is sent there may do so.

    Raises NotFound.
    """
    statement = _of_project(work.project_id, endpoint_id).with_for_update()
    return _found(work.session.scalar(statement))


def _of_project(project_id: int, endpoint_id: int) -> Select[WebhookEndpoint]:
    return select(WebhookEndpoint).where(
        WebhookEndpoint.project_id == project_id, WebhookEndpoint.id == endpoint_id
    )


def _found(endpoint: WebhookEndpoint | None) -> WebhookEndpoint:
    if endpoint is None:
        raise NotFound("Webhook not found.")
    return endpoint


def _require_room(session: Session, project_id: int) -> None:
    statement = select(func.count()).where(WebhookEndpoint.project_id == project_id)
    if (session.scalar(statement) or 0) >= MOST:
        raise InvalidInput(f"A project has at most {MOST} webhooks.")


def _checked(choices: Choices, *, allows_private: bool) -> Choices:
    if not choices.kinds:
        raise InvalidInput("Choose at least one kind of event.", "kinds")
    description = choices.description.strip()
    return replace(
        choices,
        url=checked_url(choices.url, allows_private=allows_private),
        description=checked_name(description, "description") if description else "",
    )


def token_of(endpoint: WebhookEndpoint) -> str:
    """Return a text that is another whenever an endpoint is changed, but for whether it is on.

    That changes by itself, too.
    """
    chosen = choices_of(endpoint)
    return digest(chosen.url, in_order(chosen.kinds), chosen.description, chosen.format)


def _require_token(endpoint: WebhookEndpoint, tags: Collection[str] | None) -> None:
    if tags is not None and token_of(endpoint) not in tags:
        raise ChangedMeanwhile("The webhook is not as you have seen it any more.")


def _put(endpoint: WebhookEndpoint, choices: Choices) -> None:
    if endpoint.url != choices.url:
        # What failed, failed elsewhere.
        endpoint.failing_since = None
    endpoint.url, endpoint.kinds = choices.url, choices.kinds
    endpoint.description, endpoint.format = choices.description, choices.format


def _switch(session: Session, endpoint: WebhookEndpoint, before: Choices, after: Choices) -> None:
    if before.is_on and not after.is_on:
        switching.switch_off(session, endpoint, SwitchedOff.BY_HAND, now())
    elif after.is_on and not before.is_on:
        endpoint.switched_off = endpoint.failing_since = None
        endpoint.listens_since = now()


def _differences(before: Choices, after: Choices) -> list[FieldChange]:
    """Return what the audit trail says of a change: never a whole address, nor a secret."""
    return changed(
        url=_masked(before, after),
        kinds=(in_order(before.kinds), in_order(after.kinds)),
        description=(before.description, after.description),
        format=(before.format, after.format),
        is_on=(before.is_on, after.is_on),
    )


def _masked(before: Choices, after: Choices) -> tuple[str | None, str]:
    """Return two addresses as the trail tells them; of two that look alike, that it is another."""
    was, is_now = masked(before.url) if before.url else None, masked(after.url)
    is_hidden = was == is_now and before.url != after.url
    return was, f"{is_now} (another)" if is_hidden else is_now


def in_order(kinds: Collection[AnnouncementKind]) -> list[AnnouncementKind]:
    """Return kinds in the one order in which they are written."""
    return [kind for kind in AnnouncementKind if kind in kinds]
