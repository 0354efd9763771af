"""Closing a project: nothing of it is live any more, and nothing will be by itself."""

from app.database.unit_of_work import UnitOfWork
from app.lifecycle import subjects
from app.lifecycle.ends import decisions
from app.lifecycle.many import bulk
from app.lifecycle.many.orders import Mode, Order
from app.lifecycle.scheduling import handovers
from app.models import Cause, CauseKind, Status


def close(work: UnitOfWork, why: str) -> None:
    """Drop all that is planned in a project, then pause all that runs; history keeps `why`.

    What is shipped is served no more either.

    A part of a unit of work that has asked for the right to it.
    """
    closing = work.acted_by(work.actor, Cause(CauseKind.ACCESS_ENDED))
    # Before the pauses: what they free is nobody's.
    handovers.drop_all(closing, why)
    decisions.stop_serving_all(closing, why)
    running = subjects.running_ids(closing)
    if running:
        bulk.carry_out_within(closing, Order(running, Status.STOPPED, Mode.AS_MANY_AS_FIT, why))
