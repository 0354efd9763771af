"""The history of experiments: what changed, and what was refused, queued, scheduled or edited."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.authorship import ChangedBySomeone, Door
from app.models.base import Base, UtcDateTime, now, one_of, stored_as_value
from app.models.experiment import Experiment, Status

LONGEST_NOTE = 500
# Of few entries, and kept by an index of its own: written out, since a database uses such an index
# only where a statement says the very same.
IS_DROPPED = "kind IN ('unqueued', 'unscheduled')"


class Kind(StrEnum):
    """What an entry of history tells."""

    CHANGED = "changed"
    REFUSED = "refused"
    QUEUED = "queued"
    UNQUEUED = "unqueued"
    SCHEDULED = "scheduled"
    UNSCHEDULED = "unscheduled"
    EDITED = "edited"


class Conclusion(StrEnum):
    """How an experiment ended, in the words of whoever archived it."""

    WON = "won"
    LOST = "lost"
    INCONCLUSIVE = "inconclusive"
    UNFINISHED = "unfinished"


class History(ChangedBySomeone, Base):
    """One entry: an accepted transition, which is one row, or something that changed no status.

    `from_status` is the experiment's at that moment, `to_status` where it went or was to go. A swap
    is one entry of the experiment that started; `paused_test_id` is the one that made room.
    `reason` is the person's, `detail` the product's. A refusal that is repeated counts `times`.
    """

    __tablename__ = "history"
    __table_args__ = (
        Index("ix_history_test_id_id", "test_id", "id"),
        Index("ix_history_project_id_id", "project_id", "id"),
        Index(
            "ix_history_paused",
            "paused_test_id",
            "id",
            sqlite_where=text("paused_test_id IS NOT NULL"),
            postgresql_where=text("paused_test_id IS NOT NULL"),
        ),
        Index(
            "ix_history_dropped",
            "project_id",
            "at",
            sqlite_where=text(IS_DROPPED),
            postgresql_where=text(IS_DROPPED),
        ),
        one_of("kind", Kind),
        one_of("from_status", Status),
        one_of("to_status", Status),
        one_of("door", Door),
        one_of("conclusion", Conclusion),
        CheckConstraint(
            "kind <> 'changed' OR (to_status IS NOT NULL AND from_status <> to_status)",
            name="changes_something",
        ),
        CheckConstraint(
            "paused_test_id IS NULL OR"
            " (kind = 'changed' AND to_status = 'running' AND paused_test_id <> test_id)",
            name="only_a_start_swaps",
        ),
        CheckConstraint(
            "conclusion IS NULL OR (kind = 'changed' AND to_status = 'archived')",
            name="only_an_end_concludes",
        ),
        CheckConstraint("times > 0", name="times_positive"),
        CheckConstraint("user_id IS NULL OR api_key_id IS NULL", name="one_author"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    test_id: Mapped[int] = mapped_column(ForeignKey("experiment.test_id"))
    kind: Mapped[Kind] = mapped_column(stored_as_value(Kind), default=Kind.CHANGED)
    from_status: Mapped[Status] = mapped_column(stored_as_value(Status))
    to_status: Mapped[Status | None] = mapped_column(stored_as_value(Status))
    paused_test_id: Mapped[int | None] = mapped_column(ForeignKey("experiment.test_id"))
    door: Mapped[Door] = mapped_column(stored_as_value(Door))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    reason: Mapped[str] = mapped_column(String(LONGEST_NOTE), default="")
    conclusion: Mapped[Conclusion | None] = mapped_column(stored_as_value(Conclusion))
    code: Mapped[str] = mapped_column(String(32), default="")
    detail: Mapped[str] = mapped_column(String(LONGEST_NOTE), default="")
    times: Mapped[int] = mapped_column(default=1)

    experiment: Mapped[Experiment] = relationship(lazy="raise", foreign_keys=[test_id])
    paused: Mapped[Experiment | None] = relationship(lazy="raise", foreign_keys=[paused_test_id])
