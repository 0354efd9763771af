"""Overrides: another limit for one project than its plan's."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import LONGEST_NOTE, Base, UtcDateTime, now
from app.models.people.user import User


class PlanOverride(Base):
    """Another limit for a project until a moment; `experiments_running` of None is unlimited.

    A project has one at most, and none any more once the jobs have seen that its time is up. The
    `user` is who gave it, None for the command line.
    """

    __tablename__ = "plan_override"
    __table_args__ = (
        CheckConstraint("experiments_running >= 0", name="experiments_running_not_negative"),
    )

    project_id: Mapped[int] = mapped_column(
        ForeignKey("project.id"), primary_key=True, autoincrement=False
    )
    experiments_running: Mapped[int | None]
    until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    reason: Mapped[str] = mapped_column(String(LONGEST_NOTE))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))

    user: Mapped[User | None] = relationship(lazy="raise")
