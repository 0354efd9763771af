"""Rises of traffic that are set for a moment."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, UtcDateTime, stored_as_value
from app.models.experiments.experiment import Experiment
from app.models.experiments.run import WHOLE
from app.models.people.authorship import ChangedBySomeone, Door


class ScheduledRise(ChangedBySomeone, Base):
    """A rise of an experiment's traffic at a moment, to a share in basis points; one at most."""

    __tablename__ = "scheduled_rise"
    __table_args__ = (
        Index("ix_scheduled_rise_at", "at"),
        Index("ix_scheduled_rise_project_id_at", "project_id", "at"),
        CheckConstraint(
            f"traffic_allocation > 0 AND traffic_allocation <= {WHOLE}", name="traffic_allocation"
        ),
        CheckConstraint("user_id IS NULL OR api_key_id IS NULL", name="one_author"),
    )

    test_id: Mapped[int] = mapped_column(
        ForeignKey("experiment.test_id"), primary_key=True, autoincrement=False
    )
    traffic_allocation: Mapped[int]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    door: Mapped[Door] = mapped_column(stored_as_value(Door))

    experiment: Mapped[Experiment] = relationship(lazy="raise")
