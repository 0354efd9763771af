"""Requests that were answered, so that one that is sent twice is carried out once."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, JsonText, UtcDateTime, now


class AnsweredRequest(Base):
    """A request that carried an id, and what came of it; written in the unit of work it asked for.

    `caller` is who sent it, as "user:7" or "key:7": an id belongs to whoever made it up.
    `fingerprint` is the SHA-256 of what it asked for, in hexadecimal. `answer` is JSON, without
    what is shown once.
    """

    __tablename__ = "answered_request"
    __table_args__ = (Index("ix_answered_request_at", "at"),)

    caller: Mapped[str] = mapped_column(String(32), primary_key=True)
    request_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    answer: Mapped[object] = mapped_column(JsonText)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
