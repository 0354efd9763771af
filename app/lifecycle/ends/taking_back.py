"""Changes of status taken back, with what they have ended of a decision."""

from sqlalchemy import bindparam, select

from app.database.unit_of_work import UnitOfWork
from app.lifecycle import subjects
from app.lifecycle.ends import decisions
from app.lifecycle.rules import ChangeRequest
from app.lifecycle.subjects import Reference, Subject
from app.lifecycle.transitions import Change, change_status, deciding
from app.models import Actor, DecisionKept, History, Kind, Status, table_of

_entry = table_of(History).c
_latest_change = (
    select(_entry.id, _entry.to_status, _entry.decision)
    .where(_entry.test_id == bindparam("experiment"), _entry.kind == Kind.CHANGED)
    .order_by(_entry.id.desc())
    .limit(1)
)


def take_back(
    project_id: int, experiment: Reference, request: ChangeRequest, actor: Actor
) -> Change:
    """Do what `take_back_within` does in one unit of work, for what frees no slot.

    Returns the last of the changes. Raises what `transition` raises.
    """
    with deciding(project_id, experiment, request.offer.target, actor) as work:
        taken_back, decided = take_back_within(work, experiment, request)
        return decided or taken_back


def take_back_within(
    work: UnitOfWork, reference: Reference, request: ChangeRequest
) -> tuple[Change, Change | None]:
    """Take the latest change of a status back, and decide again what it has ended, if anything.

    Each is an edge of the rule book, with its own entry in history.
    """
    before = subjects.load(work, reference, request.offer.hidden)
    ended = _ended(work, before) if request.offer.target is Status.STOPPED else None
    taken_back = change_status(work, reference, request)
    if ended is None:
        return taken_back, None
    experiment = subjects.load(work, reference)
    return taken_back, decisions.decide_again(work, experiment, ended)


def _ended(work: UnitOfWork, experiment: Subject) -> DecisionKept | None:
    """Return what the change to its present status has ended; None where its design is another."""
    latest = work.execute(_latest_change, {"experiment": experiment.test_id}).first()
    if latest is None or latest.to_status is not experiment.status:
        return None
    is_as_left = latest.id == experiment.version or experiment.run_opened_at is not None
    return latest.decision if is_as_left else None
