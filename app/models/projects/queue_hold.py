"""Holds of a project's queue."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import LONGEST_NOTE, Base, UtcDateTime, now, stored_as_value
from app.models.people.authorship import ChangedBySomeone, Door


class QueueHold(ChangedBySomeone, Base):
    """A time in which neither the queue nor a schedule starts anything in a project.

    It is open, and there is one at most, until somebody lifts it; the author is who placed it.
    """

    __tablename__ = "queue_hold"
    __table_args__ = (
        Index(
            "ix_queue_hold_open",
            "project_id",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
        Index("ix_queue_hold_project_id_id", "project_id", "id"),
        CheckConstraint(
            "(lifted_by_user_id IS NULL OR lifted_by_api_key_id IS NULL) AND"
            " (lifted_at IS NOT NULL OR"
            " (lifted_by_user_id IS NULL AND lifted_by_api_key_id IS NULL))",
            name="lifted_by_one",
        ),
        CheckConstraint("user_id IS NULL OR api_key_id IS NULL", name="one_author"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    door: Mapped[Door] = mapped_column(stored_as_value(Door))
    held_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(LONGEST_NOTE), default="")
    lifted_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    lifted_by_api_key_id: Mapped[int | None] = mapped_column(ForeignKey("api_key.id"))
