"""Goals: what visitors are hoped to do, or hoped not to."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, ShortText, UtcDateTime, now, one_of, stored_as_value


class Wanted(StrEnum):
    """The wanted direction of a goal: more, as of purchases, or less, as of complaints."""

    MORE = "more"
    LESS = "less"


class Goal(Base):
    """A goal in a project's library; `key` is what a page tracks it by.

    A retired one is kept for the runs that had it, and offered for no other.
    """

    __tablename__ = "goal"
    __table_args__ = (UniqueConstraint("project_id", "key"), one_of("wanted", Wanted))

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    key: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(ShortText)
    wanted: Mapped[Wanted] = mapped_column(stored_as_value(Wanted), default=Wanted.MORE)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
