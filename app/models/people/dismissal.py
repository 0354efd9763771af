"""Items that needed attention and were put aside until they change."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, UtcDateTime, now, stored_as_value


class Trouble(StrEnum):
    """What an experiment needs attention for; each is put aside by itself.

    A project is over its limit by the experiment that went live last, and open requests for slots
    are put aside by the experiment of the latest.
    """

    RESULT = "result"
    DROPPED = "dropped"
    IDLE = "idle"
    OVERDUE_START = "overdue start"
    OVERDUE_STOP = "overdue stop"
    OVERDUE_RISE = "overdue rise"
    OVER_LIMIT = "over limit"
    REQUESTS = "requests"


class Dismissal(Base):
    """A kind of trouble of an experiment that a person has put aside.

    `state` is what was so then, as a short text: once it is another, the trouble shows again.
    """

    __tablename__ = "dismissal"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    test_id: Mapped[int] = mapped_column(ForeignKey("experiment.test_id"), primary_key=True)
    kind: Mapped[Trouble] = mapped_column(stored_as_value(Trouble, 32), primary_key=True)
    state: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
