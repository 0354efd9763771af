"""The history of projects: what was done to a whole one, and not to one of its experiments."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import LONGEST_NOTE, Base, JsonText, UtcDateTime, now, one_of, stored_as_value
from app.models.experiments.experiment import Experiment
from app.models.people.authorship import CameByRequest, CauseKind, ChangedBySomeone, Door
from app.models.projects.queue_hold import QueueHold

LONGEST_KIND = 32


class ProjectKind(StrEnum):
    """The kind of an entry of a project."""

    QUEUE_HELD = "queue held"
    HOLD_LIFTED = "hold lifted"
    EVERYTHING_STOPPED = "everything stopped"
    STOP_UNDONE = "stop undone"
    VISITOR_ERASED = "visitor erased"
    OLD_ROWS_ERASED = "old rows erased"


class ProjectEntry(ChangedBySomeone, CameByRequest, Base):
    """One entry of what was done to a whole project.

    Its place is behind the entry `after_id` of the project's experiments, 0 for before all of them:
    both are read as one history. It is a table of its own since the version before reads the other
    one, and knows neither these kinds nor an entry without an experiment. `hold_id` is the hold
    that was placed or lifted. `counts` says by name how much something was: never of whom. What
    was brought about by another of these entries has it as its `cause_entry_id`. Rows are erased
    of the experiment `test_id`.
    """

    __tablename__ = "project_entry"
    __table_args__ = (
        Index("ix_project_entry_place", "project_id", "after_id", "id"),
        Index("ix_project_entry_at_id", "at", "id"),
        one_of("kind", ProjectKind),
        one_of("cause", CauseKind),
        CheckConstraint("user_id IS NULL OR api_key_id IS NULL", name="one_author"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    after_id: Mapped[int]
    kind: Mapped[ProjectKind] = mapped_column(stored_as_value(ProjectKind, LONGEST_KIND))
    door: Mapped[Door] = mapped_column(stored_as_value(Door))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    reason: Mapped[str] = mapped_column(String(LONGEST_NOTE), default="")
    test_id: Mapped[int | None] = mapped_column(ForeignKey("experiment.test_id"))
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("queue_hold.id"))
    counts: Mapped[dict[str, int] | None] = mapped_column(JsonText)
    cause: Mapped[CauseKind] = mapped_column(stored_as_value(CauseKind))
    cause_entry_id: Mapped[int | None] = mapped_column(ForeignKey("project_entry.id"))

    experiment: Mapped[Experiment | None] = relationship(lazy="raise")
    hold: Mapped[QueueHold | None] = relationship(lazy="raise")
    cause_entry: Mapped["ProjectEntry | None"] = relationship(
        lazy="raise", remote_side="ProjectEntry.id"
    )
