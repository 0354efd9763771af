"""Goals: what visitors are hoped to do, or hoped not to."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, ShortText, UtcDateTime, now, one_of, stored_as_value


class Wanted(StrEnum):
    """The wanted direction of a goal: more, as of purchases, or less, as of complaints."""

    MORE = "more"
    LESS = "less"


class GoalKind(StrEnum):
    """What a goal measures of each visitor.

    Whether they reached it, how often they did, or the sum of what that was worth.
    """

    CONVERSION = "conversion"
    COUNT = "count"
    REVENUE = "revenue"

    @property
    def sums_up(self) -> bool:
        """Return whether every event of a visitor counts, and not the first alone."""
        return self is not GoalKind.CONVERSION


LONGEST_WINDOW_DAYS = 90


class Goal(Base):
    """A goal in a project's library; `key` is what a page tracks it by.

    What it measures never changes: another kind or another window is another goal. What a visitor
    does counts until the end of the last of `window_days` days after the one on which they were
    first exposed; without a window, as long as the run is live. A retired goal is kept for the runs
    that had it, and offered for no other.
    """

    __tablename__ = "goal"
    __table_args__ = (
        UniqueConstraint("project_id", "key"),
        one_of("wanted", Wanted),
        one_of("kind", GoalKind),
        CheckConstraint(f"window_days BETWEEN 1 AND {LONGEST_WINDOW_DAYS}", name="window_days"),
        CheckConstraint("(kind = 'revenue') = (currency IS NOT NULL)", name="currency_of_revenue"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    key: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(ShortText)
    wanted: Mapped[Wanted] = mapped_column(stored_as_value(Wanted), default=Wanted.MORE)
    kind: Mapped[GoalKind] = mapped_column(
        stored_as_value(GoalKind),
        default=GoalKind.CONVERSION,
        server_default=GoalKind.CONVERSION.value,
    )
    window_days: Mapped[int | None]
    currency: Mapped[str | None] = mapped_column(String(3))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def sums_up(self) -> bool:
        """Return whether it adds up what a visitor does: a run of it needs a cap."""
        return self.kind.sums_up
