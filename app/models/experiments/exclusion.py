"""Exclusions: days of a run that its results leave out."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, exists, or_
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from app.models.base import LONGEST_NOTE, Base, UtcDateTime, now
from app.models.people.authorship import ChangedBySomeone


class Exclusion(ChangedBySomeone, Base):
    """Days of a run, both included, that its results leave out, and why.

    Who first came on one of them is left out, with all that they did. None is as far as the run
    goes. What is counted again has no row any more: history keeps what was left out, and since
    when, and until when.
    """

    __tablename__ = "exclusion"
    __table_args__ = (
        Index("ix_exclusion_run_id", "run_id"),
        CheckConstraint("first_day <= last_day", name="in_order"),
        # The number of what is counted again is never given to another.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    first_day: Mapped[date | None]
    last_day: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(LONGEST_NOTE))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    def covers(self, day: date) -> bool:
        """Return whether a day is left out."""
        return (self.first_day or day) <= day <= (self.last_day or day)


def is_left_out(
    run_id: InstrumentedAttribute[int], day: InstrumentedAttribute[date]
) -> ColumnElement[bool]:
    """Return the condition that a day of a run is left out of its results."""
    return exists().where(
        Exclusion.run_id == run_id,
        or_(Exclusion.first_day.is_(None), Exclusion.first_day <= day),
        or_(Exclusion.last_day.is_(None), Exclusion.last_day >= day),
    )
