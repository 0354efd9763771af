"""Rises of traffic whose moment has come: they come while it is live, or are dropped.

While it is paused somebody is looking into something: nobody is let in by itself then.
"""

from dataclasses import replace
from datetime import datetime

from app.core import metrics
from app.database.unit_of_work import UnitOfWork
from app.lifecycle import subjects
from app.lifecycle.queueing import queue_processing
from app.lifecycle.refusals import Refused
from app.lifecycle.traffic import planned_rises, rises
from app.lifecycle.traffic.planned_rises import PlannedRise
from app.lifecycle.traffic.rises import RiseRequest
from app.models import Cause, CauseKind, Door, Status

NOT_LIVE = "It fell due while the experiment was not live."


def carry_out_due(work: UnitOfWork, moment: datetime) -> None:
    """Raise what is due in the project at `moment`, the earliest first, however late.

    What may not rise any more is dropped, and history says why.
    """
    for planned in planned_rises.due(work, moment):
        asked_by = replace(planned.asked_by, door=Door.SCHEDULE)
        cause = Cause(CauseKind.SCHEDULE, due_at=planned.at)
        _carry_out(work.acted_by(asked_by, cause), planned)


def _carry_out(work: UnitOfWork, planned: PlannedRise) -> None:
    experiment = subjects.load(work, planned.test_id)
    why_not = queue_processing.why_lapsed(work, planned.asked_by)
    if experiment.status is not Status.RUNNING:
        why_not = why_not or NOT_LIVE
    if why_not:
        planned_rises.drop(work, experiment, why_not)
        return
    try:
        rises.raise_within(work, planned.test_id, RiseRequest(planned.traffic_allocation))
    except Refused as refused:
        refusal = refused.refusal
        metrics.of_process.change_refused(refusal.code, Door.SCHEDULE)
        planned_rises.drop(work, experiment, refusal.sentence, refusal.code)
