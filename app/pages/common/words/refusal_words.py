"""Refusals in the pages' words: Live, Paused, Draft, Archived."""

from collections.abc import Callable

from app.experiments import lookup
from app.lifecycle import Reason, Refusal, RefusalCode, Refused, Slots, Subject
from app.models import Experiment, Status
from app.pages.common.words import limit_words
from app.pages.common.words.labels import BADGES
from app.pages.common.words.phrases import counted

_SENTENCES = {
    Reason.ARCHIVED_RESTART: "An archived experiment is never started again: to go on, clone it.",
    Reason.ARCHIVED_FOR_GOOD: "An archived experiment stays archived: to go on, clone it.",
    Reason.RUNNING_ARCHIVE: "A live experiment is not archived: pause it first.",
    Reason.RUNNING_REDRAFT: "A live experiment does not go back to draft: pause it first.",
    Reason.NOT_RUNNING: "Only a live experiment is paused.",
    Reason.NO_SUCH_STEP: "There is no such step from there.",
    Reason.PLAN_UNREADABLE: "The plan or its usage cannot be read just now, so nothing is started.",
    Reason.QUEUE_FULL: "The queue of this project is full. Take out what need not wait any more, "
    "or try again later.",
    Reason.NOT_EDITABLE: "An archived experiment is not edited any more: to go on, clone it.",
    Reason.CHANGED_MEANWHILE: "Somebody has changed it since. Nothing has been done.",
    Reason.HOLDER_NOT_RUNNING: "What was to make room is not live any more, so there is nothing "
    "to swap with. Nothing has been done.",
    Reason.START_OF_RUNNING: "It is live already: pause it first, or schedule its stop.",
    Reason.DRAFT_UNDECIDED: "A draft has nothing to decide yet: start it first.",
    Reason.NOTHING_DECIDED: "There is nothing to take back: no variant of it is shipped, and "
    "nothing else is decided.",
    Reason.NEVER_RAN: "It has never been live as it is designed now, so nothing shows that it won, "
    "lost or was inconclusive: it did not finish.",
    Reason.TRAFFIC_OF_DESIGN: "A draft splits nobody yet: change the traffic in its design.",
    Reason.TRAFFIC_NEVER_RAN: "It has never been live as it is designed now: move it back to "
    "draft, and change the traffic in its design.",
}
_CLOSED_DESIGN = {
    Status.RUNNING: "This one is live: pause it and move it back to draft, or clone it.",
    Status.STOPPED: "This one is paused: move it back to draft, or clone it.",
    Status.ARCHIVED: "This one is archived: clone it.",
}
_IN_HISTORY = {
    RefusalCode.NOT_RUNNING: "it was not live",
    RefusalCode.RUNNING_ARCHIVE: "it was live",
    RefusalCode.ARCHIVED_RESTART: "it was archived",
    RefusalCode.PLAN_LIMIT: "the plan had no slot free",
    RefusalCode.PLAN_UNREADABLE: "the plan could not be read",
    RefusalCode.NOT_A_DRAFT: "it was no draft",
    RefusalCode.CHANGED_MEANWHILE: "it had been changed before",
    RefusalCode.HOLDER_NOT_RUNNING: "what was to make room was not live any more",
    RefusalCode.QUEUE_FULL: "the queue was full",
    RefusalCode.TRAFFIC_NOT_HIGHER: "its traffic was as high already",
    RefusalCode.NOT_STARTED: "it had never been live as it was designed",
}


def sentence(refusal: Refusal) -> str:
    """Return why, in one sentence."""
    match refusal.reason:
        case Reason.AT_THE_LIMIT | Reason.NOT_ALL_FIT if refusal.slots:
            return _at_the_limit(refusal.slots)
        case Reason.SO_ALREADY if refusal.status:
            return f"It is {status(refusal.status)} already."
        case Reason.DESIGN_CLOSED if refusal.status and refusal.status in _CLOSED_DESIGN:
            why = _CLOSED_DESIGN[refusal.status]
            return f"Variants, audience and goals change only in draft. {why}"
        case reason:
            return _SENTENCES.get(reason, refusal.sentence)


def why_not(require: Callable[[Subject], None], experiment: Experiment) -> str:
    """Return why the rules refuse what `require` requires of an experiment.

    "" where they do not.
    """
    return why_not_of(require, lookup.subject(experiment))


def why_not_of(require: Callable[[Subject], None], experiment: Subject) -> str:
    """Return what `why_not` returns of an experiment that was read with its run."""
    try:
        require(experiment)
    except Refused as refused:
        return sentence(refused.refusal)
    return ""


def because(reason: Reason) -> str:
    """Return the sentence of a reason that needs no more said than itself."""
    return _SENTENCES[reason]


def in_history(code: str, present: Status) -> str:
    """Return why something was refused that history keeps, as a clause."""
    return _IN_HISTORY.get(RefusalCode(code), f"it was {status(present)}")


def status(present: Status) -> str:
    """Return a status inside of a sentence: "live", "paused"."""
    return BADGES[present].word.lower()


def _at_the_limit(slots: Slots) -> str:
    allowed = counted(slots.limit or 0, "experiment")
    live = f"and {slots.running} {'is' if slots.running == 1 else 'are'} live."
    if slots.override:
        until = limit_words.until(slots.override)
        return f"This project may have {allowed} live at once {until}, {live}"
    return f"The {slots.plan_name} plan allows {allowed} live at once in this project, {live}"
