"""Across the projects of a member: what is live, and what needs somebody's attention.

Each is one statement, built once, which goes by counts and indexes: however many experiments there
are, it reads those that it gives.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Integer, bindparam, case, func, select

from app.database.engine import db
from app.database.rows import overdue
from app.database.rows.open_answers import has_answer
from app.models import (
    Experiment,
    Membership,
    Project,
    Standing,
    now,
)
from app.overview import dropped, experiments, over_limits, overdue_changes
from app.overview.dismissals import latest
from app.overview.dropped import DROPPED_WITHIN, Dropped
from app.overview.experiments import IDLE_AFTER, MOST_LIVE, Known, running_status
from app.overview.over_limits import OverLimit
from app.overview.overdue_changes import Overdue
from app.overview.scope import MOST_OF_A_KIND, of_my_projects
from app.results.silences import SILENT_AFTER


@dataclass(frozen=True)
class Version:
    """What is another whenever a project of somebody, a result in one, or what they left out is.

    And as soon as something is overdue, which is so by time alone. It `has_answer` where a request
    for slots was answered to them.
    """

    parts: tuple[object, ...]
    has_put_aside: bool
    has_overdue: bool
    has_answer: bool


@dataclass(frozen=True)
class Overview:
    """The live experiments, newest first, at most 20, and at most 10 of each kind of attention.

    `is_cut` says that more needs attention, `is_live_cut` that more is live.
    """

    overdue: Sequence[Overdue]
    over_limit: Sequence[OverLimit]
    results: Sequence[Known]
    dropped: Sequence[Dropped]
    idle: Known | None
    live: Sequence[Known]
    is_cut: bool
    is_live_cut: bool


_last_read = (
    select(func.max(Standing.read_at))
    .join(Experiment, Experiment.test_id == Standing.test_id)
    .where(Experiment.project_id == Project.id, Experiment.status == running_status)
    .correlate(Project)
    .scalar_subquery()
)
_versions = of_my_projects(
    Project.id,
    Project.version,
    Project.nonce,
    Membership.role,
    case((Project.running_count > 0, _last_read)),
    overdue.count_in(Project.id).label("overdue"),
    latest(bindparam("user", type_=Integer)).label("put_aside_at"),
    has_answer(bindparam("user", type_=Integer), Project.id).label("has_answer"),
).order_by(Project.id)


def version(user_id: int) -> Version:
    """Return what the start page of somebody depends on."""
    values = {"user": user_id, **overdue.values(now())}
    rows = db.session.execute(_versions, values).all()
    return Version(
        tuple(tuple(row) for row in rows),
        has_put_aside=any(row.put_aside_at for row in rows),
        has_overdue=any(row.overdue for row in rows),
        has_answer=any(row.has_answer for row in rows),
    )


def of_member(user_id: int, *, has_overdue: bool) -> Overview:
    """Return the overview of the projects that somebody is a member of.

    What is overdue is looked for where their `version` says that something is.
    """
    moment = now()
    mine = {
        "user": user_id,
        "idle_since": moment - IDLE_AFTER,
        "dropped_after": moment - DROPPED_WITHIN,
        "silent_since": moment - SILENT_AFTER,
        **overdue.values(moment),
    }
    waiting = overdue_changes.of_member(mine) if has_overdue else ()
    over_limit, results = over_limits.of_member(mine), experiments.with_results(mine)
    lost, live = dropped.of_member(mine), experiments.live(mine)
    return Overview(
        overdue=waiting[:MOST_OF_A_KIND],
        over_limit=over_limit[:MOST_OF_A_KIND],
        results=results[:MOST_OF_A_KIND],
        dropped=lost[:MOST_OF_A_KIND],
        idle=experiments.longest_idle(mine),
        live=live[:MOST_LIVE],
        is_cut=any(len(each) > MOST_OF_A_KIND for each in (waiting, over_limit, results, lost)),
        is_live_cut=len(live) > MOST_LIVE,
    )
