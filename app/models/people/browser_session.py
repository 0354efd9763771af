"""Browsers in which somebody is signed in."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, UtcDateTime, now

LONGEST_DEVICE = 200


class BrowserSession(Base):
    """A browser in which a person is signed in. Once the row is gone, so is the session.

    `token_hash` is the SHA-256 of the token in its cookie, in hexadecimal. `device` is what the
    browser says of itself when somebody signs in. `last_used_at` is right to the minute.
    """

    __tablename__ = "browser_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    device: Mapped[str] = mapped_column(String(LONGEST_DEVICE))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    last_used_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
