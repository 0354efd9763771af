"""Archiving of what may be live still: paused and archived in one unit of work."""

from dataclasses import dataclass, replace

from app.lifecycle import subjects
from app.lifecycle.queueing import queue_processing
from app.lifecycle.rules import TO_STOPPED, ChangeRequest
from app.lifecycle.subjects import Reference, Subject
from app.lifecycle.transitions import Change, change_status, deciding
from app.models import Actor, Status


@dataclass(frozen=True)
class Archived:
    """What was archived, as it was before, its entry in history, and its version now."""

    experiment: Subject
    entry_id: int | None
    version: int

    @property
    def was_live(self) -> bool:
        """Return whether it was paused first."""
        return self.experiment.status is Status.RUNNING


def archive(
    project_id: int, experiment: Reference, request: ChangeRequest, actor: Actor
) -> Archived:
    """Archive an experiment as is asked for, in one unit of work; one that runs is paused first.

    Each is an edge of the rule book, with its own entry in history. The freed slot goes to the
    queue. Raises what `transition` raises; nothing has changed then, and it runs on.
    """
    with deciding(project_id, experiment, request.offer.target, actor) as work:
        found = subjects.load(work, experiment, request.offer.hidden)
        if found.status is not Status.RUNNING:
            return _archived(found, change_status(work, experiment, request))
        pausing = replace(request, offer=TO_STOPPED, conclusion=None)
        pause = change_status(work, experiment, pausing)
        # That it was as expected is settled: the pause has changed it since.
        change = change_status(work, experiment, replace(request, expected=None))
        if pause.has_queue:
            queue_processing.fill_freed(work, [pause.entry_id])
        return _archived(found, change)


def _archived(experiment: Subject, change: Change) -> Archived:
    return Archived(experiment, change.entry_id, change.version)
