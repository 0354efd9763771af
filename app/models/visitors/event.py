"""Exposures and conversions of visitors: each once, and counted by day as it is recorded.

A unit is a visitor; only its hash is kept (`events/units.py`). All days are those on
which the visitor was first exposed, by the run's calendar: a conversion belongs to the day on which
its visitor came, so that a rate never compares one day's conversions with another's visitors.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, UtcDateTime


class Exposure(Base):
    """A unit's first sight of its variant in a run."""

    __tablename__ = "exposure"
    __table_args__ = (
        ForeignKeyConstraint(["run_id", "position"], ["variant.run_id", "variant.position"]),
        {"sqlite_with_rowid": False},
    )

    run_id: Mapped[int] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(String(22), primary_key=True)
    position: Mapped[int]
    day: Mapped[date]


class Conversion(Base):
    """A unit's reaching of a goal in a run, after it was exposed: `events` times, worth `value`.

    Of a goal that counts conversions only the first is kept.
    """

    __tablename__ = "conversion"
    __table_args__ = (
        ForeignKeyConstraint(["run_id", "unit"], ["exposure.run_id", "exposure.unit"]),
        ForeignKeyConstraint(["run_id", "goal_id"], ["run_goal.run_id", "run_goal.goal_id"]),
        {"sqlite_with_rowid": False},
    )

    run_id: Mapped[int] = mapped_column(primary_key=True)
    goal_id: Mapped[int] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(String(22), primary_key=True)
    value: Mapped[float | None]
    events: Mapped[int] = mapped_column(default=1, server_default="1")


class GoalEvent(Base):
    """An event that was counted for a conversion and had an id, so that it counts once."""

    __tablename__ = "goal_event"
    __table_args__ = (
        ForeignKeyConstraint(
            ["run_id", "goal_id", "unit"],
            ["conversion.run_id", "conversion.goal_id", "conversion.unit"],
        ),
        {"sqlite_with_rowid": False},
    )

    run_id: Mapped[int] = mapped_column(primary_key=True)
    goal_id: Mapped[int] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(String(22), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(22), primary_key=True)


class DailyVisitors(Base):
    """The number of units that a variant of a run got on a day, and when the last of them came."""

    __tablename__ = "daily_visitors"
    __table_args__ = (
        ForeignKeyConstraint(["run_id", "position"], ["variant.run_id", "variant.position"]),
        CheckConstraint("visitors > 0", name="visitors_positive"),
    )

    run_id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    visitors: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DailyConversions(Base):
    """What a day's units did for a goal, whenever they did it.

    `conversions` is the number of units that reached it, `events` how often they did, `total_value`
    the sum of what that was worth. Of a goal that sums up, `measured` is the sum of what its units
    count for, each at most the run's cap, and `squares` the sum of the squares of that.
    """

    __tablename__ = "daily_conversions"
    __table_args__ = (
        ForeignKeyConstraint(["run_id", "position"], ["variant.run_id", "variant.position"]),
        ForeignKeyConstraint(["run_id", "goal_id"], ["run_goal.run_id", "run_goal.goal_id"]),
        CheckConstraint("conversions > 0", name="conversions_positive"),
    )

    run_id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    goal_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    conversions: Mapped[int]
    total_value: Mapped[float]
    events: Mapped[int] = mapped_column(default=0, server_default="0")
    measured: Mapped[float] = mapped_column(default=0.0, server_default="0")
    squares: Mapped[float] = mapped_column(default=0.0, server_default="0")
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
