"""API keys: only the hash of a token is kept."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, ShortText, UtcDateTime, now, one_of, stored_as_value


class KeyType(StrEnum):
    """The purpose of a key: to drive a project's experiments, or to evaluate them for visitors.

    A server key belongs to a program, a client key is in web pages, where everybody can read it.
    """

    ADMIN = "admin"
    SERVER = "server"
    CLIENT = "client"


class AskingFault(StrEnum):
    """Why nobody can ask for the variants of a project's visitors."""

    NO_KEY = "no_key"
    NO_SITE = "no_site"


class ApiKey(Base):
    """A key of one project. `token_hash` is the SHA-256 of the token, in hexadecimal.

    `parent_id` is the key that minted it, None where a person did: it lives no longer than that.
    `public_token` is the token of a client key, which is no secret: pages are built with it.
    """

    __tablename__ = "api_key"
    __table_args__ = (
        one_of("type", KeyType),
        CheckConstraint(
            "public_token IS NULL OR type = 'client'", name="only_client_tokens_public"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    type: Mapped[KeyType] = mapped_column(stored_as_value(KeyType))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("api_key.id"), index=True)
    name: Mapped[str] = mapped_column(ShortText)
    prefix: Mapped[str] = mapped_column(String(16))
    last4: Mapped[str] = mapped_column(String(4))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    public_token: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
