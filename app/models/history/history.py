"""The history of experiments: what changed, and what was refused, queued, scheduled or edited."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    and_,
    or_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship
from typing_extensions import TypedDict

from app.models.base import LONGEST_NOTE, Base, JsonText, UtcDateTime, now, one_of, stored_as_value
from app.models.experiments.experiment import Conclusion, Experiment, Status
from app.models.people.api_key import ApiKey
from app.models.people.authorship import CameByRequest, CauseKind, ChangedBySomeone, Door
from app.models.people.user import User

if TYPE_CHECKING:
    from app.models.history.project_entry import ProjectEntry

LEFT_OUT = "days left out"
"""The detail of an edit by which other days of a run are counted."""
# Of few entries, and kept by an index of its own: written out, since a database uses such an index
# only where a statement says the very same.
IS_DROPPED = "kind IN ('unqueued', 'unscheduled')"


class Kind(StrEnum):
    """The kind of an entry of history."""

    CHANGED = "changed"
    REFUSED = "refused"
    QUEUED = "queued"
    UNQUEUED = "unqueued"
    SCHEDULED = "scheduled"
    UNSCHEDULED = "unscheduled"
    EDITED = "edited"
    CREATED = "created"
    CLONED = "cloned"
    NOTED = "noted"
    HANDED_OVER = "handed over"


class FiledAs(StrEnum):
    """What an entry is filed under where that is not the kind by which it is kept.

    Of a decision that changes no status the version before knows an edit.
    """

    DECIDED = "decided"


HistoryKind = Kind | FiledAs
OF_A_CHANGE = frozenset(Kind) - {Kind.REFUSED, Kind.NOTED, Kind.HANDED_OVER}
"""The kinds of entry after which an experiment is in another version than before."""


class FieldChange(TypedDict):
    """One field of an edit, as it was and as it is since; JSON of any kind."""

    field: str
    """The name of the field."""
    before: object
    """What it was."""
    after: object
    """What it is."""


class Ended(TypedDict):
    """How an experiment has ended, as far as that is decided."""

    outcome: Conclusion | None
    """How it ended; null where nobody said."""
    variant: str | None
    """The key of the variant that was decided for; null for none."""
    shipped: bool
    """Whether everybody gets it."""


class DecisionKept(TypedDict):
    """A decision, as the entry of history keeps it that brought or took back one."""

    action: str
    """The action that was taken, by its name."""
    name: str
    """The name of the variant that it is about; "" for none."""
    before: Ended
    """What was decided before."""
    after: Ended
    """What is decided since."""


class History(ChangedBySomeone, CameByRequest, Base):
    """One entry: an accepted transition, which is one row, or something that changed no status.

    `from_status` is the experiment's at that moment, `to_status` where it went or was to go. A swap
    is one entry of the experiment that started; `paused_test_id` is the one that made room.
    `reason` is the person's, `detail` the product's. A refusal that is repeated counts `times`.
    A scheduled change, and what came of it, is `scheduled_for` a moment. What was HANDED_OVER, to
    its author, is a planned stop or a start that somebody else had asked for. An edit keeps its
    `changes`: from what to what, field by field. `cause` is why it happened, `cause_user_id` or
    `cause_api_key_id` who brought that about where it was not the author, and `cause_entry_id`
    the entry that it followed. `cause_project_entry_id` is the entry of the whole project that it
    belongs to. What decided how the experiment ended, or took that back, keeps its `decision`; one
    that changed no status is an edit for the version before.
    """

    __tablename__ = "history"
    __table_args__ = (
        Index("ix_history_test_id_id", "test_id", "id"),
        Index("ix_history_project_id_id", "project_id", "id"),
        Index("ix_history_at_id", "at", "id"),
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
        Index(
            "ix_history_cause_entry_id",
            "cause_entry_id",
            sqlite_where=text("cause_entry_id IS NOT NULL"),
            postgresql_where=text("cause_entry_id IS NOT NULL"),
        ),
        Index(
            "ix_history_cause_project_entry_id",
            "cause_project_entry_id",
            sqlite_where=text("cause_project_entry_id IS NOT NULL"),
            postgresql_where=text("cause_project_entry_id IS NOT NULL"),
        ),
        one_of("kind", Kind),
        one_of("from_status", Status),
        one_of("to_status", Status),
        one_of("cause", CauseKind),
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
    scheduled_for: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changes: Mapped[list[FieldChange] | None] = mapped_column(JsonText)
    decision: Mapped[DecisionKept | None] = mapped_column(JsonText)
    cause: Mapped[CauseKind | None] = mapped_column(stored_as_value(CauseKind))
    cause_entry_id: Mapped[int | None] = mapped_column(ForeignKey("history.id"))
    cause_user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    cause_api_key_id: Mapped[int | None] = mapped_column(ForeignKey("api_key.id"))
    # No foreign key: the version before is asked for no more than it knows of.
    cause_project_entry_id: Mapped[int | None]

    experiment: Mapped[Experiment] = relationship(lazy="raise", foreign_keys=[test_id])
    paused: Mapped[Experiment | None] = relationship(lazy="raise", foreign_keys=[paused_test_id])
    cause_entry: Mapped["History | None"] = relationship(lazy="raise", remote_side="History.id")
    cause_project_entry: Mapped["ProjectEntry | None"] = relationship(
        lazy="raise",
        primaryjoin="foreign(History.cause_project_entry_id) == ProjectEntry.id",
        viewonly=True,
    )
    cause_user: Mapped[User | None] = relationship(lazy="raise", foreign_keys=[cause_user_id])
    cause_api_key: Mapped[ApiKey | None] = relationship(
        lazy="raise", foreign_keys=[cause_api_key_id]
    )

    @property
    def filed_as(self) -> HistoryKind:
        """Return what it is filed under."""
        is_decision = self.kind is Kind.EDITED and self.decision is not None
        return FiledAs.DECIDED if is_decision else self.kind

    @property
    def outcome(self) -> Conclusion | None:
        """Return how the experiment ended, where this entry says so anew."""
        if self.conclusion or not self.decision:
            return self.conclusion
        before, after = (self.decision[when]["outcome"] for when in ("before", "after"))
        return Conclusion(after) if after and after != before else None


def is_filed_as(kinds: Collection[HistoryKind]) -> ColumnElement[bool]:
    """Return `History.filed_as in kinds`, for a statement; decisions with a change are both."""
    plain = [each for each in kinds if isinstance(each, Kind)]
    is_decision = History.decision.is_not(None) & (History.kind != Kind.REFUSED)
    is_plain = History.kind.in_(plain)
    if FiledAs.DECIDED in kinds:
        return or_(is_plain, is_decision)
    return and_(is_plain, or_(History.kind != Kind.EDITED, History.decision.is_(None)))
