"""Refusals of the rule book: a stable code, the reason, one plain sentence, the ways out.

The sentences speak the API's words. Pages word a refusal for themselves, by its `reason`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.core.errors import DomainError
from app.lifecycle import changes_since
from app.lifecycle.changes_since import ChangeSince
from app.lifecycle.slots import Slots
from app.lifecycle.subjects import Subject
from app.models import Conclusion, Status


class RefusalCode(StrEnum):
    """The kind of a refusal; stable, for programs."""

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
    TRAFFIC_NOT_HIGHER = "TRAFFIC_NOT_HIGHER"
    NOT_STARTED = "EXPERIMENT_NOT_STARTED"


class Reason(StrEnum):
    """Why the answer is no, finer than the code: each has one sentence in the API and on pages."""

    ARCHIVED_RESTART = "archived_restart"
    ARCHIVED_FOR_GOOD = "archived_for_good"
    RUNNING_ARCHIVE = "running_archive"
    RUNNING_REDRAFT = "running_redraft"
    SO_ALREADY = "so_already"
    NOT_RUNNING = "not_running"
    NO_SUCH_STEP = "no_such_step"
    AT_THE_LIMIT = "at_the_limit"
    NOT_ALL_FIT = "not_all_fit"
    PLAN_UNREADABLE = "plan_unreadable"
    QUEUE_FULL = "queue_full"
    NOT_EDITABLE = "not_editable"
    DESIGN_CLOSED = "design_closed"
    CHANGED_MEANWHILE = "changed_meanwhile"
    HOLDER_NOT_RUNNING = "holder_not_running"
    START_OF_RUNNING = "start_of_running"
    DRAFT_UNDECIDED = "draft_undecided"
    NOTHING_DECIDED = "nothing_decided"
    NEVER_RAN = "never_ran"
    TRAFFIC_NOT_HIGHER = "traffic_not_higher"
    TRAFFIC_OF_DESIGN = "traffic_of_design"
    TRAFFIC_NEVER_RAN = "traffic_never_ran"


class WayOut(StrEnum):
    """A thing that somebody who was refused can do instead; stable, for programs."""

    SWAP = "swap"
    PAUSE_A_HOLDER = "pause_a_holder"
    QUEUE = "queue"
    ASK_AN_ADMIN = "ask_an_admin"
    PAUSE_FIRST = "pause_first"
    BACK_TO_DRAFT = "back_to_draft"
    CLONE = "clone"
    RESUME = "resume"
    LEAVE_QUEUE = "leave_queue"
    TAKE_START_BACK = "take_start_back"
    STOP_SERVING = "stop_serving"
    LOOK_AGAIN = "look_again"
    TRY_LATER = "try_later"


@dataclass(frozen=True)
class Refusal:
    """No, and why: a stable code, the reason, one plain sentence, ways out.

    `slots` are those that were in the way, `status` is what the experiment was, and `allowed_from`
    are the states from which the door offers what was asked for; `is_so_already` where it was in
    the status asked for. `since` are changes that the asker had not seen, the newest first.
    """

    code: RefusalCode
    reason: Reason
    sentence: str
    ways_out: tuple[WayOut, ...] = ()
    allowed_from: tuple[Status, ...] = ()
    slots: Slots | None = None
    status: Status | None = None
    is_so_already: bool = False
    since: tuple[ChangeSince, ...] = ()

    @property
    def told_code(self) -> str:
        """Return the code for programs that ask again: of what is so already, what it is."""
        if self.is_so_already and self.status:
            return f"ALREADY_{self.status.upper()}"
        return self.code

    def ways_out_for(self, *, is_person: bool, has_asked: bool = False) -> tuple[WayOut, ...]:
        """Return what its asker can do instead: a key asks no admin, and nobody asks twice."""
        may_ask = is_person and not has_asked
        return tuple(way for way in self.ways_out if may_ask or way is not WayOut.ASK_AN_ADMIN)


class Refused(DomainError):
    """The rule book says no; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal


