"""Refusals of what is no edge of the rule book, or what a door does not offer."""

from dataclasses import dataclass

from app.lifecycle.refusals import Reason, Refusal, RefusalCode, WayOut
from app.lifecycle.subjects import Subject
from app.models import Status


def refused(experiment: Subject, target: Status, allowed_from: tuple[Status, ...]) -> Refusal:
    """Refuse what is no edge of the rule book, or what the door does not offer."""
    present = experiment.status
    found = _illegal(present, target)
    usual = RefusalCode.NOT_RUNNING if target is Status.STOPPED else RefusalCode.INVALID_TRANSITION
    besides = _besides(experiment, target)
    return Refusal(
        found.code or usual,
        found.reason,
        "".join((found.sentence, *besides.values())),
        (*found.ways_out, *besides),
        allowed_from,
        status=present,
        is_so_already=present is target,
    )


def not_to_be_decided(experiment: Subject, allowed_from: tuple[Status, ...]) -> Refusal:
    """Refuse to decide how something ended that has never begun, or is over for good."""
    if experiment.status is Status.ARCHIVED:
        return refused(experiment, Status.STOPPED, allowed_from)
    if experiment.status is Status.RUNNING:
        return nothing_decided(experiment, allowed_from)
    return Refusal(
        RefusalCode.INVALID_TRANSITION,
        Reason.DRAFT_UNDECIDED,
        "A draft has nothing to decide yet: start it, and see what comes of it.",
        allowed_from=allowed_from,
        status=experiment.status,
    )


def nothing_decided(experiment: Subject, allowed_from: tuple[Status, ...]) -> Refusal:
    """Refuse to take back what nobody has decided, or what nobody is served."""
    return Refusal(
        RefusalCode.INVALID_TRANSITION,
        Reason.NOTHING_DECIDED,
        "There is nothing to take back: no variant of it is shipped, and nothing else is decided.",
        allowed_from=allowed_from,
        status=experiment.status,
    )


def _besides(experiment: Subject, target: Status) -> dict[WayOut, str]:
    """Return what is so besides and not ended by a refusal: by the way to end it, in a sentence."""
    waits = experiment.is_queued and target is not Status.RUNNING
    is_to_start = experiment.is_to_start and target is not Status.RUNNING
    stays_shipped = experiment.ending.is_shipped and target is Status.STOPPED
    return {
        **({WayOut.LEAVE_QUEUE: _WAITS} if waits else {}),
        **({WayOut.TAKE_START_BACK: _STARTS_LATER} if is_to_start else {}),
        **({WayOut.STOP_SERVING: _SHIPPED} if stays_shipped else {}),
    }


@dataclass(frozen=True)
class _Illegal:
    """Why there is no way from one status to another; without a `code` the target says which."""

    reason: Reason
    sentence: str
    ways_out: tuple[WayOut, ...] = ()
    code: RefusalCode | None = None


def _illegal(present: Status, target: Status) -> _Illegal:
    if (present, target) in _ILLEGAL:
        return _ILLEGAL[present, target]
    if present is Status.ARCHIVED:
        return _ARCHIVED_FOR_GOOD
    if present is target:
        return _Illegal(Reason.SO_ALREADY, f"It is {target} already.")
    if target is Status.STOPPED:
        sentence = f"Only a running experiment is stopped; this one is {present}."
        return _Illegal(Reason.NOT_RUNNING, sentence)
    sentence = f"An experiment does not go from {present} to {target} here."
    return _Illegal(Reason.NO_SUCH_STEP, sentence, _OTHER_DOORS.get((present, target), ()))


def not_schedulable(experiment: Subject) -> Refusal:
    """Refuse a schedule for what will never be possible, or is so already."""
    if experiment.status is Status.ARCHIVED:
        return refused(experiment, Status.RUNNING, ())
    return Refusal(
        RefusalCode.INVALID_TRANSITION,
        Reason.START_OF_RUNNING,
        "It is running already; pause it first, or schedule its stop.",
        (WayOut.PAUSE_FIRST,),
        status=experiment.status,
        is_so_already=True,
    )


_WAITS = " It waits in the queue, and starts by itself when a slot frees."
_STARTS_LATER = " It starts by itself at the moment that is set."
_SHIPPED = " It is shipped: everybody goes on getting one variant."
_ARCHIVED_FOR_GOOD = _Illegal(
    Reason.ARCHIVED_FOR_GOOD,
    "An archived experiment stays archived; clone it to go on.",
    (WayOut.CLONE,),
)
_ILLEGAL = {
    (Status.ARCHIVED, Status.RUNNING): _Illegal(
        Reason.ARCHIVED_RESTART,
        "An archived experiment is never started again; clone it instead.",
        (WayOut.CLONE,),
        RefusalCode.ARCHIVED_RESTART,
    ),
    (Status.RUNNING, Status.ARCHIVED): _Illegal(
        Reason.RUNNING_ARCHIVE,
        "A running experiment is not archived; stop it first.",
        (WayOut.PAUSE_FIRST,),
        RefusalCode.RUNNING_ARCHIVE,
    ),
    (Status.RUNNING, Status.DRAFT): _Illegal(
        Reason.RUNNING_REDRAFT,
        "A running experiment does not go back to draft; stop it first.",
        (WayOut.PAUSE_FIRST,),
    ),
}
# What the rule book allows, and a door may not offer.
_OTHER_DOORS = {
    (Status.STOPPED, Status.RUNNING): (WayOut.RESUME,),
    (Status.STOPPED, Status.DRAFT): (WayOut.BACK_TO_DRAFT,),
}
