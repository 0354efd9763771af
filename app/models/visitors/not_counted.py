"""What sites sent that was not counted, or got no answer, added up by day and reason."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, UtcDateTime


class NotCounted(Base):
    """How much was not counted on a day of UTC, for one reason; `last_at` is when the last came."""

    __tablename__ = "not_counted"
    __table_args__ = (CheckConstraint("number > 0", name="number_positive"),)

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(String(32), primary_key=True)
    # Who floods a site may bring it past 32 bits in a day. SQLite's integers have 64 anyway.
    number: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"))
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
