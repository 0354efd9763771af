"""Runs: how an experiment splits its visitors, and since when.

An experiment always has one current run. It is planned while `opened_at` is None, and its design
can be changed; once opened it is kept as it is, and a later design or start is a run of its own.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import (
    UTC_ZONE,
    Base,
    JsonText,
    ShortText,
    TimeZone,
    UtcDateTime,
    one_of,
    stored_as_value,
)
from app.models.projects.goal import Goal
from app.models.projects.named_audience import NamedAudience

WHOLE = 10_000
MOST_VARIANTS = 20
DEFAULT_MARGIN, LARGEST_MARGIN = 200, 5_000


class GoalRole(StrEnum):
    """The part of a goal in a run: it decides, is looked at too, or must not suffer."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    GUARDRAIL = "guardrail"


class SplitFault(StrEnum):
    """Why what a run splits can never be compared; stable, for programs."""

    NO_TRAFFIC = "no_traffic"
    ONE_VARIANT = "one_variant"
    NO_CONTROL = "no_control"


class Run(Base):
    """A design with its period. Shares of visitors are in basis points: 10,000 is all of them.

    `salt` makes the split of this run differ from every other's. `minimum_days` and
    `minimum_visitors` (of each variant) hold the verdict back. Its days begin by `time_zone`, that
    of its project when it opened.

    Once the rows of its visitors are deleted, at `rows_deleted_at`, the sums of its days are left.
    `audience` is who takes part, as `experiments/audiences/` has it, and everybody if it is empty;
    `audience_name` is what its project called that, where it was one of its named audiences.
    `recounted_at` is when days were left out of its results last, or counted again: what looks saw
    before was of other visitors.
    """

    __tablename__ = "run"
    __table_args__ = (
        Index("ix_run_test_id_number", "test_id", "number", unique=True),
        Index("ix_run_named_audience_id", "named_audience_id"),
        Index(
            "ix_run_current",
            "test_id",
            unique=True,
            sqlite_where=text("is_current = 1"),
            postgresql_where=text("is_current"),
        ),
        CheckConstraint(f"traffic_allocation BETWEEN 0 AND {WHOLE}", name="traffic_allocation"),
        CheckConstraint("minimum_days >= 0 AND minimum_visitors >= 0", name="minimums"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    test_id: Mapped[int] = mapped_column(ForeignKey("experiment.test_id"))
    number: Mapped[int]
    is_current: Mapped[bool]
    salt: Mapped[str] = mapped_column(String(32))
    traffic_allocation: Mapped[int]
    minimum_days: Mapped[int]
    minimum_visitors: Mapped[int]
    audience: Mapped[object] = mapped_column(JsonText, default=[], server_default="[]")
    named_audience_id: Mapped[int | None] = mapped_column(ForeignKey("named_audience.id"))
    audience_name: Mapped[str] = mapped_column(ShortText, default="", server_default="")
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    time_zone: Mapped[str] = mapped_column(TimeZone, default=UTC_ZONE, server_default=UTC_ZONE)
    rows_deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recounted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    variants: Mapped[list["Variant"]] = relationship(lazy="raise", order_by="Variant.position")
    goals: Mapped[list["RunGoal"]] = relationship(lazy="raise", order_by="RunGoal.position")
    named_audience: Mapped[NamedAudience | None] = relationship(lazy="raise", viewonly=True)
    rises: Mapped[list["TrafficRise"]] = relationship(
        lazy="raise", order_by="TrafficRise.at", viewonly=True
    )


class TrafficRise(Base):
    """A rise of a run's traffic while it was open, in basis points of all visitors.

    `day` is that of the run on which it came. The run has what is so since the last one.
    """

    __tablename__ = "traffic_rise"
    __table_args__ = (
        CheckConstraint(f"before >= 0 AND before < after AND after <= {WHOLE}", name="rises"),
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    day: Mapped[date]
    before: Mapped[int]
    after: Mapped[int]


class Variant(Base):
    """One side of a run's split; the one at position 0 is the control."""

    __tablename__ = "variant"
    __table_args__ = (
        Index("ix_variant_run_id_key", "run_id", "key", unique=True),
        CheckConstraint(f"position BETWEEN 0 AND {MOST_VARIANTS - 1}", name="position"),
        CheckConstraint(f"weight BETWEEN 0 AND {WHOLE}", name="weight"),
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(ShortText)
    weight: Mapped[int]
    value: Mapped[object] = mapped_column(JsonText)


class RunGoal(Base):
    """A goal of a run; there is one primary goal at most.

    `margin` is how much worse a guardrail may get and still count as unharmed, in basis points of
    the control's rate. `cap` is the most that one visitor counts for, of a goal that sums up: one
    huge order decides nothing.
    """

    __tablename__ = "run_goal"
    __table_args__ = (
        Index(
            "ix_run_goal_primary",
            "run_id",
            unique=True,
            sqlite_where=text("role = 'primary'"),
            postgresql_where=text("role = 'primary'"),
        ),
        one_of("role", GoalRole),
        CheckConstraint(f"margin BETWEEN 0 AND {LARGEST_MARGIN}", name="margin"),
        CheckConstraint("cap > 0", name="cap_positive"),
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    goal_id: Mapped[int] = mapped_column(ForeignKey("goal.id"), primary_key=True)
    position: Mapped[int]
    role: Mapped[GoalRole] = mapped_column(stored_as_value(GoalRole))
    margin: Mapped[int] = mapped_column(default=DEFAULT_MARGIN, server_default=str(DEFAULT_MARGIN))
    cap: Mapped[float | None]

    goal: Mapped[Goal] = relationship(lazy="raise")
