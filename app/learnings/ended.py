"""Experiments that have ended: when that was decided, and what was learned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, Select, and_, exists, or_, select

from app.database.engine import db
from app.experiments import filters
from app.experiments.filters import Filters, Scope
from app.models import Ended as Kept
from app.models import Experiment, History, Kind, Run, Status


@dataclass(frozen=True)
class Ended:
    """An experiment that has ended: `at` that moment, with what was `learned` then."""

    test_id: int
    at: datetime
    learned: str


def found(scope: Scope, wanted: Filters) -> list[Ended]:
    """Return what was concluded, or archived after it ran, in a scope; what ended last is first."""
    rows = db.session.execute(_statement(scope, wanted)).all()
    all_ended = [
        _ended(test_id, list(entries))
        for test_id, entries in groupby(rows, key=attrgetter("test_id"))
    ]
    return sorted(all_ended, key=lambda each: (each.at, each.test_id), reverse=True)


def learned(experiment: Experiment) -> str:
    """Return what was learned when the present outcome was said; "" where none is, or no word."""
    its = _statement(experiment.project_id, Filters()).where(
        Experiment.test_id == experiment.test_id
    )
    rows = db.session.execute(its).all() if experiment.conclusion else []
    return _ended(experiment.test_id, rows).learned if rows else ""


def _statement(scope: Scope, wanted: Filters) -> Select[*tuple[Any, ...]]:
    """Return the statement for what has ended, with each entry of its history that may say how."""
    has_run = exists().where(Run.test_id == Experiment.test_id, Run.opened_at.is_not(None))
    is_archival = and_(History.kind == Kind.CHANGED, History.to_status == Status.ARCHIVED)
    may_say_how = or_(History.decision.is_not(None), is_archival)
    return (
        select(
            Experiment.test_id,
            Experiment.conclusion,
            Experiment.shipped_variant,
            Experiment.changed_at,
            History.at,
            History.reason,
            History.conclusion.label("said"),
            History.decision,
        )
        .outerjoin(History, and_(History.test_id == Experiment.test_id, may_say_how))
        .where(filters.of(Experiment.project_id, scope), has_run)
        .where(or_(Experiment.conclusion.is_not(None), Experiment.status == Status.ARCHIVED))
        .where(*filters.conditions(wanted, scope))
        .order_by(Experiment.test_id, History.id)
    )


def _ended(test_id: int, entries: Sequence[Row[*tuple[Any, ...]]]) -> Ended:
    """Return how an experiment ended, by the entries that have said the present outcome anew.

    What was decided once more without a word, by an Undo, leaves what was learned as it was.
    """
    saying = [each for each in entries if _says_the_present(each)]
    at = saying[-1].at if saying else entries[0].changed_at
    reasons = [each.reason for each in saying if each.reason]
    return Ended(test_id, at, reasons[-1] if reasons else "")


def _says_the_present(entry: Row[*tuple[Any, ...]]) -> bool:
    if entry.at is None:
        return False
    present = (entry.conclusion, entry.shipped_variant)
    if entry.decision is None:
        return present == (entry.said, None)
    before, after = (_said(entry.decision[when]) for when in ("before", "after"))
    return present == after != before


def _said(kept: Kept) -> tuple[str | None, str | None]:
    return kept["outcome"], kept["variant"]
