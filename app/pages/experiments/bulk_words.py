"""Words that ask for a change of many, and tell of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.accounts.caller import Caller
from app.lifecycle import SPLIT_FAULTS, Action, BulkOutcome, Item, edge_of
from app.models import Status
from app.pages.actions import words as action_words
from app.pages.actions.panels import reason
from app.pages.common.words.labels import concluded
from app.pages.common.words.phrases import counted


@dataclass(frozen=True)
class Words:
    """Words of a change of many: "Start 3", "is live", "3 experiments are live".

    `asks_reason` where the reason is asked for, `is_final` where there is no way back, and how it
    ended is asked for too.
    """

    verb: str
    done: str
    way_back: str
    asks_reason: bool = False
    is_final: bool = False


WORDS = {
    Status.RUNNING: Words("Start", "live", "Visitors are split. Way back: Pause, at any moment."),
    Status.STOPPED: Words(
        "Pause",
        "paused",
        "Everybody sees the original; data is kept. Way back: Resume, while there is a slot.",
        asks_reason=True,
    ),
    Status.DRAFT: Words(
        "Move back to draft", "back in draft", "Nobody sees them; data is kept. Way back: Start."
    ),
    Status.ARCHIVED: Words(
        "Archive",
        "archived",
        "There is no way back: an archived experiment is never started again. Clones begin anew.",
        asks_reason=True,
        is_final=True,
    ),
}


BUTTONS = {
    edge_of(action).target: action_words.WORDS[action].label
    for action in (Action.START, Action.PAUSE, Action.REDRAFT, Action.ARCHIVE)
}
"""What the buttons of the bar say, by the status that they lead to."""

ONLY_BACK = "Way back: Pause, at any moment."


def brings(target: Status, went: Sequence[Item]) -> str:
    """Return what a change brings, and the way back; nobody is split who can never be compared."""
    splits_nobody = all(item.goes_live and item.experiment.split_fault for item in went)
    return ONLY_BACK if went and splits_nobody else WORDS[target].way_back


def refused(items: Sequence[Item]) -> list[tuple[str, str]]:
    """Return the names of what is refused, each with why."""
    return [
        (item.experiment.name, reason(item.experiment.status, item.refusal))
        for item in items
        if item.refusal
    ]


def never_measures(items: Sequence[Item]) -> list[tuple[str, str]]:
    """Return the names of what can never measure anything and goes live, or could wait to."""
    return [
        (item.experiment.name, SPLIT_FAULTS[item.experiment.split_fault])
        for item in items
        if item.experiment.split_fault and (item.goes_live or item.could_wait)
    ]


def told(item: Item, done: str) -> str:
    """Return what became of one of many; of what is live, that it can never measure anything."""
    said = f"“{item.experiment.name}” is {done}."
    fault = item.experiment.split_fault if item.goes_live else None
    return f"{said} {SPLIT_FAULTS[fault]}" if fault else said


def title(came: BulkOutcome, target: Status) -> str:
    """Return what came of a change of many to `target`."""
    done, gone = WORDS[target].done, len(came.changed)
    if not came.done:
        return f"Nothing is changed: {len(came.refused)} of {len(came.items)} were refused."
    already, refused = len(came.already), len(came.refused)
    if already == len(came.items):
        return (
            f"Nothing had to change: {already} {'was' if already == 1 else 'were'} {done} already."
        )
    if already or refused:
        said = [f"{gone} of {len(came.items)} {_are(gone)} {done}"]
        said += [f"{already} already"] if already else []
        said += [f"{refused} refused"] if refused else []
        return f"{', '.join(said)}."
    return f"{counted(gone, 'experiment')} {_are(gone)} {done}."


def besides(came: BulkOutcome) -> list[str]:
    """Return what else comes of it, a sentence each.

    Which experiments are paused to make room, leave the queue, lose the start that was set, are
    served no more or stay decided, and which the queue starts in freed slots.
    """
    return [
        *(
            f"“{item.swapped_for.name}” is paused: it made room for “{item.experiment.name}”."
            for item in came.changed
            if item.swapped_for
        ),
        *(
            f"“{item.experiment.name}” leaves the queue."
            for item in came.items
            if item.left_the_queue
        ),
        *(
            f"“{item.experiment.name}” does not start by itself any more: the moment that was set "
            "is dropped."
            for item in came.items
            if item.dropped_start
        ),
        *(
            f"Of “{item.experiment.name}” everybody saw “{item.experiment.variant_name}”, "
            "and nobody does any more."
            for item in came.changed
            if item.experiment.ending.is_shipped
        ),
        *(
            f"“{item.experiment.name}” keeps the outcome that was decided: "
            f"{concluded(item.kept_outcome)}."
            for item in came.changed
            if item.kept_outcome
        ),
        *(f"“{taker.name}” starts from the queue." for taker in came.takers),
    ]


def undecided(came: BulkOutcome) -> list[Item]:
    """Return what is asked how it ended: what has run, and nobody has decided."""
    return [
        item
        for item in came.changed
        if item.experiment.has_run and item.experiment.ending.outcome is None
    ]


def held(caller: Caller, queued: Sequence[Item]) -> list[str]:
    """Return when what was queued starts, where that is not as soon as a slot is free."""
    if not (caller.hold and queued):
        return []
    they = "it starts by itself" if len(queued) == 1 else "they start by themselves"
    return [f"The queue is held: {they} when the hold is lifted and a slot is free."]


def title_of_queued(queued: int, live: int, refused: int) -> str:
    """Return what came of queueing many.

    So many wait now, so many had a slot, so many were refused.
    """
    counts = {"queued": queued, "live": live, "refused": refused}
    said = [f"{count} {_are(count)} {what}" for what, count in counts.items() if count]
    return f"{', '.join(said)}."


def places(order: list[int], queued: Sequence[Item]) -> list[str]:
    """Return where each waits; what has left the queue since is said to be queued, and no more."""
    known = {test_id: f" at place {place}" for place, test_id in enumerate(order, start=1)}
    return [
        f"“{item.experiment.name}” is queued{known.get(item.experiment.test_id, '')}."
        for item in queued
    ]


def slots(came: BulkOutcome) -> str:
    """Return how many are live before and after; nothing without a limit that can be read."""
    before, after = came.slots_before, came.slots_after
    if before is None or after is None or before.limit is None:
        return ""
    return f"{before.running} of {before.limit} live now, {after.running} afterwards."


def doubt(unseen: Sequence[str]) -> str:
    """Return what is asked about having won, of experiments that nobody has seen; "" for none."""
    if not unseen:
        return ""
    others = f" and {len(unseen) - 1} more" if len(unseen) > 1 else ""
    return (
        f"No visitor has been counted of “{unseen[0]}”{others}: is that really won? "
        "Press Archive again if it is."
    )


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
