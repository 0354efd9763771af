"""Hindsight: what the database says later of the moments at which events had come, or happened.

Whoever kept them could not know of a key that had been revoked, or of a pause.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.experiments import live_changes
from app.models import ApiKey, Project, Run


def ends_of_keys(session: Session, key_ids: Iterable[int]) -> dict[int, datetime]:
    """Return the moments at which those of the keys that have ended were revoked, or retired."""
    statement = (
        select(ApiKey.id, ApiKey.revoked_at, Project.retired_at)
        .join(Project, Project.id == ApiKey.project_id)
        .where(ApiKey.id.in_(set(key_ids)))
    )
    found: dict[int, datetime] = {}
    for key_id, *ends in session.execute(statement):
        known = [end for end in ends if end is not None]
        if known:
            found[key_id] = min(known)
    return found


class Runs:
    """When runs were live, and when they no longer were, at moments from `since` on."""

    def __init__(self, session: Session, run_ids: Iterable[int], since: datetime) -> None:
        self._session = session
        ids = set(run_ids)
        self._tests = dict(
            session.execute(select(Run.id, Run.test_id).where(Run.id.in_(ids))).all()
        )
        self._opened = self._read_opened()
        self._changes = live_changes.read(session, self._tests.values(), since)

    def was_live(self, run_id: int, moment: datetime) -> bool:
        """Return whether the run had been opened by then, and its experiment was live."""
        opened = (at for each, at in self._opened[self._tests[run_id]] if each == run_id)
        return any(at <= moment for at in opened) and not self.has_ended(run_id, moment)

    def has_ended(self, run_id: int, moment: datetime) -> bool:
        """Return whether its experiment had been paused by then, or had a later run."""
        test_id = self._tests[run_id]
        later = (at for each, at in self._opened[test_id] if each > run_id)
        if any(at <= moment for at in later):
            return True
        before = [change for change in self._changes[test_id] if change.at <= moment]
        return bool(before) and not before[-1].is_start

    def _read_opened(self) -> defaultdict[int, list[tuple[int, datetime]]]:
        found: defaultdict[int, list[tuple[int, datetime]]] = defaultdict(list)
        statement = select(Run.test_id, Run.id, Run.opened_at).where(
            Run.test_id.in_(set(self._tests.values()))
        )
        for test_id, run_id, opened_at in self._session.execute(statement):
            if opened_at is not None:
                found[test_id].append((run_id, opened_at))
        return found
