"""A decided edge, carried out, with everything that follows from it for the experiment itself."""

from datetime import datetime, timedelta

from app.database.unit_of_work import UnitOfWork
from app.lifecycle import announcements, entries, pending, runs, store
from app.lifecycle.rules import Edge
from app.lifecycle.store import NO_NOTE, Note, Timestamps
from app.lifecycle.subjects import Subject
from app.models import Kind, Status, now

TOLD = {
    Status.STOPPED: "It was told to pause.",
    Status.DRAFT: "It was told to be a draft.",
    Status.ARCHIVED: "It was archived.",
}
"""Why a start that was to come later is dropped, by what the experiment was told to be."""

TAKEN_BACK_WITHIN = timedelta(minutes=1)
"""How soon a pause ends that was pressed by mistake, by its Undo, a swap back or a program."""


def apply(
    work: UnitOfWork,
    experiment: Subject,
    edge: Edge,
    note: Note = NO_NOTE,
    moment: datetime | None = None,
) -> int:
    """Take an edge that was decided, and return the id of its entry in history."""
    moments = timestamps(experiment, edge.target, moment or now())
    entry_id = store.write_change(work, experiment, edge.target, moments, note)
    work.note_taken(edge.action)
    if experiment.has_plans:
        following = work.following(entry_id)
        drop_plans(following, experiment, edge.target, ends_run=edge.ends_run)
    if edge.target is Status.RUNNING:
        runs.enter(work, experiment, moments.changed_at, afresh=edge.splits_afresh)
    announcements.status_changed(work, experiment, edge, note, entry_id)
    return entry_id


def drop_from_queue(work: UnitOfWork, experiment: Subject, why: str) -> None:
    """Take an experiment out of the queue; history keeps why."""
    pending.leave(work, experiment.test_id)
    entries.enter(work, experiment, Kind.UNQUEUED, detail=why)


def drop_plans(
    work: UnitOfWork, experiment: Subject, target: Status, *, ends_run: bool = False
) -> None:
    """Drop what was to happen to an experiment later, now that somebody says where it is to be.

    Told to stand still, it must not start by itself: a client that asked for that may know of no
    queue. Its stop belongs to its run, and stays planned until that ends.
    """
    if experiment.is_queued and target is Status.RUNNING:
        pending.leave(work, experiment.test_id)
    elif experiment.is_queued:
        drop_from_queue(work, experiment, TOLD[target])
    if experiment.is_scheduled:
        _drop_from_schedule(work, experiment, target, ends_run=ends_run)


def timestamps(experiment: Subject, target: Status, moment: datetime) -> Timestamps:
    """Return the moments to keep: a resume keeps when it first started, a draft has none."""
    started = {Status.RUNNING: experiment.started_at or moment, Status.DRAFT: None}
    return Timestamps(
        changed_at=moment,
        started_at=started.get(target, experiment.started_at),
        stopped_at=moment if target is Status.STOPPED else None,
        live_since=_live_since(experiment, target, moment),
    )


def _live_since(experiment: Subject, target: Status, moment: datetime) -> datetime | None:
    """Return when it went live last: a pause that is taken back at once interrupts nothing."""
    if target is Status.DRAFT:
        return None
    is_taken_back = moment - experiment.changed_at <= TAKEN_BACK_WITHIN
    if target is Status.RUNNING and not (experiment.live_since and is_taken_back):
        return moment
    return experiment.live_since


def _drop_from_schedule(
    work: UnitOfWork, experiment: Subject, target: Status, *, ends_run: bool
) -> None:
    planned = (Status.RUNNING, Status.STOPPED) if ends_run else (Status.RUNNING,)
    for each in planned:
        was_planned = pending.unschedule(work, experiment.test_id, each)
        # A start that came earlier than planned is no news.
        if was_planned and target is not Status.RUNNING:
            entries.enter(work, experiment, Kind.UNSCHEDULED, each, detail=TOLD[target])
