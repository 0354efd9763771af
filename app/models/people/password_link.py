"""Links by which somebody chooses a password: the first one, or in place of a lost one."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, UtcDateTime, now


class PasswordLink(Base):
    """The one link of a person that works; it is gone once it was used.

    `token_hash` is the SHA-256 of its token, in hexadecimal.
    """

    __tablename__ = "password_link"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
