"""Families of keys: what ends with a key, which is what it replaces, and what those minted."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import ApiKey


@dataclass(frozen=True)
class Families:
    """The keys of a project, by which end with which; `next_to` has those that end next to one."""

    next_to: Mapping[int, Sequence[int]]

    def of(self, key_id: int) -> tuple[int, ...]:
        """Return the ids of what ends with a key, newest first: of itself, too."""
        found, coming = set[int](), [key_id]
        while coming:
            each = coming.pop()
            if each not in found:
                found.add(each)
                coming += self.next_to.get(each, ())
        return tuple(sorted(found, reverse=True))


def in_project(session: Session, project_id: int) -> Families:
    """Return the families of a project's keys, revoked ones too."""
    statement = select(ApiKey.id, ApiKey.parent_id, ApiKey.replaces_id)
    next_to = defaultdict[int, list[int]](list)
    for key_id, parent_id, replaces_id in session.execute(
        statement.where(ApiKey.project_id == project_id)
    ):
        if parent_id is not None:
            next_to[parent_id].append(key_id)
        if replaces_id is not None:
            next_to[key_id].append(replaces_id)
    return Families(next_to)
