"""Refusals of a rise of traffic: of what is split by no open run, or would not rise."""

from app.core.validation import percents
from app.lifecycle import illegal_steps
from app.lifecycle.refusals import Reason, Refusal, RefusalCode, WayOut
from app.lifecycle.subjects import Subject
from app.models import WHOLE, Status

_OPEN = (Status.RUNNING, Status.STOPPED)


def no_open_run(experiment: Subject) -> Refusal:
    """Refuse for what splits nobody in an open run; a draft has its traffic in its design."""
    if experiment.status is Status.ARCHIVED:
        # It would have to be a draft again.
        return illegal_steps.refused(experiment, Status.DRAFT, _OPEN)
    reason, sentence, ways_out = _OF_DRAFT if experiment.status is Status.DRAFT else _NEVER_RAN
    return Refusal(
        RefusalCode.NOT_STARTED, reason, sentence, ways_out, _OPEN, status=experiment.status
    )


def not_higher(experiment: Subject) -> Refusal:
    """Refuse a share that is not above the present one: whoever takes part would be put out."""
    present = experiment.traffic_allocation
    sentence = (
        "Its traffic is 100 % already."
        if present == WHOLE
        else f"Traffic only rises, since whoever takes part stays in: it is {percents(present):g} "
        "% already."
    )
    return Refusal(
        RefusalCode.TRAFFIC_NOT_HIGHER,
        Reason.TRAFFIC_NOT_HIGHER,
        sentence,
        status=experiment.status,
    )


_OF_DRAFT = (
    Reason.TRAFFIC_OF_DESIGN,
    "A draft splits nobody yet: change the traffic in its design.",
    (),
)
_NEVER_RAN = (
    Reason.TRAFFIC_NEVER_RAN,
    "It has never run as it is designed now: put it back to draft, and change the traffic in its "
    "design.",
    (WayOut.BACK_TO_DRAFT,),
)
