"""Demand for slots: how often a plan was in the way, by project and day."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class SlotDemand(Base):
    """How many starts a plan's limit refused in a project on a day of UTC, and how many asked.

    The plan is the one that the project was on then.
    """

    __tablename__ = "slot_demand"
    __table_args__ = (
        Index("ix_slot_demand_day", "day"),
        CheckConstraint("refusals >= 0 AND requests >= 0", name="counts_not_negative"),
    )

    project_id: Mapped[int] = mapped_column(
        ForeignKey("project.id"), primary_key=True, autoincrement=False
    )
    plan_code: Mapped[int] = mapped_column(
        ForeignKey("plan.code"), primary_key=True, autoincrement=False
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    refusals: Mapped[int] = mapped_column(default=0)
    requests: Mapped[int] = mapped_column(default=0)
