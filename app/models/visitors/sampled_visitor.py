"""A sample of the visitors of the last day, with what was known of them, to count audiences by."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, JsonText, UtcDateTime


class SampledVisitor(Base):
    """A visitor of a project, last seen at a moment, and what was known of them then.

    `place` is where they stand among all that could be, by a keyed hash of their name: the sample
    are those in the first places. When this was written it had all visitors up to `bound`.
    """

    __tablename__ = "sampled_visitor"

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    place: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    bound: Mapped[int] = mapped_column(BigInteger)
    context: Mapped[object] = mapped_column(JsonText)
