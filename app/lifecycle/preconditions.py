"""What somebody saw of an experiment before they asked for a change of it.

An experiment that is another by now is not changed: they are told what has happened to it since.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, select, union

from app.core import version_tokens
from app.database.unit_of_work import UnitOfWork
from app.lifecycle import refusals
from app.lifecycle.changes_since import ChangeSince
from app.lifecycle.ends.endings import UNDECIDED
from app.lifecycle.refusals import Refused
from app.lifecycle.subjects import Subject
from app.models import OF_A_CHANGE, ApiKey, History, Status, User, table_of

MOST_CHANGES = 10


@dataclass(frozen=True)
class Precondition:
    """Which of its versions, or of the moments at which its status changed, somebody saw.

    One of them has to be as it is now; where there is none at all, nothing is. A moment stands for
    an experiment of which nothing was decided.
    """

    versions: frozenset[int] = field(default_factory=frozenset)
    status_moments: frozenset[datetime] = field(default_factory=frozenset)

    @classmethod
    def of_tokens(cls, tokens: Iterable[str]) -> "Precondition":
        """Return what version tokens and status tokens say; any other text says nothing."""
        told = list(tokens)
        versions = map(version_tokens.version_of, told)
        moments = (version_tokens.moment_of(each) for each in told if version_tokens.is_token(each))
        return cls(frozenset(each for each in versions if each is not None), frozenset(moments))

    def is_met_by(self, experiment: Subject) -> bool:
        """Return whether the experiment is as somebody saw it."""
        if experiment.version in self.versions:
            return True
        return experiment.ending == UNDECIDED and experiment.changed_at in self.status_moments


def unchanged_since(moment: datetime) -> Precondition:
    """Return the precondition that after `moment` no status has changed, and nothing is decided."""
    return Precondition(status_moments=frozenset({moment}))


def require(work: UnitOfWork, experiment: Subject, expected: Precondition | None) -> None:
    """Raise Refused where the experiment is not as `expected`, if anything is."""
    if expected is None or expected.is_met_by(experiment):
        return
    since = _changes_since(work, experiment, expected)
    raise Refused(refusals.changed_meanwhile(experiment, since))


_entry, _user, _api_key = table_of(History).c, table_of(User).c, table_of(ApiKey).c
_facts = (
    select(
        _entry.id.label("entry_id"),
        _entry.at,
        _entry.kind,
        _entry.from_status,
        _entry.to_status,
        _entry.paused_test_id,
        _entry.detail,
        _entry.changes,
        _entry.decision,
        _entry.door,
        _user.email,
        _api_key.name,
    )
    .outerjoin_from(table_of(History), table_of(User), _user.id == _entry.user_id)
    .outerjoin(table_of(ApiKey), _api_key.id == _entry.api_key_id)
    .where(_entry.kind.in_(OF_A_CHANGE))
    .order_by(_entry.id.desc())
    .limit(MOST_CHANGES)
)


def _changes_since(
    work: UnitOfWork, experiment: Subject, expected: Precondition
) -> tuple[ChangeSince, ...]:
    """Return the last changes after what was seen, the newest first; none where nothing was."""
    is_after = _is_after(expected)
    if is_after is None:
        return ()
    # Each half has an index of its own: asked with OR, a database may go through all of history.
    ids = union(
        *(
            select(_entry.id).where(is_its_own == experiment.test_id, is_after)
            for is_its_own in (_entry.test_id, _entry.paused_test_id)
        )
    )
    rows = work.execute(_facts.where(_entry.id.in_(ids)), {})
    return tuple(_change(experiment, row) for row in rows)


def _is_after(expected: Precondition) -> ColumnElement[bool] | None:
    if expected.versions:
        return _entry.id > max(expected.versions)
    return _entry.at > max(expected.status_moments) if expected.status_moments else None


def _change(experiment: Subject, row: Row[Any]) -> ChangeSince:
    facts = dict(row._mapping)  # noqa: SLF001
    if facts.pop("paused_test_id") == experiment.test_id:
        facts |= {"from_status": Status.RUNNING, "to_status": Status.STOPPED}
    return ChangeSince(person=facts.pop("email"), api_key=facts.pop("name"), **facts)
