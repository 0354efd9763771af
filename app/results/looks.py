"""Looks at runs that are kept: what was called at one stays called.

It ends when the split is found broken, or other days are counted.

The sequential statements hold at all looks at once: what one look has ruled out, a later one need
not allow again. The counts of past days change when conversions arrive late, so a look is kept as
it was.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Row, and_, func, select, update
from sqlalchemy.orm import Session

from app.database import batches
from app.models import Call, Exclusion, Look, Run, table_of
from app.results.findings import Challenger, GoalResult
from app.results.goal_results import zones_of
from app.results.report import Report
from app.results.statistics.arms import Arm, Interval


@dataclass(frozen=True)
class _Kept:
    """The newest look at a run that is kept: when, and its intervals.

    By the ids of goals and the positions of variants.
    """

    at: datetime | None = None
    intervals: Mapping[tuple[int, int], Interval] = field(default_factory=dict)


_NONE_KEPT = _Kept()


def keep(session: Session, reports: Sequence[Report], moment: datetime) -> None:
    """Keep the looks taken at `moment`: the first one of a day, and each that is sure of more.

    A split that is found broken ends what was called.
    """
    kept = _newest(session, [each.run_id for each in reports])
    news = [each for each in reports if _is_news(each, kept.get(each.run_id, _NONE_KEPT), moment)]
    rows = [row for each in news for row in _rows(each, moment)]
    calls = [
        {"run_id": each.run_id, "kind": call.kind, "position": call.position, "at": call.at}
        for each in reports
        if (call := each.findings.call) and call.at == moment
    ]
    batches.add_new(session, table_of(Look), rows)
    batches.add_new(session, table_of(Call), calls)
    end(session, [each.run_id for each in reports if each.findings.is_mismatched], moment)


Excluded = frozenset[tuple[int, datetime]]
"""What a run leaves out: the numbers of the exclusions, and since when each is."""


def excluded(reports: Sequence[Report]) -> dict[int, Excluded]:
    """Return what runs left out when they were read, by their ids."""
    return {each.run_id: frozenset((one.id, one.at) for one in each.exclusions) for each in reports}


def unchanged(session: Session, seen: Mapping[int, Excluded]) -> frozenset[int]:
    """Return which runs leave out what was `seen`, by their ids.

    No other days are left out of any of them until the session commits.
    """
    locked = select(Run.id).where(Run.id.in_(seen)).order_by(Run.id)
    session.execute(locked.with_for_update(key_share=True)).all()
    present = defaultdict[int, set[tuple[int, datetime]]](set)
    statement = select(Exclusion.run_id, Exclusion.id, Exclusion.at)
    for run_id, number, at in session.execute(statement.where(Exclusion.run_id.in_(seen))):
        present[run_id].add((number, at))
    return frozenset(run_id for run_id, was in seen.items() if was == frozenset(present[run_id]))


def _newest(session: Session, run_ids: Sequence[int]) -> dict[int, _Kept]:
    """Return the newest kept look at each run that has one."""
    newest = (
        select(Look.run_id, func.max(Look.at).label("at"))
        .where(Look.run_id.in_(run_ids))
        .group_by(Look.run_id)
        .subquery()
    )
    statement = (
        select(Look.run_id, Look.at, Look.goal_id, Look.position, Look.low, Look.high)
        .join(newest, and_(newest.c.run_id == Look.run_id, newest.c.at == Look.at))
        .order_by(Look.run_id)
    )
    rows = groupby(session.execute(statement), key=attrgetter("run_id"))
    return {run_id: _kept(list(looks)) for run_id, looks in rows}


def _kept(rows: Sequence[Row[int, datetime, int, int, float, float]]) -> _Kept:
    intervals = {
        (goal_id, position): Interval(low, high) for _, _, goal_id, position, low, high in rows
    }
    return _Kept(rows[0].at, intervals)


def _is_news(report: Report, kept: _Kept, moment: datetime) -> bool:
    """Return whether a look is the first one of its day, or is sure of more than the kept one."""
    call = report.findings.call
    if kept.at is None or (call and call.at == moment):
        return True
    if report.course and report.course.day(kept.at) < report.course.day(moment):
        return True
    return any(
        zone.holds(variant.comparison.sequential_interval)
        and not zone.holds(kept.intervals.get((goal.target.id, variant.side.position)))
        for goal in report.findings.goals
        for zone in zones_of(goal.target)
        for variant in goal.challengers
    )


def _rows(report: Report, moment: datetime) -> Iterator[dict[str, object]]:
    for goal in report.findings.goals:
        for variant in goal.challengers:
            yield from _row(report.run_id, goal, variant, moment)


def _row(
    run_id: int, goal: GoalResult, variant: Challenger, moment: datetime
) -> Iterator[dict[str, object]]:
    """Give what is kept of a variant; nothing while too few have converted."""
    interval = variant.comparison.sequential_interval
    if interval is not None:
        yield {
            "run_id": run_id,
            "at": moment,
            "goal_id": goal.target.id,
            "position": variant.side.position,
            "control_visitors": goal.control.arm.visitors,
            "control_conversions": goal.control.arm.conversions,
            "visitors": variant.arm.visitors,
            "conversions": variant.arm.conversions,
            "low": interval.low,
            "high": interval.high,
            "p_value": variant.comparison.sequential_p_value,
            **_sums("control_", goal.control.arm),
            **_sums("", variant.arm),
        }


def _sums(of_whom: str, arm: Arm) -> dict[str, object]:
    """Return what a mean is judged by; of a rate nothing, the counts are all."""
    measured, squares = arm.sums or (None, None)
    return {f"{of_whom}measured": measured, f"{of_whom}squares": squares}


def end(session: Session, run_ids: Sequence[int], moment: datetime) -> None:
    """End what was called of runs, if anything was."""
    if run_ids:
        stands = Call.run_id.in_(run_ids), Call.ended_at.is_(None)
        session.execute(update(Call).where(*stands).values(ended_at=moment))
