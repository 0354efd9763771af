"""What waits: queued starts, scheduled changes, requests for slots."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, case, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import LONGEST_NOTE, Base, UtcDateTime, now, one_of, stored_as_value
from app.models.experiments.experiment import Experiment, Status
from app.models.people.authorship import ChangedBySomeone, Door
from app.models.people.user import User
from app.models.projects.project import Project


class QueuedStart(ChangedBySomeone, Base):
    """An experiment that starts when a slot frees; the smallest `place` of the project is next."""

    __tablename__ = "queued_start"
    __table_args__ = (
        Index("ix_queued_start_project_id_place", "project_id", "place"),
        CheckConstraint("user_id IS NULL OR api_key_id IS NULL", name="one_author"),
    )

    test_id: Mapped[int] = mapped_column(
        ForeignKey("experiment.test_id"), primary_key=True, autoincrement=False
    )
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    place: Mapped[int]
    door: Mapped[Door] = mapped_column(stored_as_value(Door))
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)

    experiment: Mapped[Experiment] = relationship(lazy="raise")


class ScheduledChange(ChangedBySomeone, Base):
    """An experiment's start or stop at a moment; it has one of each at most."""

    __tablename__ = "scheduled_change"
    __table_args__ = (
        Index("ix_scheduled_change_at", "at"),
        Index("ix_scheduled_change_project_id_at", "project_id", "at"),
        one_of("target", (Status.RUNNING, Status.STOPPED)),
        CheckConstraint("user_id IS NULL OR api_key_id IS NULL", name="one_author"),
    )

    test_id: Mapped[int] = mapped_column(
        ForeignKey("experiment.test_id"), primary_key=True, autoincrement=False
    )
    target: Mapped[Status] = mapped_column(stored_as_value(Status), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    door: Mapped[Door] = mapped_column(stored_as_value(Door))

    experiment: Mapped[Experiment] = relationship(lazy="raise")


stops_first = case((ScheduledChange.target == Status.STOPPED, 0), else_=1)
"""The order of what is scheduled for the same moment: a stop frees a slot for a start."""


class RequestOutcome(StrEnum):
    """What came of a request for slots; of versions that only closed one, nothing is known."""

    GRANTED = "granted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


# Of few requests, and kept by an index of its own: written out, since a database uses such an index
# only where a statement says the very same.
IS_ANSWERED = "outcome IN ('granted', 'declined') AND dismissed_at IS NULL"


class SlotRequest(Base):
    """Somebody's request to the admins for more slots in a project; open until one answers.

    `note` is what they wrote, `answer` what the admin did. They see the answer until it is
    dismissed. It is withdrawn where they are deactivated before.
    """

    __tablename__ = "slot_request"
    __table_args__ = (
        Index(
            "ix_slot_request_open",
            "project_id",
            "user_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(
            "ix_slot_request_answered",
            "user_id",
            "project_id",
            sqlite_where=text(IS_ANSWERED),
            postgresql_where=text(IS_ANSWERED),
        ),
        CheckConstraint("(closed_at IS NULL) = (closed_by_id IS NULL)", name="closed_by_somebody"),
        one_of("outcome", RequestOutcome),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    test_id: Mapped[int] = mapped_column(ForeignKey("experiment.test_id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    note: Mapped[str] = mapped_column(String(LONGEST_NOTE), default="", server_default="")
    answer: Mapped[str] = mapped_column(String(LONGEST_NOTE), default="", server_default="")
    outcome: Mapped[RequestOutcome | None] = mapped_column(stored_as_value(RequestOutcome))
    dismissed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    project: Mapped[Project] = relationship(lazy="raise")
    user: Mapped[User] = relationship(lazy="raise", foreign_keys=[user_id])
    experiment: Mapped[Experiment] = relationship(lazy="raise")
