"""Sign-ins that failed, counted for every process alike."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, UtcDateTime


class FailedSignIns(Base):
    """How often signing in has failed in a row for an account or from a network, and when last.

    `subject` is "account:" with the SHA-256 of an e-mail, "network:" with an address or, of IPv6,
    its first 64 bits, "device:" with the SHA-256 of one that has signed in before, or "password:"
    with the id of somebody who is asked for theirs.
    """

    __tablename__ = "failed_sign_ins"
    __table_args__ = (CheckConstraint("failures > 0", name="failures_positive"),)

    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
