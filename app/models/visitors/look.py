"""Looks at running results that are kept, and what was called at one."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, UtcDateTime, one_of, stored_as_value


class CallKind(StrEnum):
    """What was called: a variant to be better than the original, or the original to be the best."""

    WINNER = "winner"
    ORIGINAL_WINS = "original_wins"


class Look(Base):
    """A variant beside the control at a goal, as one look saw them, from the day's first on.

    `low` and `high` bound the relative improvement by this look and all earlier ones of the run;
    `p_value` is the least of theirs. Of a goal that sums up there are also the sums of what the
    visitors count for, and of its squares.
    """

    __tablename__ = "look"
    __table_args__ = (
        ForeignKeyConstraint(["run_id", "position"], ["variant.run_id", "variant.position"]),
        ForeignKeyConstraint(["run_id", "goal_id"], ["run_goal.run_id", "run_goal.goal_id"]),
        CheckConstraint("low <= high", name="ordered"),
    )

    run_id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    goal_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    control_visitors: Mapped[int]
    control_conversions: Mapped[int]
    visitors: Mapped[int]
    conversions: Mapped[int]
    control_measured: Mapped[float | None]
    control_squares: Mapped[float | None]
    measured: Mapped[float | None]
    squares: Mapped[float | None]
    low: Mapped[float]
    high: Mapped[float]
    p_value: Mapped[float]


class Call(Base):
    """What was called at a look: it stands until `ended_at`.

    Then the split was found broken, or other days were counted.

    `position` is the variant that wins, or the best of those that are worse than the original.
    """

    __tablename__ = "verdict_call"
    __table_args__ = (
        ForeignKeyConstraint(["run_id", "position"], ["variant.run_id", "variant.position"]),
        one_of("kind", CallKind),
        Index(
            "ix_verdict_call_open",
            "run_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    run_id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    kind: Mapped[CallKind] = mapped_column(stored_as_value(CallKind))
    position: Mapped[int]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
