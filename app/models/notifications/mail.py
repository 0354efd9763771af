"""Mails: what members of projects, and admins, want to be sent, and what is to be sent."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, UtcDateTime, now, one_of, stored_as_value
from app.models.notifications.announcement import LONGEST_KIND, AnnouncementKind
from app.models.notifications.webhook import LONGEST_FAULT


class How(StrEnum):
    """How somebody is told of a kind of announcement."""

    AT_ONCE = "at once"
    DAILY = "daily"
    OFF = "off"


class NotificationChoice(Base):
    """How a member wants to be told of one kind; without a row it is as usual for their role."""

    __tablename__ = "notification_choice"
    __table_args__ = (
        ForeignKeyConstraint(
            ["project_id", "user_id"],
            ["membership.project_id", "membership.user_id"],
            ondelete="CASCADE",
        ),
        one_of("how", How),
        one_of("kind", AnnouncementKind),
    )

    project_id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[AnnouncementKind] = mapped_column(
        stored_as_value(AnnouncementKind, LONGEST_KIND), primary_key=True
    )
    how: Mapped[How] = mapped_column(stored_as_value(How))


class AdminChoice(Base):
    """How an admin wants to be told of one kind in projects of which they are no member."""

    __tablename__ = "admin_choice"
    __table_args__ = (one_of("how", How), one_of("kind", AnnouncementKind))

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    kind: Mapped[AnnouncementKind] = mapped_column(
        stored_as_value(AnnouncementKind, LONGEST_KIND), primary_key=True
    )
    how: Mapped[How] = mapped_column(stored_as_value(How))


class Mail(Base):
    """A sentence that is to be mailed to a member or an admin, and what came of it.

    It was `created_at` the moment that it tells of. What is due to somebody of a project goes in
    one letter. It is due at `next_at`, which is None once it was sent or given up. Whoever sends it
    counts the attempt, and puts `next_at` off for as long as that may take, as with webhooks.
    `fault` is what kept the last attempt away.
    """

    __tablename__ = "mail"
    __table_args__ = (
        one_of("how", (How.AT_ONCE, How.DAILY)),
        CheckConstraint("sent_at IS NULL OR next_at IS NULL", name="sent_once"),
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        one_of("kind", AnnouncementKind),
        Index("ix_mail_project_id_user_id", "project_id", "user_id"),
        Index("ix_mail_created_at", "created_at"),
        Index(
            "ix_mail_due",
            "next_at",
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    kind: Mapped[AnnouncementKind] = mapped_column(stored_as_value(AnnouncementKind, LONGEST_KIND))
    how: Mapped[How] = mapped_column(stored_as_value(How))
    text: Mapped[str] = mapped_column(Text)
    experiment_key: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fault: Mapped[str] = mapped_column(String(LONGEST_FAULT), default="")
