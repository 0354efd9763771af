"""Webhooks: the addresses that a project's announcements are sent to, and each sending."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from app.models.base import Base, ShortText, UtcDateTime, now, one_of, stored_as_value
from app.models.notifications.announcement import AnnouncementKind, new_message_id

LONGEST_URL = 2000
LONGEST_ANSWER = 500
LONGEST_FAULT = 200
LONGEST_TYPE = 64


class WebhookFormat(StrEnum):
    """The form of what is sent: by Standard Webhooks, or as Slack and its like take it."""

    STANDARD = "standard"
    SLACK = "slack"


class SwitchedOff(StrEnum):
    """Why an endpoint is switched off: somebody did it, it said 410, or nothing has arrived."""

    BY_HAND = "by hand"
    GONE = "gone"
    FAILING = "failing"


class KindNames(TypeDecorator[frozenset[AnnouncementKind]]):
    """Kinds of announcement, kept by their names with a space between them."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self,
        value: Collection[AnnouncementKind] | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> str | None:
        """Write the kinds in one order."""
        return None if value is None else " ".join(k for k in AnnouncementKind if k in value)

    def process_result_value(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> frozenset[AnnouncementKind] | None:
        """Read the kinds, without those that a later version has, where one has gone back."""
        if value is None:
            return None
        names = value.split()
        return frozenset(kind for kind in AnnouncementKind if kind in names)


class WebhookEndpoint(Base):
    """An address that is told of some kinds of announcement of one project.

    What is sent is signed with the `secret`, and with the `previous_secret` until that ends. It is
    switched off for a reason, and told of what happens from `listens_since`, when it was switched
    on; `failing_since` is when the first of its deliveries failed that have all failed since.
    """

    __tablename__ = "webhook_endpoint"
    __table_args__ = (
        one_of("format", WebhookFormat),
        one_of("switched_off", SwitchedOff),
        CheckConstraint(
            "(previous_secret IS NULL) = (previous_secret_until IS NULL)", name="previous_ends"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    url: Mapped[str] = mapped_column(String(LONGEST_URL))
    description: Mapped[str] = mapped_column(ShortText, default="")
    format: Mapped[WebhookFormat] = mapped_column(stored_as_value(WebhookFormat))
    kinds: Mapped[frozenset[AnnouncementKind]] = mapped_column(KindNames)
    secret: Mapped[str] = mapped_column(String(128))
    previous_secret: Mapped[str | None] = mapped_column(String(128))
    previous_secret_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    switched_off: Mapped[SwitchedOff | None] = mapped_column(stored_as_value(SwitchedOff))
    listens_since: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class WebhookDelivery(Base):
    """A message to an endpoint, and what came of it.

    It is due at `next_at`, which is None once it has arrived or was given up. Whoever tries it
    counts the attempt, and puts `next_at` off for as long as that may take, so that nobody else
    tries it meanwhile, and somebody does if they never come back. `status`, `seconds`, `answer`
    (its beginning) and `fault` are of the last attempt, at `tried_at`.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index(
            "ix_webhook_delivery_due",
            "next_at",
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
        Index("ix_webhook_delivery_endpoint_id_id", "endpoint_id", "id"),
        Index("ix_webhook_delivery_created_at", "created_at"),
        CheckConstraint("delivered_at IS NULL OR next_at IS NULL", name="arrives_once"),
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoint.id"))
    message_id: Mapped[str] = mapped_column(String(32), default=new_message_id)
    type: Mapped[str] = mapped_column(String(LONGEST_TYPE))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    status: Mapped[int | None]
    seconds: Mapped[float | None]
    answer: Mapped[str] = mapped_column(String(LONGEST_ANSWER), default="")
    fault: Mapped[str] = mapped_column(String(LONGEST_FAULT), default="")

    endpoint: Mapped[WebhookEndpoint] = relationship(lazy="raise")
