"""The audit trail, read as one with the history of experiments and of whole projects.

The three tables are each read newest first, and merged.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import attrgetter
from typing import Any

from sqlalchemy import Row

from app.audit_trail import statements
from app.audit_trail.entries import Entry, Source
from app.audit_trail.filters import AnyKind, Filters, Place
from app.database.engine import db
from app.database.rows.audit import changed
from app.models import DecisionKept, FieldChange, FiledAs, Kind

PAGE_SIZE = 50
EXPORTED_AT_ONCE = 1_000
MOST_EXPORTED = 100_000


@dataclass(frozen=True)
class Page:
    """Some entries, newest first, and where the next page begins, None on the last."""

    entries: Sequence[Entry]
    next_before: Place | None


def listed(filters: Filters, before: Place | None = None, limit: int = PAGE_SIZE) -> Page:
    """Return a page of the entries that are asked for."""
    found = [_read(source, filters, before, limit + 1) for source in Source]
    merged = heapq.merge(*found, key=attrgetter("place"), reverse=True)
    entries = list(islice(merged, limit + 1))
    if len(entries) <= limit:
        return Page(entries, None)
    return Page(entries[:limit], entries[limit - 1].place)


def exported(filters: Filters) -> Iterator[Sequence[Entry]]:
    """Return all entries that are asked for, some at a time, 100,000 at most."""
    before: Place | None = None
    for _ in range(MOST_EXPORTED // EXPORTED_AT_ONCE):
        page = listed(filters, before, EXPORTED_AT_ONCE)
        yield page.entries
        before = page.next_before
        if before is None:
            return


def _read(source: Source, filters: Filters, before: Place | None, limit: int) -> list[Entry]:
    statement = statements.latest(source, filters, before, limit)
    if statement is None:
        return []
    return [_entry(source, row) for row in db.session.execute(statement)]


def _entry(source: Source, row: Row[*tuple[Any, ...]]) -> Entry:
    return Entry(
        source,
        row.id,
        row.at,
        _kind(source, row),
        row.project_key,
        row.project_name,
        row.author,
        row.api_key_id is not None,
        row.door,
        row.subject,
        row.detail,
        row.reason,
        _changes(source, row),
        row.cause,
        row.caused_by,
        row.request_id or "",
        row.address or "",
        row.times,
        *((row.from_status, row.to_status, row.decision) if source is Source.EXPERIMENT else ()),
    )


def _kind(source: Source, row: Row[*tuple[Any, ...]]) -> AnyKind:
    is_decision = source is Source.EXPERIMENT and row.kind is Kind.EDITED and row.decision
    return FiledAs.DECIDED if is_decision else row.kind


def _changes(source: Source, row: Row[*tuple[Any, ...]]) -> list[FieldChange]:
    """Return what an entry changed; a change of status, and what a whole project lost, too."""
    if source is Source.PROJECT:
        counts: dict[str, int] = row.counts or {}
        return [FieldChange(field=name, before=None, after=count) for name, count in counts.items()]
    changes: list[FieldChange] = list(row.changes or ())
    return [*_of_experiment(row), *changes] if source is Source.EXPERIMENT else changes


def _of_experiment(row: Row[*tuple[Any, ...]]) -> list[FieldChange]:
    """Return how the status changed, or when it is to; and what was decided."""
    if row.kind is not Kind.CHANGED:
        due = changed(due=(None, _written(row.scheduled_for)))
        return due if row.decision is None else _of_decision(row.decision)
    outcome = changed(outcome=(None, row.conclusion))
    ended = outcome if row.decision is None else _of_decision(row.decision)
    return [*changed(status=(row.from_status, row.to_status)), *ended]


def _of_decision(decision: DecisionKept) -> list[FieldChange]:
    before, after = decision["before"], decision["after"]
    return changed(
        outcome=(before["outcome"], after["outcome"]),
        variant=(before["variant"], after["variant"]),
        shipped=(before["shipped"], after["shipped"]),
    )


def _written(moment: datetime | None) -> str | None:
    return moment and moment.isoformat(timespec="seconds")
