"""Experiments."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    case,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship, validates

from app.models import names
from app.models.base import (
    Base,
    JsonText,
    ShortText,
    SortName,
    UtcDateTime,
    now,
    one_of,
    stored_as_value,
)
from app.models.experiments.run import SplitFault
from app.models.people.api_key import AskingFault
from app.models.people.authorship import ChangedBySomeone
from app.models.projects.project import Project
from app.models.visitors.result_summary import Standing

LONGEST_TAG = 40


class Conclusion(StrEnum):
    """The outcome of an experiment, by whoever decided it, or archived it."""

    WON = "won"
    LOST = "lost"
    INCONCLUSIVE = "inconclusive"
    UNFINISHED = "unfinished"


class Status(StrEnum):
    """The four states of an experiment."""

    DRAFT = "draft"
    RUNNING = "running"
    STOPPED = "stopped"
    ARCHIVED = "archived"


class Experiment(ChangedBySomeone, Base):
    """One A/B experiment.

    `test_id` and `public_id` are its names in the two contracts, `key` in a project's pages.
    `changed_at` and the person or key beside it belong to the present status; `updated_at` moves
    with any change. `folded_name` is the name to search by, `sort_name` to sort by (`names.py`).
    `version` is the entry of history that changed it last: its status, design, texts, schedule or
    own place in the queue.
    `live_since` is when it went live last, and stays that when a pause is taken back at once.
    `hypothesis`, `owner_id` and `ticket_url` say what it is for. `conclusion` is how it ended,
    where somebody has said so, and `shipped_variant` the key of the variant that was decided for.
    Everybody gets that as long as `shipped_at` is when it became what it is: whatever changes its
    status ends that, a version that knows nothing of it too. `always_shown` has, by the ids of
    visitors, the key of the variant that each of them always sees while it runs, counted nowhere.
    `preview_series` counts how often its preview links were taken back: those of before end.

    `split_fault`, `only_variant` (the name of the one that everybody gets), `asking_fault`, and
    `shipped_name` and `shipped_position` of the variant that was decided for, are no columns: a
    page's statement reads them along (`experiments/visibility.py`, `search.py`).
    """

    __tablename__ = "experiment"
    __table_args__ = (
        UniqueConstraint("project_id", "key"),
        Index("ix_experiment_project_id_status_test_id", "project_id", "status", "test_id"),
        Index("ix_experiment_project_id_test_id", "project_id", "test_id"),
        Index("ix_experiment_changed", "project_id", "status", "changed_at", "test_id"),
        Index("ix_experiment_project_id_changed_at_test_id", "project_id", "changed_at", "test_id"),
        Index("ix_experiment_sort_name", "project_id", "sort_name", "test_id"),
        Index("ix_experiment_owner_id", "owner_id"),
        one_of("status", Status),
        one_of("conclusion", Conclusion),
        Index(
            "ix_experiment_shipped",
            "project_id",
            sqlite_where=text("shipped_at IS NOT NULL"),
            postgresql_where=text("shipped_at IS NOT NULL"),
        ),
        CheckConstraint(
            "conclusion IS NULL OR status IN ('stopped', 'archived')", name="only_an_end_concludes"
        ),
        CheckConstraint(
            "shipped_at IS NULL OR shipped_variant IS NOT NULL", name="shipped_is_a_variant"
        ),
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
    folded_name: Mapped[str] = mapped_column(Text)
    sort_name: Mapped[str] = mapped_column(SortName, server_default="")
    url: Mapped[str] = mapped_column(String(2000), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    hypothesis: Mapped[str] = mapped_column(Text, default="", server_default="")
    ticket_url: Mapped[str] = mapped_column(String(2000), default="", server_default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    conclusion: Mapped[Conclusion | None] = mapped_column(stored_as_value(Conclusion))
    shipped_variant: Mapped[str | None] = mapped_column(String(64))
    shipped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    status: Mapped[Status] = mapped_column(stored_as_value(Status), default=Status.DRAFT)
    version: Mapped[int] = mapped_column(default=0, server_default="0")
    clone_of_test_id: Mapped[int | None] = mapped_column(ForeignKey("experiment.test_id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    live_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    always_shown: Mapped[dict[str, str] | None] = mapped_column(JsonText)
    preview_series: Mapped[int] = mapped_column(default=0, server_default="0")

    # Known where the statement that read the experiment asked for it.
    has_visitors: Mapped[bool | None] = query_expression()
    owner_email: Mapped[str | None] = query_expression()
    is_owner_member: Mapped[bool | None] = query_expression()
    tag_words: Mapped[str | None] = query_expression()
    split_fault: Mapped[SplitFault | None] = query_expression()
    only_variant: Mapped[str | None] = query_expression()
    asking_fault: Mapped[AskingFault | None] = query_expression()
    shipped_name: Mapped[str | None] = query_expression()
    shipped_position: Mapped[int | None] = query_expression()
    project: Mapped[Project] = relationship(lazy="raise", viewonly=True)
    standing: Mapped[Standing | None] = relationship(lazy="raise", viewonly=True)
    clone_of: Mapped["Experiment | None"] = relationship(
        lazy="raise", remote_side="Experiment.test_id"
    )

    @validates("name")
    def fold(self, _attribute: str, name: str) -> str:
        """Keep `folded_name` and `sort_name` beside the name."""
        self.folded_name, self.sort_name = names.folded(name), names.sort_name(name)
        return name

    @property
    def is_shipped(self) -> bool:
        """Return whether everybody gets the variant that was decided for."""
        return self.status is Status.STOPPED and self.shipped_at == self.changed_at

    @property
    def since(self) -> datetime:
        """Return since when it is what it is, whatever pause of it was taken back at once."""
        is_live = self.status is Status.RUNNING
        return (self.live_since if is_live else None) or self.changed_at


is_shipped = (func.lower(Experiment.status) == Status.STOPPED) & (
    Experiment.shipped_at == Experiment.changed_at
)
"""`Experiment.is_shipped`, for a statement.

As a function of the status, which no index has, so that SQLite takes that of the few experiments
that were ever shipped, and not all that are paused: 0.02 ms of 100,000, and not 13.
"""
live_since = func.coalesce(Experiment.live_since, Experiment.changed_at)
"""Since when a running experiment has been live."""
is_since = case((Experiment.status == Status.RUNNING, live_since), else_=Experiment.changed_at)
"""`Experiment.since`, for a statement."""


class ExperimentTag(Base):
    """A word that experiments of a project are grouped by, in lower case."""

    __tablename__ = "experiment_tag"
    __table_args__ = (Index("ix_experiment_tag_project_id_tag", "project_id", "tag", "test_id"),)

    test_id: Mapped[int] = mapped_column(
        ForeignKey("experiment.test_id"), primary_key=True, autoincrement=False
    )
    tag: Mapped[str] = mapped_column(String(LONGEST_TAG), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
