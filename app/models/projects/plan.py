"""Plans: how many experiments a project may run at once."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, ShortText, UtcDateTime


class Plan(Base):
    """A tier with its limit; `experiments_running` of None means unlimited.

    No project is put on a retired one any more; those that are on it stay.
    """

    __tablename__ = "plan"
    __table_args__ = (
        CheckConstraint("experiments_running >= 0", name="experiments_running_not_negative"),
    )

    code: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(ShortText)
    experiments_running: Mapped[int | None]
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
