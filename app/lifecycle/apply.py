"""A decided edge, carried out, with everything that follows from it for the experiment itself."""

from dataclasses import replace
from datetime import datetime, timedelta

from app.database.unit_of_work import UnitOfWork
from app.lifecycle import announcements, entries, pending, runs, store
from app.lifecycle.ends.endings import UNDECIDED, Ending
from app.lifecycle.rules import Action, Edge
from app.lifecycle.store import NO_NOTE, Decided, Note, Timestamps
from app.lifecycle.subjects import Subject
from app.lifecycle.traffic import planned_rises
from app.models import DecisionKept, Kind, Status, now

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
    moment = moment or now()
    decided = _decided(experiment, edge, note)
    entry_id = _write(work, experiment, edge, note, decided, moment)
    work.note_taken(edge.action)
    if experiment.has_plans and not edge.keeps_plans:
        following = work.following(entry_id)
        drop_plans(following, experiment, edge.target, ends_run=edge.ends_run)
    if edge.target is Status.RUNNING:
        runs.enter(work, experiment, moment, afresh=edge.splits_afresh)
    announcements.status_changed(work, experiment, edge, note, decided.ending, entry_id)
    return entry_id


def ending_after(before: Ending, action: Action, note: Note) -> Ending:
    """Return what is decided of an experiment after an action, pure.

    What is archived keeps what was decided before, unless another outcome is given.
    """
    match action:
        case Action.SHIP:
            return Ending(note.conclusion, note.variant, is_shipped=True)
        case Action.CONCLUDE:
            return Ending(note.conclusion, note.variant)
        case Action.ARCHIVE | Action.DISCARD if note.conclusion not in (None, before.outcome):
            return Ending(note.conclusion)
        case Action.STOP_SERVING | Action.ARCHIVE:
            return replace(before, is_shipped=False)
        case _:
            return UNDECIDED


def _decided(experiment: Subject, edge: Edge, note: Note) -> Decided:
    """Return what is decided after an edge; history keeps nothing where nothing is or was."""
    before, after = experiment.ending, ending_after(experiment.ending, edge.action, note)
    if before == UNDECIDED and not edge.decides:
        return Decided(after)
    name = note.variant_name or experiment.variant_name or ""
    kept: DecisionKept = {
        "action": edge.action,
        "name": name,
        "before": before.kept,
        "after": after.kept,
    }
    return Decided(after, kept)


def _write(
    work: UnitOfWork,
    experiment: Subject,
    edge: Edge,
    note: Note,
    decided: Decided,
    moment: datetime,
) -> int:
    """Write the change and its one entry, and return that entry's id."""
    if edge.origin is not edge.target:
        moments = timestamps(experiment, edge.target, moment)
        return store.write_change(work, experiment, edge.target, moments, note, decided)
    store.set_ending(work, experiment, decided.ending, moment)
    facts = {"at": moment, "reason": note.reason, "decision": decided.decision}
    # No change of a status, and so an edit: the version before knows no other kind.
    return entries.enter(work, experiment, Kind.EDITED, detail=_WORDS[edge.action], **facts)


_WORDS = {
    Action.SHIP: "One variant was shipped to everybody.",
    Action.CONCLUDE: "It was decided how it ended.",
    Action.STOP_SERVING: "What was shipped is not served any more.",
    Action.REOPEN: "What was decided was taken back.",
}


def drop_from_queue(work: UnitOfWork, experiment: Subject, why: str) -> None:
    """Take an experiment out of the queue; history keeps why."""
    pending.leave(work, experiment.test_id)
    entries.enter(work, experiment, Kind.UNQUEUED, detail=why)


def drop_plans(
    work: UnitOfWork, experiment: Subject, target: Status, *, ends_run: bool = False
) -> None:
    """Drop what was to happen to an experiment later, now that somebody says where it is to be.

    Told to stand still, it must not start by itself: a client that asked for that may know of no
    queue. Its stop and its rise of traffic belong to its run, and stay planned
    until that ends.
    """
    if experiment.is_queued and target is Status.RUNNING:
        pending.leave(work, experiment.test_id)
    elif experiment.is_queued:
        drop_from_queue(work, experiment, TOLD[target])
    if experiment.is_scheduled:
        _drop_from_schedule(work, experiment, target, ends_run=ends_run)
    if experiment.is_to_rise and ends_run:
        planned_rises.drop(work, experiment, TOLD[target])


def timestamps(experiment: Subject, target: Status, moment: datetime) -> Timestamps:
    """Return the moments to keep: a resume keeps when it first started, a draft has none.

    What comes back from draft without a start goes on in its run, and was started with it.
    """
    before = experiment.started_at
    started = {
        Status.RUNNING: before or moment,
        Status.STOPPED: before or experiment.run_opened_at,
        Status.DRAFT: None,
    }
    return Timestamps(
        changed_at=moment,
        started_at=started.get(target, before),
        stopped_at=moment if target is Status.STOPPED else None,
        live_since=_live_since(experiment, target, moment),
    )


def _live_since(experiment: Subject, target: Status, moment: datetime) -> datetime | None:
    """Return when it went live last: a pause that is taken back at once interrupts nothing."""
    if target is Status.DRAFT:
        return None
    since = experiment.stopped_at or experiment.changed_at
    is_taken_back = moment - since <= TAKEN_BACK_WITHIN
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
