"""API keys: only the hash of a token is kept."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from app.models.base import Base, ShortText, UtcDateTime, now, one_of, stored_as_value
from app.models.people.user import User


class KeyType(StrEnum):
    """The purpose of a key: to drive a project's experiments, or to evaluate them for visitors.

    A server key belongs to a program, a client key is in web pages, where everybody can read it.
    """

    ADMIN = "admin"
    SERVER = "server"
    CLIENT = "client"


class Scope(StrEnum):
    """A part of what an admin key may do.

    `start` is whatever makes something go live, now or later; `pause` whatever keeps it from that.
    None of the names is a part of another.
    """

    READ = "read"
    WRITE = "write"
    START = "start"
    PAUSE = "pause"
    KEYS = "keys"


def in_order(scopes: Collection[Scope]) -> list[Scope]:
    """Return scopes in the one order in which they are written."""
    return [scope for scope in Scope if scope in scopes]


class ScopeNames(TypeDecorator[frozenset[Scope]]):
    """Scopes, kept by their names with a space between them, as OAuth writes them."""

    impl = String(64)
    cache_ok = True

    def process_bind_param(
        self,
        value: Collection[Scope] | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> str | None:
        """Write the scopes in one order; None is no limit."""
        return None if value is None else " ".join(in_order(value))

    def process_result_value(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> frozenset[Scope] | None:
        """Read the scopes."""
        return None if value is None else frozenset(map(Scope, value.split()))


class AskingFault(StrEnum):
    """Why nobody can ask for the variants of a project's visitors."""

    NO_KEY = "no_key"
    NO_SITE = "no_site"


class ApiKey(Base):
    """A key of one project. `token_hash` is the SHA-256 of the token, in hexadecimal.

    `made_by` is the person whose rights it has, None where nobody knows; of what a key has minted,
    the one of that key. `parent_id` is the key that minted it, None where a person did: it lives no
    longer than that. `replaces_id` is the key whose place it took, which may still work for a
    while. An admin key with `scopes` may do nothing else; one without may do everything.
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
    # No foreign keys: the version before is asked for no more than it knows of.
    made_by_id: Mapped[int | None]
    replaces_id: Mapped[int | None]
    name: Mapped[str] = mapped_column(ShortText)
    scopes: Mapped[frozenset[Scope] | None] = mapped_column(ScopeNames)
    prefix: Mapped[str] = mapped_column(String(16))
    last4: Mapped[str] = mapped_column(String(4))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    public_token: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    made_by: Mapped[User | None] = relationship(
        lazy="raise", primaryjoin=lambda: foreign(ApiKey.made_by_id) == User.id, viewonly=True
    )
    parent: Mapped["ApiKey | None"] = relationship(
        lazy="raise", foreign_keys=[parent_id], remote_side="ApiKey.id"
    )
