"""How the rule book says no: a stable code, one plain sentence, the numbers, and the ways out."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.errors import DomainError
from app.lifecycle.slots import Slots
from app.lifecycle.store import Subject
from app.models import Status


class RefusalCode(StrEnum):
    """Why the answer is no; stable, for programs."""

    INVALID_TRANSITION = "INVALID_TRANSITION"
    NOT_RUNNING = "EXPERIMENT_NOT_RUNNING"
    RUNNING_ARCHIVE = "EXPERIMENT_RUNNING_ARCHIVE"
    ARCHIVED_RESTART = "EXPERIMENT_ARCHIVED_RESTART"
    PLAN_LIMIT = "PLAN_LIMIT"
    PLAN_UNREADABLE = "PLAN_UNREADABLE"
    NOT_A_DRAFT = "EXPERIMENT_NOT_DRAFT"
    CHANGED_MEANWHILE = "EXPERIMENT_CHANGED"
    HOLDER_NOT_RUNNING = "SWAP_NOT_RUNNING"
    QUEUE_FULL = "QUEUE_FULL"


class WayOut(StrEnum):
    """What somebody who was refused can do instead; stable, for programs."""

    SWAP = "swap"
    PAUSE_A_HOLDER = "pause_a_holder"
    QUEUE = "queue"
    ASK_AN_ADMIN = "ask_an_admin"
    PAUSE_FIRST = "pause_first"
    BACK_TO_DRAFT = "back_to_draft"
    CLONE = "clone"
    LOOK_AGAIN = "look_again"
    TRY_LATER = "try_later"


@dataclass(frozen=True)
class Refusal:
    """No, and why: a stable code, one plain sentence, the slots that were in the way, ways out.

    `allowed_from` are the states from which the contract offers the wanted status.
    """

    code: RefusalCode
    sentence: str
    ways_out: tuple[WayOut, ...]
    allowed_from: tuple[Status, ...] = ()
    slots: Slots | None = None


class Refused(DomainError):
    """The rule book says no; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal


def illegal(experiment: Subject, target: Status, allowed_from: tuple[Status, ...]) -> Refusal:
    """There is no such edge, or the contract does not offer it."""
    match (experiment.status, target):
        case (Status.ARCHIVED, Status.RUNNING):
            code, ways_out = RefusalCode.ARCHIVED_RESTART, (WayOut.CLONE,)
            sentence = "An archived experiment is never started again; clone it instead."
        case (Status.ARCHIVED, _):
            code = RefusalCode.NOT_RUNNING if target is Status.STOPPED else _INVALID
            ways_out = (WayOut.CLONE,)
            sentence = "An archived experiment stays archived; clone it to go on."
        case (Status.RUNNING, Status.ARCHIVED):
            code, ways_out = RefusalCode.RUNNING_ARCHIVE, (WayOut.PAUSE_FIRST,)
            sentence = "A running experiment is not archived; stop it first."
        case (Status.RUNNING, Status.DRAFT):
            code, ways_out = _INVALID, (WayOut.PAUSE_FIRST,)
            sentence = "A running experiment does not go back to draft; stop it first."
        case (present, _) if present is target:
            code = RefusalCode.NOT_RUNNING if target is Status.STOPPED else _INVALID
            ways_out, sentence = (), f"It is {target} already."
        case (_, Status.STOPPED):
            code, ways_out = RefusalCode.NOT_RUNNING, ()
            sentence = f"Only a running experiment is stopped; this one is {experiment.status}."
        case _:
            code, ways_out = _INVALID, ()
            sentence = f"An experiment does not go from {experiment.status} to {target} here."
    return Refusal(code, sentence, ways_out, allowed_from)


