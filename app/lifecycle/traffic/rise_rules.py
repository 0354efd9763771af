"""The rules of a rise of traffic: which experiment's may rise, to what, now or later."""

from app.lifecycle.refusals import Refused
from app.lifecycle.subjects import Subject
from app.lifecycle.traffic import rise_refusals
from app.models import WHOLE, Status


def require_raisable(experiment: Subject) -> None:
    """Raise Refused unless the traffic of `experiment` may rise: that of an open run.

    What is paused goes on in its run, with more visitors once it is resumed.
    """
    is_open = experiment.run_opened_at is not None
    if experiment.status not in {Status.RUNNING, Status.STOPPED} or not is_open:
        raise Refused(rise_refusals.no_open_run(experiment))
    if experiment.traffic_allocation == WHOLE:
        raise Refused(rise_refusals.not_higher(experiment))


def require_rise(experiment: Subject, traffic_allocation: int) -> None:
    """Raise Refused unless traffic may rise to a share, in basis points: it never falls.

    At a smaller one visitors would be put out who have seen a variant, and the split with them.
    """
    require_raisable(experiment)
    if traffic_allocation <= experiment.traffic_allocation:
        raise Refused(rise_refusals.not_higher(experiment))


def require_rise_schedulable(experiment: Subject, traffic_allocation: int) -> None:
    """Raise Refused where traffic will not rise to a share at any moment to come.

    A rise may be set for what does not run yet.
    """
    if experiment.status is Status.ARCHIVED:
        raise Refused(rise_refusals.no_open_run(experiment))
    if traffic_allocation <= experiment.traffic_allocation:
        raise Refused(rise_refusals.not_higher(experiment))
