"""Rises of the traffic of an open run.

A visitor takes part whose place in the traffic is below the run's share, and the place says nothing
of the split: at a larger share all who take part stay in, with the variants that they have.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from app.accounts.key_rights import require_scope
from app.core import days
from app.core.errors import InvalidInput
from app.core.validation import checked_reason
from app.database.unit_of_work import UnitOfWork, changing
from app.lifecycle import announcements, entries, preconditions, subjects
from app.lifecycle.preconditions import Precondition
from app.lifecycle.subjects import Reference, Subject
from app.lifecycle.traffic import planned_rises, rise_rules
from app.models import (
    WHOLE,
    Actor,
    Experiment,
    Kind,
    Run,
    Scope,
    Status,
    TrafficRise,
    now,
    table_of,
)


@dataclass(frozen=True)
class RiseRequest:
    """A share of all visitors that somebody asks for, in basis points, and why.

    `expected` is what they saw of the experiment: if it is another now, the answer is no.
    """

    traffic_allocation: int
    reason: str = ""
    expected: Precondition | None = None


@dataclass(frozen=True)
class Rise:
    """A rise that came, in basis points, with its entry in history and the experiment's version."""

    status: Status
    before: int
    after: int
    entry_id: int
    version: int


def raise_traffic(
    project_id: int, experiment: Reference, request: RiseRequest, actor: Actor
) -> Rise:
    """Let more of all visitors take part in an open run, in one unit of work.

    Raises NotFound when the project has no such experiment, Refused when the rules say no or it is
    not as expected, Forbidden for a key that may start nothing, and InvalidInput for what is no
    share, or a reason that cannot be kept.
    """
    with changing(project_id, actor) as work:
        return raise_within(work, experiment, request)


def raise_within(work: UnitOfWork, reference: Reference, request: RiseRequest) -> Rise:
    """Do what `raise_traffic` does as a part of a unit of work."""
    experiment = subjects.load(work, reference)
    require_scope(work.actor, Scope.START)
    reason = checked_reason(request.reason)
    wanted = checked_share(request.traffic_allocation)
    preconditions.require(work, experiment, request.expected)
    rise_rules.require_rise(experiment, wanted)
    _write(work, experiment, wanted, now())
    planned_rises.settle(work, experiment, wanted)
    entry_id = entries.enter(
        work,
        experiment,
        Kind.EDITED,
        detail="traffic",
        changes=[planned_rises.change(experiment.traffic_allocation, wanted)],
        reason=reason,
    )
    announcements.traffic_raised(work, experiment, reason, entry_id, wanted)
    version = work.version_of(experiment.test_id, entry_id)
    return Rise(experiment.status, experiment.traffic_allocation, wanted, entry_id, version)


def checked_share(traffic_allocation: int, field: str = "traffic_allocation") -> int:
    """Return a share of all visitors; InvalidInput for any other number."""
    if not 0 <= traffic_allocation <= WHOLE:
        raise InvalidInput("Traffic rises to more than now, and to 100 % at most.", field)
    return traffic_allocation


def _write(work: UnitOfWork, experiment: Subject, wanted: int, moment: datetime) -> None:
    zone = work.execute(_time_zone, {"run": experiment.run_id}).scalar_one()
    kept = {
        "run_id": experiment.run_id,
        "at": moment,
        "day": days.day_of(moment, zone),
        "before": experiment.traffic_allocation,
        "after": wanted,
    }
    work.execute(_keep, kept)
    work.execute(_raise, {"run": experiment.run_id, "share": wanted})
    work.execute(_touch, {"experiment": experiment.test_id, "moment": moment})


_run, _experiment = table_of(Run).c, table_of(Experiment).c
_time_zone = select(_run.time_zone).where(_run.id == bindparam("run"))
_keep = insert(table_of(TrafficRise)).inline()
_raise = (
    update(table_of(Run))
    .where(_run.id == bindparam("run"))
    .values(traffic_allocation=bindparam("share"))
)
_touch = (
    update(table_of(Experiment))
    .where(_experiment.test_id == bindparam("experiment"))
    .values(updated_at=bindparam("moment"))
)
