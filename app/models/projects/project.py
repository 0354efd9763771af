"""Projects and who belongs to them."""

import secrets
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from app.models import names
from app.models.base import (
    UTC_ZONE,
    Base,
    ShortText,
    SortName,
    TimeZone,
    UtcDateTime,
    now,
    one_of,
    stored_as_value,
)
from app.models.people.user import User
from app.models.projects.plan import Plan


class Role(StrEnum):
    """The rights of a member: look; change experiments; manage keys and members."""

    VIEWER = "viewer"
    MARKETER = "marketer"
    OWNER = "owner"


def new_salt() -> str:
    """32 random hexadecimal digits."""
    return secrets.token_hex(16)


def new_nonce() -> str:
    """16 random hexadecimal digits."""
    return secrets.token_hex(8)


class Project(Base):
    """A site under test. `version` grows by one with every change that a page of it shows;
    a refused attempt, which changes nothing, waits for the next.

    `nonce` is random and another with every version: after an older state was restored, a version
    that comes again is told from the one that was abandoned.

    `draft_count` and its like are how many experiments of each status the project has: counting
    them would take a page the longer, the more there are.

    `time_zone` says when a day begins for runs that are started from now on.

    A retired project takes no part any more; what it recorded is kept.

    `unit_salt` keys the hashes of its visitors: nobody else's hashes are comparable with them.
    It is empty while the project is being erased.
    """

    __tablename__ = "project"
    __table_args__ = (
        Index("ix_project_sort_name", "sort_name", "id"),
        CheckConstraint(
            "draft_count >= 0 AND running_count >= 0"
            " AND stopped_count >= 0 AND archived_count >= 0",
            name="counts_not_negative",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(ShortText)
    sort_name: Mapped[str] = mapped_column(SortName, server_default="")
    plan_code: Mapped[int] = mapped_column(ForeignKey("plan.code"), index=True)
    time_zone: Mapped[str] = mapped_column(TimeZone, default=UTC_ZONE, server_default=UTC_ZONE)
    version: Mapped[int] = mapped_column(default=1)
    nonce: Mapped[str] = mapped_column(String(16), default=new_nonce, server_default="")
    draft_count: Mapped[int] = mapped_column(default=0)
    running_count: Mapped[int] = mapped_column(default=0)
    stopped_count: Mapped[int] = mapped_column(default=0)
    archived_count: Mapped[int] = mapped_column(default=0)
    unit_salt: Mapped[str] = mapped_column(String(32), default=new_salt)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    plan: Mapped[Plan] = relationship(lazy="raise")

    @property
    def is_being_erased(self) -> bool:
        """Return whether it is being erased: that begins with its salt."""
        return not self.unit_salt

    @validates("name")
    def keep_sort_name(self, _attribute: str, name: str) -> str:
        """Keep `sort_name` beside the name."""
        self.sort_name = names.sort_name(name)
        return name


class Membership(Base):
    """One person's role in one project."""

    __tablename__ = "membership"
    __table_args__ = (one_of("role", Role),)

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id"), primary_key=True, index=True
    )
    role: Mapped[Role] = mapped_column(stored_as_value(Role))

    user: Mapped[User] = relationship(lazy="raise")


class Origin(Base):
    """A web origin whose pages may use the project's client keys, as https://shop.example."""

    __tablename__ = "origin"

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    address: Mapped[str] = mapped_column(String(255), primary_key=True)


class OwnNetwork(Base):
    """A network of addresses whose visits to the project's site do not count, as 192.0.2.0/24."""

    __tablename__ = "own_network"

    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), primary_key=True)
    network: Mapped[str] = mapped_column(String(43), primary_key=True)
