"""Experiments and the history of their statuses."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.models.api_key import ApiKey
from app.models.base import Base, ShortText, UtcDateTime, now, one_of, stored_as_value
from app.models.user import User


class Status(StrEnum):
    """The four states of an experiment."""

    DRAFT = "draft"
    RUNNING = "running"
    STOPPED = "stopped"
    ARCHIVED = "archived"


class Door(StrEnum):
    """Where a change came in."""

    BROWSER = "browser"
    INTEGERS = "v2"
    NAMES = "api"
    COMMAND_LINE = "command line"


class ChangedBySomeone:
    """Who made a change: a person, a key, or (neither) the command line."""

    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    api_key_id: Mapped[int | None] = mapped_column(ForeignKey("api_key.id"))

    @declared_attr
    def user(cls) -> Mapped[User | None]:  # noqa: N805
        """The person, if it was one."""
        return relationship(lazy="raise")

    @declared_attr
    def api_key(cls) -> Mapped[ApiKey | None]:  # noqa: N805
        """The key, if it was one."""
        return relationship(lazy="raise")


class Experiment(ChangedBySomeone, Base):
    """One A/B experiment.

    `test_id` and `public_id` are its names in the two contracts, `key` in a project's pages.
    `changed_at` and the person or key beside it belong to the present status; `updated_at` moves
    with any change.
    """

    __tablename__ = "experiment"
    __table_args__ = (
        UniqueConstraint("project_id", "key"),
        Index("ix_experiment_project_id_status_test_id", "project_id", "status", "test_id"),
        Index("ix_experiment_project_id_test_id", "project_id", "test_id"),
        one_of("status", Status),
        CheckConstraint("(status = 'stopped') = (stopped_at IS NOT NULL)", name="stopped_at_fits"),
        CheckConstraint(
            "(status <> 'running' OR started_at IS NOT NULL)"
            " AND (status <> 'draft' OR started_at IS NULL)",
            name="started_at_fits",
        ),
        CheckConstraint("user_id IS NULL OR api_key_id IS NULL", name="one_author"),
    )

    test_id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    key: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(ShortText)
    url: Mapped[str] = mapped_column(String(2000), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[Status] = mapped_column(stored_as_value(Status), default=Status.DRAFT)
    clone_of_test_id: Mapped[int | None] = mapped_column(ForeignKey("experiment.test_id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    clone_of: Mapped["Experiment | None"] = relationship(
        lazy="raise", remote_side="Experiment.test_id"
    )


class History(ChangedBySomeone, Base):
    """One accepted transition."""

    __tablename__ = "history"
    __table_args__ = (
        Index("ix_history_test_id_id", "test_id", "id"),
        one_of("from_status", Status),
        one_of("to_status", Status),
        one_of("door", Door),
        CheckConstraint("from_status <> to_status", name="changes_something"),
        CheckConstraint("user_id IS NULL OR api_key_id IS NULL", name="one_author"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    test_id: Mapped[int] = mapped_column(ForeignKey("experiment.test_id"))
    from_status: Mapped[Status] = mapped_column(stored_as_value(Status))
    to_status: Mapped[Status] = mapped_column(stored_as_value(Status))
    door: Mapped[Door] = mapped_column(stored_as_value(Door))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
