"""What the page says after a swap, a queued start, or a request for a slot."""

from collections.abc import Sequence
from dataclasses import replace

from app import experiments, lifecycle, queueing, slot_requests
from app.access import Caller
from app.lifecycle import Action
from app.models import Experiment, QueuedStart
from app.pages import outcomes
from app.pages.buttons import swap_button, undo, unqueue_button
from app.pages.outcomes import Panel
from app.pages.words import BADGES, ago, author, counted
from app.refusals import QUEUE_FULL
from app.slots import Slots
from app.waiting import MOST_WAITING


def swapped(
    caller: Caller, experiment: Experiment, holder: Experiment, slots: Slots | None
) -> Panel:
    """The panel after a swap: both as they are now, or why nothing was done."""
    not_swapped = f"“{experiment.name}” is not started"
    incoming, outgoing = experiments.subject(experiment), experiments.subject(holder)
    if lifecycle.is_swapped(incoming, outgoing):
        back = swap_button(caller.project_key, outgoing, incoming, "Undo")
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
    outcome = lifecycle.outcome(incoming, Action.START, slots)
    if outcome.refusal and lifecycle.outcome(outgoing, Action.PAUSE, slots).refusal is None:
        return outcomes.refused(caller, experiment, "is not started", outcome.refusal)
    is_now = BADGES[holder.status].word.lower()
    sentences = (
        f"“{holder.name}” is {is_now} now, since {ago(holder.changed_at)}, so there is nothing "
        "to swap with. Nothing has been done.",
    )
    return Panel(experiment, "refused", not_swapped, sentences)


def queued(caller: Caller, experiment: Experiment, slots: Slots | None) -> Panel:
    """The panel after a start was queued, or moved in the queue."""
    line = queueing.listed(caller.project_id)
    position = _position(line, experiment)
    if position is None and len(line) >= MOST_WAITING:
        title = f"“{experiment.name}” is not queued: the queue is full"
        return Panel(experiment, "refused", title, (QUEUE_FULL.sentence,), is_limit=True)
    if position is None:
        action = Action.START
        outcome = lifecycle.outcome(experiments.subject(experiment), action, slots)
        return outcomes.panel(caller, experiment, action, outcome)
    waits_until = line[position - 1].expires_at
    return Panel(
        experiment,
        "done",
        f"“{experiment.name}” is queued: {_in_line(position, len(line))}.",
        (
            "It starts by itself when a slot frees. Nobody sees it until then. "
            f"It waits until {waits_until:%-d %B %Y} at the longest.",
        ),
        (unqueue_button(caller.project_key, experiments.subject(experiment)),),
    )


def unqueued(caller: Caller, experiment: Experiment, slots: Slots | None) -> Panel:
    """The panel after a start was taken out of the queue, if it had not come by then."""
    outcome = lifecycle.outcome(experiments.subject(experiment), Action.START, slots)
    if outcome.done:
        return outcomes.panel(caller, experiment, Action.START, outcome)
    if _position(queueing.listed(caller.project_id), experiment) is None:
        title = f"“{experiment.name}” is not in the queue: it starts only when somebody starts it."
        return Panel(experiment, "done", title)
    return Panel(experiment, "refused", f"“{experiment.name}” is still in the queue")


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
