"""Summaries of running experiments' results, renewed for lists that cannot wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from app.core.moments import iso
from app.database import batches
from app.database.engine import db
from app.database.rows import project_row
from app.database.transactions import writing
from app.events.event_times import LONGEST_DELAY
from app.experiments import lookup
from app.lifecycle.subjects import Subject
from app.models import (
    LONGEST_SENTENCE,
    AnnouncementKind,
    DailyVisitors,
    Experiment,
    Project,
    Run,
    Standing,
    Status,
    is_since,
    table_of,
)
from app.notifications.outbox import Announcement, announce
from app.results import headlines, looks, report
from app.results.headlines import Headline
from app.results.report import Report
from app.results.unusual_days import UnusualDay
from app.results.verdict import Verdict, VerdictKind

# A page that lists results may be so much behind them while visitors come, and while none do.
SHORTEST = timedelta(seconds=60)
LONGEST = timedelta(hours=1)
READ_AT_ONCE = 20
# What is usual is known after some days: the first of a run shows only then that it was not.
UNUSUAL_IS_NEWS = timedelta(days=7)
# Who comes now may count on a day that long ago: what they say carries a time, and days begin later
# in the west than those of UTC.
DAYS_LATE = LONGEST_DELAY + timedelta(days=1)
NEWS: Mapping[object, AnnouncementKind] = {
    VerdictKind.WINNER: AnnouncementKind.WINNER_CALLED,
    VerdictKind.ORIGINAL_WINS: AnnouncementKind.WINNER_CALLED,
    VerdictKind.MISMATCH: AnnouncementKind.SPLIT_BROKEN,
}
"""The verdicts that are announced when they are first read."""

is_current: ColumnElement[bool] = Standing.read_at >= is_since
"""Whether a standing is of what its experiment is now, and not of an earlier run or pause."""
_is_overtaken = Standing.read_at < Experiment.changed_at


@dataclass(frozen=True)
class Said:
    """What an experiment's result said last; it `may_change` while visitors are split."""

    headline: Headline | None
    may_change: bool


def said(experiment: Experiment) -> Said | None:
    """Return what was read last of the experiment's present run; None where nothing was.

    The experiment comes with its standing.
    """
    is_running = experiment.status is Status.RUNNING
    since = experiment.since if is_running else experiment.started_at
    standing = experiment.standing
    if standing is None or since is None or standing.read_at < since:
        return None
    return Said(headlines.kept(standing.kind, standing.tone), is_running)


def renew(moment: datetime) -> None:
    """Read what is out of date at `moment`, the oldest first, at most 20 at once.

    That is what was read before the experiment was last changed, or an hour ago, or a minute ago
    when visitors have come since. What was paused within the last hour is read once more; nothing
    else that does not run is.
    """
    _keep([*_out_of_date(moment), *_just_paused(moment)], moment)


def read_what_ended(moment: datetime) -> None:
    """Read all that is paused or archived after it was live, however many that are."""
    statement = select(Experiment).where(
        Experiment.status.in_((Status.STOPPED, Status.ARCHIVED)),
        Experiment.started_at.is_not(None),
    )
    _keep(db.session.scalars(statement).all(), moment)


def read_again(test_id: int, moment: datetime) -> None:
    """Read an experiment whose visitors are counted otherwise since a moment ago."""
    _keep([db.session.get_one(Experiment, test_id)], moment)


def _keep(outdated: Sequence[Experiment], moment: datetime) -> None:
    # All write in the same order, so that no two processes wait for each other.
    read = sorted(outdated, key=lambda each: each.test_id)
    reports = [report.look(lookup.subject(experiment), moment) for experiment in read]
    rows = [_row(each, moment) for each in reports]
    if rows:
        told_otherwise, seen = _told_otherwise(read, rows), looks.excluded(reports)
        with writing() as session:
            current = looks.unchanged(session, seen)
            kept = [each for each in reports if each.run_id in current]
            test_ids = {each.experiment.test_id for each in kept}
            looks.keep(session, kept, moment)
            standings = [row for row in rows if row["test_id"] in test_ids]
            batches.add_up(session, table_of(Standing), standings, ())
            _tell(session, [each for each in told_otherwise if each.test_id in test_ids], moment)
            _tell_of_unusual_days(session, kept, moment)


def _tell(session: Session, told_otherwise: "Sequence[_Told]", moment: datetime) -> None:
    """Tell of what is said otherwise than before: pages, and whoever listens."""
    for project_id in sorted({each.project_id for each in told_otherwise}):
        project_row.bump_version(session, project_id)
    for each in told_otherwise:
        if each.kind in NEWS:
            announce(session, _announcement(each, moment))


