"""What the page says after a swap, a queued start, or a request for a slot."""

from collections.abc import Sequence
from dataclasses import replace

from app.accounts.access import Caller
from app.experiments import lookup
from app.lifecycle import queue, rules, schedules
from app.lifecycle.pending import MOST_WAITING
from app.lifecycle.refusals import QUEUE_FULL, WayOut
from app.lifecycle.rules import Action
from app.lifecycle.slots import Slots
from app.lifecycle.store import Subject
from app.models import Experiment, QueuedStart
from app.pages.actions import outcomes
from app.pages.actions.buttons import Button, button, swap_button, undo, unqueue_button
from app.pages.actions.outcomes import Panel
from app.pages.common.time_zones import by_the_clock
from app.pages.common.words import BADGES, ago, author, counted
from app.tenancy import slot_requests


def swapped(
    caller: Caller, experiment: Experiment, holder: Experiment, slots: Slots | None
) -> Panel:
    """The panel after a swap: both as they are now, or why nothing was done."""
    incoming, outgoing = lookup.subject(experiment), lookup.subject(holder)
    if rules.is_swapped(incoming, outgoing):
        back = swap_button(caller.project_key, outgoing, incoming, "Undo")
        return _swapped(caller, experiment, holder, back)
    outcome = rules.outcome(incoming, Action.START, slots)
    if outcome.refusal and rules.outcome(outgoing, Action.PAUSE, slots).refusal is None:
        return outcomes.refused(caller, experiment, "is not started", outcome.refusal)
    return _nothing_to_swap_with(experiment, holder, _starts(caller, incoming, slots))


def _swapped(caller: Caller, experiment: Experiment, holder: Experiment, back: Button) -> Panel:
    by = author(experiment, caller.user_id)
    return Panel(
        experiment,
        "done",
        f"“{experiment.name}” is live, “{holder.name}” is paused.",
        (
            f"Visitors of “{holder.name}” see the original; its data is kept.",
            *outcomes.changed_by(by, experiment),
        ),
        (undo(back),),
        asks_reason=by == "you",
    )


def _nothing_to_swap_with(
    experiment: Experiment, holder: Experiment, starts: tuple[Button, ...]
) -> Panel:
    is_now = BADGES[holder.status].word.lower()
    sentence = (
        f"“{holder.name}” is {is_now} now, since {ago(holder.changed_at)}, so there is nothing "
        "to swap with. Nothing has been done."
    )
    title = f"“{experiment.name}” is not started"
    return Panel(experiment, "refused", title, (sentence,), starts)


def _starts(caller: Caller, subject: Subject, slots: Slots | None) -> tuple[Button, ...]:
    """The button that starts it, where a slot is free now."""
    return tuple(
        button(caller.project_key, subject, edge)
        for edge, refusal in rules.actions(subject, slots)
        if refusal is None and rules.takes_a_slot(edge.origin, edge.target)
    )


def queued(caller: Caller, experiment: Experiment, slots: Slots | None) -> Panel:
    """The panel after a start was queued, or moved in the queue."""
    line = queue.listed(caller.project_id)
    position = _position(line, experiment)
    if position is None:
        return _not_queued(caller, experiment, slots, is_full=len(line) >= MOST_WAITING)
    waits_until = line[position - 1].expires_at
    return Panel(
        experiment,
        "done",
        f"“{experiment.name}” is queued: {_in_line(position, len(line))}.",
        (
            "It starts by itself when a slot frees. Until then visitors see the original. "
            f"It waits until {by_the_clock(waits_until)} at the longest.",
        ),
        (unqueue_button(caller.project_key, lookup.subject(experiment)),),
    )


def _not_queued(
    caller: Caller, experiment: Experiment, slots: Slots | None, *, is_full: bool
) -> Panel:
    outcome = rules.outcome(lookup.subject(experiment), Action.START, slots)
    if is_full and outcome.refusal and WayOut.QUEUE in outcome.refusal.ways_out:
        title = f"“{experiment.name}” is not queued: the queue is full"
        return Panel(experiment, "refused", title, (QUEUE_FULL.sentence,), is_limit=True)
    return outcomes.panel(caller, experiment, Action.START, outcome)


def unqueued(caller: Caller, experiment: Experiment, slots: Slots | None) -> Panel:
    """The panel after a start was taken out of the queue, if it had not come by then."""
    outcome = rules.outcome(lookup.subject(experiment), Action.START, slots)
    if outcome.done:
        return outcomes.panel(caller, experiment, Action.START, outcome)
    if _position(queue.listed(caller.project_id), experiment) is None:
        title = f"“{experiment.name}” is not in the queue."
        return Panel(experiment, "done", title, (_starts_when(experiment),))
    return Panel(experiment, "refused", f"“{experiment.name}” is still in the queue")


def _starts_when(experiment: Experiment) -> str:
    start_at = schedules.of(experiment.test_id).start_at
    if start_at is None:
        return "It starts only when somebody starts it."
    return f"It starts as scheduled, {by_the_clock(start_at)}."


def overtaken(experiment: Experiment) -> Panel:
    """The panel for a move in a queue that somebody has changed meanwhile."""
    title = f"“{experiment.name}” is not moved: the queue was changed before you pressed"
    return Panel(experiment, "refused", title, ("Nothing has been done.",))


def asked(caller: Caller, experiment: Experiment, slots: Slots | None) -> Panel:
    """The panel after the admins were asked for more slots, and the start was queued."""
    user_id = caller.user_id
    asked_at = slot_requests.asked_at(caller.project_id, user_id) if user_id else None
    in_queue = queued(caller, experiment, slots)
    if asked_at is None:
        return in_queue
    sentence = f"The admins see your request for a slot, sent {ago(asked_at)}."
    return replace(in_queue, sentences=(sentence, *in_queue.sentences))


def _position(line: Sequence[QueuedStart], experiment: Experiment) -> int | None:
    order = [queued.test_id for queued in line]
    return order.index(experiment.test_id) + 1 if experiment.test_id in order else None


def _in_line(position: int, length: int) -> str:
    if position == 1:
        return "it is next"
    return f"{counted(position - 1, 'experiment')} before it, {length} in the queue"
