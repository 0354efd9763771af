"""What the page says after an action: done, with a way back, or refused, with the ways out."""

from dataclasses import dataclass

from app.accounts.access import Caller
from app.core.version_tokens import stamp
from app.experiments import history, lookup
from app.lifecycle import queue, rules
from app.lifecycle.refusals import Refusal, RefusalCode, WayOut, free
from app.lifecycle.rules import Action, Outcome, frees
from app.lifecycle.slots import Slots
from app.lifecycle.store import Subject
from app.models import Experiment, Status
from app.pages.actions import ways_out
from app.pages.actions.buttons import Button, button, swap_button, undo
from app.pages.common.words import BADGES, CHANGED, DONE, NOT_DONE, ago, author
from app.pages.experiments.waits import in_the_queue


@dataclass(frozen=True)
class Panel:
    """What to print: `tone` is "done" or "refused".

    `asks_reason` offers to say why, `offers_clone` the clone, `is_limit` the plan.
    """

    experiment: Experiment
    tone: str
    title: str
    sentences: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    offers_clone: bool = False
    is_limit: bool = False
    asks_reason: bool = False

    @property
    def seen(self) -> str:
        """The stamp of the change that the panel tells of."""
        return stamp(self.experiment.changed_at)


def panel(caller: Caller, experiment: Experiment, action: Action, outcome: Outcome) -> Panel:
    """The panel for an action that `caller` asked for."""
    if outcome.done:
        return _done(caller, experiment, action, outcome)
    if outcome.refusal:
        return refused(caller, experiment, NOT_DONE[action], outcome.refusal)
    label = rules.edge_of(action).label or "the button"
    return Panel(
        experiment,
        "refused",
        f"“{experiment.name}” {NOT_DONE[action]}",
        (f"It did not go through. Nothing stands in its way now: press {label} again.",),
    )


def only_looking(experiment: Experiment) -> Panel:
    """The panel for somebody whose role changes nothing."""
    title = f"“{experiment.name}” is as it was"
    return Panel(experiment, "refused", title, ("Your role in this project is to look now.",))


def stale(caller: Caller, experiment: Experiment, slots: Slots | None) -> Panel:
    """The panel for a button that was pressed after somebody had changed the experiment.

    It offers what can be done with the experiment as it is now.
    """
    subject = lookup.subject(experiment)
    who = author(experiment, caller.user_id)
    return Panel(
        experiment,
        "refused",
        f"“{experiment.name}” was changed before you pressed",
        (
            f"{CHANGED[experiment.status]} by {who} {ago(experiment.changed_at)}.",
            "Nothing has been done. This page shows it as it is now.",
        ),
        tuple(
            button(caller.project_key, subject, edge, refused=refusal is not None)
            for edge, refusal in rules.actions(subject, slots)
        ),
    )


def refused(caller: Caller, experiment: Experiment, not_done: str, refusal: Refusal) -> Panel:
    """The panel for a refusal, with the ways out that there are now as buttons."""
    waits = in_the_queue(queue.order(caller.project_id), experiment.test_id)
    return Panel(
        experiment,
        "refused",
        f"“{experiment.name}” {not_done}: {reason(experiment.status, refusal)}",
        (refusal.sentence, *ways_out.holding(refusal.slots), *waits, "Nothing has changed."),
        ways_out.buttons(caller, lookup.subject(experiment), refusal, is_queued=bool(waits)),
        offers_clone=WayOut.CLONE in refusal.ways_out,
        is_limit=WayOut.ASK_AN_ADMIN in refusal.ways_out,
    )


def reason(status: Status, refusal: Refusal) -> str:
    """Why an experiment of this status was refused, in a few words."""
    if refusal.code is RefusalCode.PLAN_UNREADABLE:
        return "its plan cannot be read just now"
    if refusal.code is RefusalCode.QUEUE_FULL:
        return "the queue is full"
    if refusal.code is RefusalCode.CHANGED_MEANWHILE:
        return "it was changed before you pressed"
    if refusal.slots and refusal.slots.free:
        return f"only {free(refusal.slots)}"
    if refusal.slots is None:
        return f"it is {BADGES[status].word.lower()} now"
    return _taken(refusal.slots)


def changed_by(who: str, experiment: Experiment) -> tuple[str, ...]:
    """Who made the change that shows, where it was not the reader."""
    return () if who == "you" else (f"Changed by {who}, {ago(experiment.changed_at)}.",)


def undo_of(caller: Caller, subject: Subject, outcome: Outcome) -> tuple[Button, ...]:
    """The button that takes a done action back, where there is one."""
    if outcome.undo is None:
        return ()
    return (undo(button(caller.project_key, subject, outcome.undo)),)


def _done(caller: Caller, experiment: Experiment, action: Action, outcome: Outcome) -> Panel:
    by, subject = author(experiment, caller.user_id), lookup.subject(experiment)
    taker = history.taker(caller.project_id, experiment.test_id) if frees(action) else None
    return Panel(
        experiment,
        "done",
        f"“{experiment.name}” {DONE[action]}",
        (*changed_by(by, experiment), *_taken_by(taker), *_way_back(action)),
        (_back_from(caller, subject, taker),) if taker else undo_of(caller, subject, outcome),
        asks_reason=by == "you" and action is Action.PAUSE,
    )


def _way_back(action: Action) -> tuple[str, ...]:
    """What to do after a start by mistake: no edge leads straight back to draft."""
    return ("Way back: Pause, at any moment.",) if action is Action.START else ()


def _taken_by(taker: Experiment | None) -> tuple[str, ...]:
    """Who got the slot that was freed, where somebody waited for it."""
    return (f"Its slot went to the queue: “{taker.name}” is live now.",) if taker else ()


def _back_from(caller: Caller, subject: Subject, taker: Experiment) -> Button:
    """The way back where an undo would find no slot."""
    label = f"Swap with “{taker.name}”"
    return swap_button(caller.project_key, subject, lookup.subject(taker), label)


def _taken(slots: Slots) -> str:
    if slots.over:
        return f"{slots.running} of {slots.limit} are live"
    counted = {0: "the plan has no slots", 1: "the slot is taken", 2: "both slots are taken"}
    return counted.get(slots.running, f"all {slots.running} slots are taken")
