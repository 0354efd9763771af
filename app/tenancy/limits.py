"""Limits of projects: what room they leave, and what follows when plans change them."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from app.database.rows import plan_limits
from app.database.rows.plan_limits import SlotRoom
from app.database.unit_of_work import UnitOfWork, within
from app.lifecycle.queueing import queue_processing
from app.models import Actor, CauseKind, Plan, Project, QueuedStart
from app.tenancy.agreements import Effects, Over, Start
from app.tenancy.lowered_limits import announce_lowered

_has_queue = exists().where(QueuedStart.project_id == Project.id).correlate(Project)


@dataclass(frozen=True)
class Standing:
    """What is live in a project, what it may have live, and whether anything waits in its queue."""

    key: str
    name: str
    running: int
    limit: int | None
    has_queue: bool


Standings = Mapping[int, Standing]
"""Standings of projects by the id of each, in the order of their names."""


def lock(session: Session, which: ColumnElement[bool]) -> Standings:
    """Lock projects, so that nobody else takes a slot in them; return how each stands."""
    lock_rows(session, which)
    return read(session, which)


def lock_rows(session: Session, which: ColumnElement[bool]) -> None:
    """Lock projects in the one order of all who lock several: the second waits for the first."""
    locked = select(Project.id).where(which).order_by(Project.id)
    session.execute(locked.with_for_update(key_share=True)).all()


def read(session: Session, which: ColumnElement[bool]) -> Standings:
    """Return how projects stand now."""
    statement = plan_limits.joined(
        select(
            Project.id,
            Project.key,
            Project.name,
            Project.running_count,
            plan_limits.LIMIT,
            _has_queue,
        )
        .join(Plan, Plan.code == Project.plan_code)
        .where(which)
        .order_by(Project.sort_name, Project.id)
    )
    return {row[0]: Standing(*row[1:]) for row in session.execute(statement)}


def follow(
    session: Session,
    before: Standings,
    after: Standings,
    actor: Actor,
    cause: CauseKind,
    detail: str = "",
) -> Effects:
    """Give the slots that are new to what waits for them, in projects that are locked.

    Lower limits stop nothing, and are announced. History keeps the `cause` of each start, and what
    else there is to say of that. Returns what was started, and which projects came to be over.
    """
    changed = [(each, before[each], after[each]) for each in after if each in before]
    started = [
        start
        for project_id, was, is_now in changed
        if is_now.has_queue and is_higher(is_now.limit, was.limit)
        for start in _filled(
            within(session, project_id, actor).causing(cause, detail=detail), is_now
        )
    ]
    lowered = [each for each in changed if is_higher(each[1].limit, each[2].limit)]
    if lowered:
        told = {each: (was.limit, is_now.limit) for each, was, is_now in lowered}
        announce_lowered(session, told, actor)
    over = (_over(is_now) for _, _, is_now in lowered)
    return Effects(tuple(started), tuple(each for each in over if each))


def _filled(work: UnitOfWork, project: Standing) -> list[Start]:
    filled = queue_processing.fill_slots(work)
    return [Start(each.test_id, each.name, project.key, project.name) for each in filled]


def _over(project: Standing) -> Over | None:
    limit = project.limit
    if limit is None or plan_limits.room(project.running, limit) is not SlotRoom.OVER:
        return None
    return Over(project.key, project.name, project.running, limit)


def is_higher(limit: int | None, other: int | None) -> bool:
    """Return whether a limit is higher than another; None is unlimited."""
    return other is not None and (limit is None or limit > other)
