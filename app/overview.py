"""Across the projects of a member: what is live, and what needs somebody's attention.

Each is one statement, which goes by counts and indexes: however many experiments there are, it
reads those that it gives.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import aliased, contains_eager

from app.extensions import db
from app.models import (
    IS_DROPPED,
    Door,
    Experiment,
    History,
    Kind,
    Membership,
    Plan,
    Project,
    Standing,
    Status,
    now,
)
from app.standings import is_current

MOST_OF_A_KIND = 10
MOST_LIVE = 20
DROPPED_WITHIN = timedelta(days=7)
IDLE_AFTER = timedelta(days=14)


@dataclass(frozen=True)
class OverLimit:
    """A project in which more experiments run than its plan allows."""

    project_key: str
    project_name: str
    running: int
    limit: int


@dataclass(frozen=True)
class Known:
    """An experiment of a project, since when it is what it is, and what its result says."""

    project_key: str
    project_name: str
    key: str
    name: str
    since: datetime
    tone: str | None = None
    sentence: str | None = None


@dataclass(frozen=True)
class Dropped:
    """A start or a stop that was to come by itself and did not."""

    project_key: str
    project_name: str
    entry: History


@dataclass(frozen=True)
class Overview:
    """What is live, newest first, at most 20, and what needs attention, at most 10 of a kind.

    `is_cut` says that more needs attention, `is_live_cut` that more is live.
    """

    over_limit: Sequence[OverLimit]
    conclusive: Sequence[Known]
    dropped: Sequence[Dropped]
    idle: Known | None
    live: Sequence[Known]
    is_cut: bool
    is_live_cut: bool


def of_member(user_id: int) -> Overview:
    """The overview of the projects that somebody is a member of."""
    over_limit, conclusive = _over_limit(user_id), _conclusive(user_id)
    dropped, live = _dropped(user_id), _live(user_id)
    return Overview(
        over_limit=over_limit[:MOST_OF_A_KIND],
        conclusive=conclusive[:MOST_OF_A_KIND],
        dropped=dropped[:MOST_OF_A_KIND],
        idle=_longest_idle(user_id),
        live=live[:MOST_LIVE],
        is_cut=any(len(each) > MOST_OF_A_KIND for each in (over_limit, conclusive, dropped)),
        is_live_cut=len(live) > MOST_LIVE,
    )


def _over_limit(user_id: int) -> list[OverLimit]:
    statement = (
        select(Project.key, Project.name, Project.running_count, Plan.experiments_running)
        .join(Membership, Membership.project_id == Project.id)
        .join(Plan, Plan.code == Project.plan_code)
        .where(Membership.user_id == user_id, Project.running_count > Plan.experiments_running)
        .order_by(Project.name, Project.id)
        .limit(MOST_OF_A_KIND + 1)
    )
    return [OverLimit(*row) for row in db.session.execute(statement)]


def _conclusive(user_id: int) -> list[Known]:
    statement = (
        _running(user_id)
        .join(Standing, (Standing.test_id == Experiment.test_id) & is_current)
        .where(Standing.needs_attention)
        .limit(MOST_OF_A_KIND + 1)
    )
    return _known(statement)


def _live(user_id: int) -> list[Known]:
    statement = (
        _running(user_id)
        .outerjoin(Standing, (Standing.test_id == Experiment.test_id) & is_current)
        .limit(MOST_LIVE + 1)
    )
    return _known(statement)


def _longest_idle(user_id: int) -> Known | None:
    """The draft that has been one for longest, of each project first, then of all."""
    oldest_draft = (
        select(Experiment.test_id)
        .where(Experiment.project_id == Project.id, Experiment.status == Status.DRAFT)
        .order_by(Experiment.changed_at, Experiment.test_id)
        .limit(1)
        .correlate(Project)
        .scalar_subquery()
    )
    statement = (
        select(*_NAMES)
        .select_from(Membership)
        .join(Project, Project.id == Membership.project_id)
        .join(Experiment, Experiment.test_id == oldest_draft)
        .where(
            Membership.user_id == user_id,
            Project.draft_count > 0,
            Experiment.changed_at < now() - IDLE_AFTER,
        )
        .order_by(Experiment.changed_at, Experiment.test_id)
        .limit(1)
    )
    return next((Known(*row) for row in db.session.execute(statement)), None)


def _dropped(user_id: int) -> list[Dropped]:
    """What nobody has dropped by hand, and nobody has seen to since."""
    following = aliased(History)
    latest = (
        select(func.max(following.id))
        .where(
            following.test_id == History.test_id,
            following.kind.not_in((Kind.REFUSED, Kind.EDITED)),
        )
        .correlate(History)
        .scalar_subquery()
    )
    statement = (
        select(Project.key, Project.name, History)
        .select_from(Membership)
        .join(Project, Project.id == Membership.project_id)
        .join(History, History.project_id == Project.id)
        .join(History.experiment)
        .options(contains_eager(History.experiment))
        .where(
            Membership.user_id == user_id,
            text(f"history.{IS_DROPPED}"),
            History.door.in_((Door.QUEUE, Door.SCHEDULE)),
            History.at > now() - DROPPED_WITHIN,
            History.id == latest,
        )
        .order_by(History.id.desc())
        .limit(MOST_OF_A_KIND + 1)
    )
    return [Dropped(*row) for row in db.session.execute(statement)]


_NAMES = (Project.key, Project.name, Experiment.key, Experiment.name, Experiment.changed_at)


def _running(user_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(*_NAMES, Standing.tone, Standing.sentence)
        .select_from(Membership)
        .join(Project, Project.id == Membership.project_id)
        .join(Experiment, Experiment.project_id == Project.id)
        .where(
            Membership.user_id == user_id,
            Project.running_count > 0,
            Experiment.status == Status.RUNNING,
        )
        .order_by(Experiment.changed_at.desc(), Experiment.test_id.desc())
    )


def _known(statement: Select[*tuple[Any, ...]]) -> list[Known]:
    return [Known(*row) for row in db.session.execute(statement)]