def at_the_limit(slots: Slots) -> Refusal:
    """All slots of the plan are taken. A swap is a way out where it would leave the plan kept."""
    swap = WayOut.PAUSE_A_HOLDER if slots.without_one.full else WayOut.SWAP
    return Refusal(
        RefusalCode.PLAN_LIMIT,
        f"The {slots.plan_name} plan runs {_counted(slots.limit or 0)} at once in this project, "
        f"and {slots.running} {'is' if slots.running == 1 else 'are'} running.",
        (*((swap,) if slots.holders else ()), WayOut.QUEUE, WayOut.ASK_AN_ADMIN),
        slots=slots,
    )


def not_all_fit(asked: int, slots: Slots) -> Refusal:
    """More were to start together, all or none, than the plan has slots free."""
    return Refusal(
        RefusalCode.PLAN_LIMIT,
        f"{_counted(asked)} were to start together, all or none, and {free(slots)}.",
        (),
        slots=slots,
    )


PLAN_UNREADABLE = Refusal(
    RefusalCode.PLAN_UNREADABLE,
    "The plan or its usage cannot be read just now, so nothing is started.",
    (WayOut.TRY_LATER,),
)


QUEUE_FULL = Refusal(
    RefusalCode.QUEUE_FULL,
    "The queue of this project is full. Take out what need not wait any more, or try again later.",
    (WayOut.TRY_LATER,),
)


NOT_EDITABLE = Refusal(
    RefusalCode.INVALID_TRANSITION,
    "An archived experiment is not edited any more; clone it to go on.",
    (WayOut.CLONE,),
    tuple(status for status in Status if status is not Status.ARCHIVED),
)


def changed_meanwhile(experiment: Subject) -> Refusal:
    """Somebody changed the experiment after the caller had looked at it."""
    return Refusal(
        RefusalCode.CHANGED_MEANWHILE,
        f"It was changed after you looked: it is {experiment.status} since "
        f"{experiment.changed_at:%Y-%m-%d %H:%M} UTC. Nothing has been done.",
        (WayOut.LOOK_AGAIN,),
    )


def holder_not_running(holder: Subject) -> Refusal:
    """What was to make room for a swap runs no more."""
    return Refusal(
        RefusalCode.HOLDER_NOT_RUNNING,
        f"“{holder.name}” is not running any more, so there is nothing to swap with. "
        "Nothing has been done.",
        (WayOut.LOOK_AGAIN,),
    )


def design_closed(experiment: Subject) -> Refusal:
    """The design of what is no draft does not change."""
    sentence, ways_out = _DESIGN_CLOSED[experiment.status]
    sentence = f"Variants, traffic and goals change only in draft. {sentence}"
    return Refusal(RefusalCode.NOT_A_DRAFT, sentence, ways_out, (Status.DRAFT,))


def not_schedulable(experiment: Subject) -> Refusal:
    """What is scheduled will never be possible, or is so already."""
    if experiment.status is Status.ARCHIVED:
        sentence = "An archived experiment is never started again; clone it instead."
        return Refusal(RefusalCode.ARCHIVED_RESTART, sentence, (WayOut.CLONE,))
    sentence = "It is running already; pause it first, or schedule its stop."
    return Refusal(RefusalCode.INVALID_TRANSITION, sentence, (WayOut.PAUSE_FIRST,))


def free(slots: Slots) -> str:
    """How many slots are free, where they are limited: "1 slot is free"."""
    return "1 slot is free" if slots.free == 1 else f"{slots.free} slots are free"


def _counted(experiments: int) -> str:
    return "1 experiment" if experiments == 1 else f"{experiments} experiments"


_INVALID = RefusalCode.INVALID_TRANSITION
_DESIGN_CLOSED = {
    Status.RUNNING: (
        "This one is running: pause it and put it back to draft, or clone it.",
        (WayOut.PAUSE_FIRST, WayOut.CLONE),
    ),
    Status.STOPPED: (
        "This one is stopped: put it back to draft, or clone it.",
        (WayOut.BACK_TO_DRAFT, WayOut.CLONE),
    ),
    Status.ARCHIVED: ("This one is archived: clone it.", (WayOut.CLONE,)),
}