def _tell_of_unusual_days(session: Session, reports: Sequence[Report], moment: datetime) -> None:
    """Announce the days on which unusually many visitors came, each once, while they are news."""
    for each in reports:
        for unusual in each.unusual_days:
            if unusual.day >= (moment - UNUSUAL_IS_NEWS).date():
                announce(session, _unusual(each.experiment, unusual, moment))


def _unusual(experiment: Subject, unusual: UnusualDay, moment: datetime) -> Announcement:
    day = unusual.day.isoformat()
    return Announcement(
        AnnouncementKind.UNUSUAL_TRAFFIC,
        experiment.project_id,
        {"day": day, "visitors": unusual.visitors, "usual": unusual.usual},
        experiment.test_id,
        occurrence=f"{experiment.test_id} {day}",
        at=moment,
    )


@dataclass(frozen=True)
class _Told:
    """What is said of an experiment from now on, that was started at a moment."""

    test_id: int
    project_id: int
    started_at: datetime | None
    kind: object
    sentence: object


def _told_otherwise(read: Sequence[Experiment], rows: Sequence[dict[str, object]]) -> list[_Told]:
    """Return what is of another kind than what lists show."""
    test_ids = [experiment.test_id for experiment in read]
    statement = select(Standing.test_id, Standing.kind).where(Standing.test_id.in_(test_ids))
    before = dict(db.session.execute(statement).all())
    return [
        _Told(each.test_id, each.project_id, each.started_at, row["kind"], row["sentence"])
        for each, row in zip(read, rows, strict=True)
        if before.get(each.test_id) != row["kind"]
    ]


def _announcement(told: _Told, moment: datetime) -> Announcement:
    """Return word of a verdict: once for each time that the experiment was started."""
    started = iso(told.started_at) if told.started_at else ""
    return Announcement(
        NEWS[told.kind],
        told.project_id,
        {"verdict": told.kind, "sentence": told.sentence},
        told.test_id,
        occurrence=f"{told.test_id} {told.kind} {started}",
        at=moment,
    )


def _out_of_date(moment: datetime) -> Sequence[Experiment]:
    visitors_came = exists().where(
        Run.test_id == Experiment.test_id,
        Run.is_current,
        DailyVisitors.run_id == Run.id,
        DailyVisitors.day >= (moment - DAYS_LATE).date(),
        DailyVisitors.last_at > Standing.read_at,
    )
    # Not a join: SQLite would go through all experiments for one.
    with_running = select(Project.id).where(Project.running_count > 0)
    statement = (
        select(Experiment)
        .outerjoin(Standing, Standing.test_id == Experiment.test_id)
        .where(
            Experiment.project_id.in_(with_running),
            Experiment.status == Status.RUNNING,
            or_(
                Standing.kind.is_(None),
                _is_overtaken,
                Standing.read_at < moment - LONGEST,
                and_(Standing.read_at < moment - SHORTEST, visitors_came),
            ),
        )
        .order_by(Standing.read_at.nulls_first(), Experiment.test_id)
        .limit(READ_AT_ONCE)
    )
    return db.session.scalars(statement).all()


def _just_paused(moment: datetime) -> Sequence[Experiment]:
    # Not a join: SQLite would go through all experiments for one.
    with_paused = select(Project.id).where(Project.stopped_count > 0)
    statement = (
        select(Experiment)
        .join(Standing, Standing.test_id == Experiment.test_id)
        .where(
            Experiment.project_id.in_(with_paused),
            Experiment.status == Status.STOPPED,
            Experiment.changed_at >= moment - LONGEST,
            Experiment.started_at.is_not(None),
            _is_overtaken,
        )
        .order_by(Experiment.test_id)
        .limit(READ_AT_ONCE)
    )
    return db.session.scalars(statement).all()


def _row(look: Report, moment: datetime) -> dict[str, object]:
    verdict = look.verdict
    return {
        "test_id": look.experiment.test_id,
        "kind": verdict.kind,
        "tone": headlines.alone(verdict).tone,
        "sentence": _sentence(verdict),
        "needs_attention": verdict.needs_attention,
        "read_at": moment,
    }


def _sentence(verdict: Verdict) -> str:
    """Return what the result page says on top.

    Harm comes first, since it is not to be waited with.
    """
    sentence = " ".join((*verdict.harms, verdict.sentence))
    if len(sentence) <= LONGEST_SENTENCE:
        return sentence
    return f"{sentence[: LONGEST_SENTENCE - 1]}…"
