"""Lists of learnings: what has ended in a project, or in all that somebody may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.database.engine import db
from app.experiments import filters, search, texts
from app.experiments.filters import Filters, Scope
from app.learnings import ended, last_results
from app.learnings.ended import Ended
from app.learnings.last_results import LastResult
from app.learnings.quarters import Quarter
from app.models import Experiment

MOST = 200
"""How many are listed at most: a quarter of them is asked for where there are more."""


@dataclass(frozen=True)
class View:
    """Which experiments are wanted; without a `quarter`, whenever they ended."""

    filters: Filters = filters.ALL
    quarter: Quarter | None = None


@dataclass(frozen=True)
class Learning:
    """An experiment with its project, when it ended, what was learned, and what was measured."""

    experiment: Experiment
    ended_at: datetime
    learned: str
    measured: LastResult

    @property
    def quarter(self) -> Quarter:
        """Return the quarter in which it ended."""
        return Quarter.of(self.ended_at)


@dataclass(frozen=True)
class Listing:
    """The learnings of a view, those that ended last first; it `is_cut` where there are more.

    `quarters` are all in which something has ended, the latest first, whichever the view is of.
    """

    learnings: tuple[Learning, ...]
    quarters: tuple[Quarter, ...]
    is_cut: bool


def of(scope: Scope, view: View) -> Listing:
    """Return the learnings of a view in a scope, in a fixed number of statements."""
    found = ended.found(scope, view.filters)
    quarters = {Quarter.of(each.at) for each in found}
    wanted = [each for each in found if view.quarter in (None, Quarter.of(each.at))]
    return Listing(
        _learnings(wanted[:MOST]), tuple(sorted(quarters, reverse=True)), len(wanted) > MOST
    )


def _learnings(found: Sequence[Ended]) -> tuple[Learning, ...]:
    statement = (
        select(Experiment)
        .where(Experiment.test_id.in_([each.test_id for each in found]))
        .options(joinedload(Experiment.project), *texts.LOADED, *search.DECIDED_FOR)
    )
    known = {each.test_id: each for each in db.session.scalars(statement)}
    its = last_results.of([*known.values()])
    return tuple(
        Learning(known[each.test_id], each.at, each.learned, its[each.test_id])
        for each in found
        # What is being erased is there no more.
        if each.test_id in its
    )
