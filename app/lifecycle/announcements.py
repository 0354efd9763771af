"""Announcements of changes of status, where anybody wants to be told of a project's."""

from app.core.validation import percents
from app.database.unit_of_work import UnitOfWork
from app.lifecycle.ends.endings import Ending
from app.lifecycle.rules import Action, Edge
from app.lifecycle.store import Note
from app.lifecycle.subjects import Subject
from app.models import OF_LIMITS, Actor, AnnouncementKind, Door
from app.notifications.changes import Change
from app.notifications.outbox import Announcement, announce

DONE = {
    Action.START: Change.STARTED,
    Action.PAUSE: Change.PAUSED,
    Action.RESUME: Change.RESUMED,
    Action.REDRAFT: Change.REDRAFTED,
    Action.ARCHIVE: Change.ARCHIVED,
    Action.DISCARD: Change.DISCARDED,
    Action.UNREDRAFT: Change.SHELVED,
    Action.SHIP: Change.SHIPPED,
    Action.CONCLUDE: Change.CONCLUDED,
    Action.STOP_SERVING: Change.SERVING_STOPPED,
    Action.REOPEN: Change.REOPENED,
}
"""What has happened to an experiment, by the action that was taken."""


def status_changed(
    work: UnitOfWork,
    experiment: Subject,
    edge: Edge,
    note: Note,
    ending: Ending,
    entry_id: int,
) -> None:
    """Announce an edge that was taken, with its entry in history."""
    if not experiment.is_listened_to:
        return
    data = {
        "change": DONE[edge.action],
        "status": edge.target,
        "previous_status": edge.origin,
        "reason": note.reason,
        "conclusion": ending.outcome,
        "variant": ending.variant,
        "history_entry": entry_id,
    }
    _announce(work, AnnouncementKind.EXPERIMENT_CHANGED, experiment, data)


def traffic_raised(
    work: UnitOfWork, experiment: Subject, reason: str, entry_id: int, share: int
) -> None:
    """Announce that the traffic of an open run has risen to a share, in basis points."""
    if not experiment.is_listened_to:
        return
    data = {
        "change": Change.TRAFFIC_RAISED,
        "status": experiment.status,
        "previous_status": experiment.status,
        "reason": reason,
        "conclusion": experiment.ending.outcome,
        "variant": experiment.ending.variant,
        "history_entry": entry_id,
        "traffic_allocation": percents(share),
        "previous_traffic_allocation": percents(experiment.traffic_allocation),
    }
    _announce(work, AnnouncementKind.EXPERIMENT_CHANGED, experiment, data)


def queued_start_came(
    work: UnitOfWork, experiment: Subject, asked_by: Actor, entry_id: int
) -> None:
    """Announce that a start which waited for a slot has come, to whoever it concerns.

    That is whoever asked for it; where a limit let it in, its owner, too, and whoever had given a
    limit whose time is up.
    """
    if experiment.is_awaited:
        by = work.cause.by
        is_time_up = work.cause.kind in OF_LIMITS and by is not None and by.door is Door.SCHEDULE
        data: dict[str, object] = {"history_entry": entry_id, "is_time_up": is_time_up}
        kind = AnnouncementKind.QUEUED_START_CAME
        _announce(work, kind, experiment, data, asked_by.user_id)


def _announce(
    work: UnitOfWork,
    kind: AnnouncementKind,
    experiment: Subject,
    data: dict[str, object],
    for_user_id: int | None = None,
) -> None:
    announcement = Announcement(
        kind,
        work.project_id,
        data,
        experiment.test_id,
        work.actor,
        work.cause.kind,
        for_user_id,
    )
    announce(work.storage.connection, announcement)
