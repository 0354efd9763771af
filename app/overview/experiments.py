"""Experiments across the projects of a member: live, with a result to look at, long idle."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
)

from app.database.engine import db
from app.models import (
    Experiment,
    Project,
    QueuedStart,
    ScheduledChange,
    Standing,
    Status,
    Trouble,
    is_since,
    live_since,
)
from app.overview.dismissals import is_put_aside
from app.overview.scope import MOST_OF_A_KIND, of_my_projects
from app.results.silences import is_silent, last_visitor_at
from app.results.summaries import is_current
from app.results.verdict import VerdictKind

MOST_LIVE = 20
IDLE_AFTER = timedelta(days=14)
IDLE = "draft"
LEADS_NOWHERE = (VerdictKind.NO_PRIMARY_GOAL, VerdictKind.NO_COMPARISON)


@dataclass(frozen=True)
class Known:
    """An experiment of a project, since when it is what it is, and what its result says.

    `kind` is the verdict's; `state` is what is so, for whoever puts it aside. `is_silent` where no
    visitor has come for a day although it was live; `last_visitor_at` is when the last one came.
    """

    project_key: str
    project_name: str
    test_id: int
    key: str
    name: str
    since: datetime
    tone: str | None = None
    sentence: str | None = None
    kind: str | None = None
    state: str = ""
    last_visitor_at: datetime | None = None
    is_silent: bool = False


# Written out, not bound: PostgreSQL keeps a plan only for statuses that it knows to be rare.
running_status = literal(Status.RUNNING, Experiment.status.type, literal_execute=True)
_draft_status = literal(Status.DRAFT, Experiment.status.type, literal_execute=True)
_NAMES = (
    Project.key,
    Project.name,
    Experiment.test_id,
    Experiment.key,
    Experiment.name,
    is_since,
)
_result_state = Standing.tone.concat(" ").concat(func.coalesce(Standing.kind, ""))


def _running(*columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """Return the statement for what is live, the latest first, with its standing and `columns`."""
    return (
        of_my_projects(*_NAMES, Standing.tone, Standing.sentence, Standing.kind, *columns)
        .join(Experiment, Experiment.project_id == Project.id)
        .where(Project.running_count > 0, Experiment.status == running_status)
        .order_by(Experiment.changed_at.desc(), Experiment.test_id.desc())
    )


_its_standing = (Standing.test_id == Experiment.test_id) & is_current
_attention_state = _result_state.concat(case((is_silent, " silent"), else_=""))
_so_since = case((and_(is_silent, last_visitor_at > live_since), last_visitor_at), else_=live_since)
# Nothing will ever come of it as it is; of an experiment that has just started that is no news.
_leads_nowhere = and_(Standing.kind.in_(LEADS_NOWHERE), live_since <= bindparam("silent_since"))
# What is sure, or broken, first: it is not pushed out by what leads nowhere.
_results = (
    _running(_attention_state, last_visitor_at, is_silent)
    .join(Standing, _its_standing)
    .where(
        or_(Standing.needs_attention, _leads_nowhere, is_silent),
        ~is_put_aside(Trouble.RESULT, Experiment.test_id, _attention_state, _so_since),
    )
    .order_by(None)
    .order_by(
        Standing.needs_attention.desc(), Experiment.changed_at.desc(), Experiment.test_id.desc()
    )
    .limit(MOST_OF_A_KIND + 1)
)
_live = _running(_result_state).outerjoin(Standing, _its_standing).limit(MOST_LIVE + 1)
_oldest_draft = (
    select(Experiment.test_id)
    .where(
        Experiment.project_id == Project.id,
        Experiment.status == _draft_status,
        # What waits for a slot or for its moment has been seen to.
        ~exists().where(QueuedStart.test_id == Experiment.test_id),
        ~exists().where(ScheduledChange.test_id == Experiment.test_id),
        ~is_put_aside(Trouble.IDLE, Experiment.test_id, literal(IDLE), Experiment.changed_at),
    )
    .order_by(Experiment.changed_at, Experiment.test_id)
    .limit(1)
    .correlate(Project)
    .scalar_subquery()
)
# The oldest draft of each project first, then of all.
_longest_idle = (
    of_my_projects(*_NAMES, null(), null(), null(), literal(IDLE))
    .join(Experiment, Experiment.test_id == _oldest_draft)
    .where(Project.draft_count > 0, Experiment.changed_at < bindparam("idle_since"))
    .order_by(Experiment.changed_at, Experiment.test_id)
    .limit(1)
)


def with_results(mine: dict[str, object]) -> Sequence[Known]:
    """Return the live ones whose result needs attention, one more than are shown."""
    return _known(_results, mine)


def live(mine: dict[str, object]) -> Sequence[Known]:
    """Return the live ones, the newest first, one more than are shown."""
    return _known(_live, mine)


def longest_idle(mine: dict[str, object]) -> Known | None:
    """Return the draft that nobody has touched for longest; None where none lies idle."""
    return next(iter(_known(_longest_idle, mine)), None)


def _known(statement: Select[*tuple[Any, ...]], mine: dict[str, object]) -> list[Known]:
    return [Known(*row) for row in db.session.execute(statement, mine)]
