"""Audiences that a project keeps by their names, for its designs."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, JsonText, ShortText, UtcDateTime, now


class NamedAudience(Base):
    """An audience that designs of a project refer to; `key` is how programs call it.

    `rules` are groups of conditions, as `experiments/audiences/` has them. Each run keeps a copy:
    a draft's is kept up to date, and that of one which was open stays as it was.
    """

    __tablename__ = "named_audience"
    __table_args__ = (UniqueConstraint("project_id", "key"), UniqueConstraint("project_id", "name"))

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    key: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(ShortText)
    rules: Mapped[object] = mapped_column(JsonText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
