"""Summaries of running experiments' results, for lists that cannot wait."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, UtcDateTime

LONGEST_SENTENCE = 1000


class Standing(Base):
    """A result in short; `needs_attention` when it is conclusive or not to be trusted.

    `kind` is the verdict's (`results/verdict.py`), None where a version before 0.3.0 wrote it.
    `sentence` is what the result page says on top, `tone` how it says it there.
    """

    __tablename__ = "standing"
    __table_args__ = (Index("ix_standing_read_at", "read_at"),)

    test_id: Mapped[int] = mapped_column(
        ForeignKey("experiment.test_id"), primary_key=True, autoincrement=False
    )
    kind: Mapped[str | None] = mapped_column(String(32))
    tone: Mapped[str] = mapped_column(String(16))
    sentence: Mapped[str] = mapped_column(String(LONGEST_SENTENCE))
    needs_attention: Mapped[bool]
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)
