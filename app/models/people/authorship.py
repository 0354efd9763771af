"""The author of a change, and the door that they used."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.models.people.api_key import ApiKey, Scope
from app.models.people.user import User


class Door(StrEnum):
    """A way in for changes."""

    BROWSER = "browser"
    INTEGERS = "v2"
    NAMES = "api"
    COMMAND_LINE = "command line"
    QUEUE = "queue"
    SCHEDULE = "schedule"


@dataclass(frozen=True)
class Actor:
    """An author and their door; neither person nor key: the command line.

    A key that asks for something now may do nothing but what its `scopes` say, if it has any.
    """

    door: Door
    user_id: int | None = None
    api_key_id: int | None = None
    scopes: frozenset[Scope] | None = field(default=None, compare=False)


class CauseKind(StrEnum):
    """Why something happened: somebody asked for it, or it followed from something else."""

    REQUEST = "request"
    SCHEDULE = "schedule"
    FREED_SLOT = "freed slot"
    RAISED_LIMIT = "raised limit"
    MOVED_PROJECT = "moved project"
    LAPSED = "lapsed"
    ACCESS_ENDED = "access ended"
    HOLD_LIFTED = "hold lifted"


OF_LIMITS = frozenset({CauseKind.RAISED_LIMIT, CauseKind.MOVED_PROJECT})
"""What lets starts in that wait, by a higher limit."""


@dataclass(frozen=True)
class Cause:
    """The cause of an entry of history, who brought it about, and the entry that it follows.

    `due_at` is the moment that the change was scheduled for, if it was, and `project_entry_id` the
    entry of the whole project that it belongs to. `detail` is what else there is to say of it, in a
    sentence.
    """

    kind: CauseKind
    by: Actor | None = None
    entry_id: int | None = None
    due_at: datetime | None = None
    project_entry_id: int | None = None
    detail: str = ""


class ChangedBySomeone:
    """Authorship: a person, a key, or (neither) the command line."""

    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    api_key_id: Mapped[int | None] = mapped_column(ForeignKey("api_key.id"))

    @declared_attr
    def user(cls) -> Mapped[User | None]:  # noqa: N805
        """Return the person, if it was one."""
        return relationship(lazy="raise", foreign_keys=f"{_name_of(cls)}.user_id")

    @declared_attr
    def api_key(cls) -> Mapped[ApiKey | None]:  # noqa: N805
        """Return the key, if it was one."""
        return relationship(lazy="raise", foreign_keys=f"{_name_of(cls)}.api_key_id")


LONGEST_REQUEST_ID = 64
LONGEST_ADDRESS = 45
"""Of IPv6 in its longest way of writing."""


class CameByRequest:
    """The id of the request that brought an entry about, and the network address it came from.

    None where no request did, and of entries of versions that did not keep it.
    """

    request_id: Mapped[str | None] = mapped_column(String(LONGEST_REQUEST_ID))
    address: Mapped[str | None] = mapped_column(String(LONGEST_ADDRESS))


def _name_of(model: object) -> str:
    """Return a mapped class's name: type checkers take the class of a mixin for an instance."""
    return cast("type", model).__name__