def at_the_limit(slots: Slots) -> Refusal:
    """Refuse a start for which no slot is free.

    A swap is a way out where it would leave the plan kept.
    """
    swap = WayOut.PAUSE_A_HOLDER if slots.without_one.full else WayOut.SWAP
    return Refusal(
        RefusalCode.PLAN_LIMIT,
        Reason.AT_THE_LIMIT,
        f"The {slots.plan_name} plan runs {_counted(slots.limit or 0)} at once in this project, "
        f"and {slots.running} {'is' if slots.running == 1 else 'are'} running.",
        (*((swap,) if slots.holders else ()), WayOut.QUEUE, WayOut.ASK_AN_ADMIN),
        slots=slots,
    )


def not_all_fit(asked: int, slots: Slots) -> Refusal:
    """Refuse to start more together, all or none, than the plan has slots free."""
    return Refusal(
        RefusalCode.PLAN_LIMIT,
        Reason.NOT_ALL_FIT,
        f"{_counted(asked)} were to start together, all or none, and {free(slots)}.",
        slots=slots,
    )


PLAN_UNREADABLE = Refusal(
    RefusalCode.PLAN_UNREADABLE,
    Reason.PLAN_UNREADABLE,
    "The plan or its usage cannot be read just now, so nothing is started.",
    (WayOut.TRY_LATER,),
)


QUEUE_FULL = Refusal(
    RefusalCode.QUEUE_FULL,
    Reason.QUEUE_FULL,
    "The queue of this project is full. Take out what need not wait any more, or try again later.",
    (WayOut.TRY_LATER,),
)


NOT_EDITABLE = Refusal(
    RefusalCode.INVALID_TRANSITION,
    Reason.NOT_EDITABLE,
    "An archived experiment is not edited any more; clone it to go on.",
    (WayOut.CLONE,),
    tuple(status for status in Status if status is not Status.ARCHIVED),
    status=Status.ARCHIVED,
)


def never_ran(experiment: Subject, outcome: Conclusion) -> Refusal:
    """Refuse an outcome of a run that never was."""
    return Refusal(
        RefusalCode.INVALID_TRANSITION,
        Reason.NEVER_RAN,
        f"It has never run as it is designed now, so nothing shows that it ended as {outcome}. "
        f"Its outcome can be {Conclusion.UNFINISHED} alone.",
        status=experiment.status,
    )


def changed_meanwhile(experiment: Subject, since: Sequence[ChangeSince]) -> Refusal:
    """Refuse what was asked of an experiment that has changed `since`, the newest first.

    Where the asker had seen nothing that was ever so, it is said what it is.
    """
    now = f"it is {experiment.status} since {changes_since.minute(experiment.changed_at)}"
    happened = changes_since.in_words(since) or now
    return Refusal(
        RefusalCode.CHANGED_MEANWHILE,
        Reason.CHANGED_MEANWHILE,
        f"It was changed after you looked: {happened}. Nothing has been done.",
        (WayOut.LOOK_AGAIN,),
        status=experiment.status,
        since=tuple(since),
    )


def holder_not_running(holder: Subject) -> Refusal:
    """Refuse a swap with what runs no more."""
    return Refusal(
        RefusalCode.HOLDER_NOT_RUNNING,
        Reason.HOLDER_NOT_RUNNING,
        f"“{holder.name}” is not running any more, so there is nothing to swap with. "
        "Nothing has been done.",
        (WayOut.LOOK_AGAIN,),
        status=holder.status,
    )


def design_closed(experiment: Subject) -> Refusal:
    """Refuse another design for what is no draft."""
    sentence, ways_out = _DESIGN_CLOSED[experiment.status]
    return Refusal(
        RefusalCode.NOT_A_DRAFT,
        Reason.DESIGN_CLOSED,
        f"Variants, traffic and goals change only in draft. {sentence}",
        ways_out,
        (Status.DRAFT,),
        status=experiment.status,
    )


def free(slots: Slots) -> str:
    """Return how many slots are free, where they are limited: "1 slot is free"."""
    return "1 slot is free" if slots.free == 1 else f"{slots.free} slots are free"


def _counted(experiments: int) -> str:
    return "1 experiment" if experiments == 1 else f"{experiments} experiments"


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
