"""The outbox: what has happened in projects, written with it, for whoever wants to be told."""

import secrets
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, JsonText, UtcDateTime, one_of, stored_as_value
from app.models.people.authorship import CauseKind, ChangedBySomeone, Door

LONGEST_KIND = 32
LONGEST_OCCURRENCE = 80


class AnnouncementKind(StrEnum):
    """The kind of what is announced; stable, for programs."""

    EXPERIMENT_CHANGED = "experiment_changed"
    QUEUED_START_CAME = "queued_start_came"
    WINNER_CALLED = "winner_called"
    SPLIT_BROKEN = "split_broken"
    NO_VISITORS_FOR_A_DAY = "no_visitors_for_a_day"
    UNUSUAL_TRAFFIC = "unusual_traffic"
    OVERDUE = "overdue"
    JOBS_AWAY = "jobs_away"
    SLOTS_REQUESTED = "slots_requested"
    SLOTS_ANSWERED = "slots_answered"
    PLAN_LOWERED = "plan_lowered"
    WEBHOOK_SWITCHED_OFF = "webhook_switched_off"


def new_message_id() -> str:
    """Return a random id of a message, as Standard Webhooks writes them."""
    return f"msg_{secrets.token_hex(13)}"


class OutboxEntry(ChangedBySomeone, Base):
    """One announcement. It is handed on, once, to all who want it: `handed_on_at` is when.

    `at` is when it happened, and the author whoever brought it about, by a `door` and for a
    `cause`; nobody where it came by itself. `message_id` names it to whoever is told. What is of
    interest to one person alone is `for_user_id`. What comes by itself has an `occurrence`, which
    tells one time that it is so from the next: each is announced once in its project.
    """

    __tablename__ = "outbox_entry"
    __table_args__ = (
        Index(
            "ix_outbox_entry_waiting",
            "id",
            sqlite_where=text("handed_on_at IS NULL"),
            postgresql_where=text("handed_on_at IS NULL"),
        ),
        Index("ix_outbox_entry_project_id", "project_id"),
        Index("ix_outbox_entry_handed_on_at", "handed_on_at"),
        Index(
            "ix_outbox_entry_occurrence",
            "project_id",
            "kind",
            "occurrence",
            unique=True,
            sqlite_where=text("occurrence IS NOT NULL"),
            postgresql_where=text("occurrence IS NOT NULL"),
        ),
        CheckConstraint("user_id IS NULL OR api_key_id IS NULL", name="one_author"),
        one_of("kind", AnnouncementKind),
        one_of("door", Door),
        one_of("cause", CauseKind),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(32), unique=True, default=new_message_id)
    kind: Mapped[AnnouncementKind] = mapped_column(stored_as_value(AnnouncementKind, LONGEST_KIND))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    test_id: Mapped[int | None] = mapped_column(ForeignKey("experiment.test_id"))
    door: Mapped[Door | None] = mapped_column(stored_as_value(Door))
    cause: Mapped[CauseKind | None] = mapped_column(stored_as_value(CauseKind))
    for_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    data: Mapped[dict[str, object]] = mapped_column(JsonText)
    occurrence: Mapped[str | None] = mapped_column(String(LONGEST_OCCURRENCE))
    handed_on_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
