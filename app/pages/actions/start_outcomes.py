"""Panels after a swap, a queued start, or a request for a slot."""

from dataclasses import replace
from datetime import datetime

from app import lifecycle
from app.accounts.caller import Caller
from app.experiments import history, lookup
from app.launch import check
from app.lifecycle import Action, Reason, Refusal, RefusalCode
from app.models import Experiment, Status
from app.pages.actions import outcomes, panels
from app.pages.actions.answers import Answer
from app.pages.actions.buttons import Button, button, swap_button, undo, unqueue_button
from app.pages.actions.panels import Panel
from app.pages.actions.words import WORDS, paused_by_undo
from app.pages.common.time_zones import by_the_clock
from app.pages.common.words import launch_words, refusal_words
from app.pages.common.words.phrases import ago, counted
from app.tenancy import slot_requests
from app.web.settings import knows_countries


def swapped(caller: Caller, experiment: Experiment, answer: Answer, holder: Experiment) -> Panel:
    """Return the panel after a swap: both, or why nothing was done."""
    if answer.is_done:
        return _swapped(caller, experiment, answer.entry_id)
    if answer.refusal and answer.refusal.code is RefusalCode.HOLDER_NOT_RUNNING:
        return _nothing_to_swap_with(caller, experiment, holder, answer.refusal)
    return outcomes.not_done(caller, experiment, _not_started(experiment), answer)


def _swapped(caller: Caller, experiment: Experiment, entry_id: int | None) -> Panel:
    entry = outcomes.change_of(caller, experiment, entry_id)
    paused = entry and entry.paused
    if entry is None or paused is None:
        return panels.lost(caller, experiment)
    is_latest = history.is_latest_change(entry)
    launch = check.of(experiment, knows_countries=knows_countries()) if is_latest else None
    why = launch_words.not_split(launch) if launch else ""
    back = swap_button(
        caller.project_key, lookup.subject(paused), lookup.subject(experiment), "Undo"
    )
    return Panel(
        experiment,
        "done",
        f"“{experiment.name}” is live, “{paused.name}” is paused.",
        (
            *((f"“{experiment.name}”: {why}.",) if why else ()),
            f"Visitors of “{paused.name}” see the original; its data is kept.",
            *((paused_by_undo(entry),) if is_latest else (outcomes.since(caller, experiment),)),
        ),
        (undo(back),) if is_latest else (),
        asks_reason=is_latest,
        lacks=outcomes.lacks(caller, experiment, launch),
    )


def _nothing_to_swap_with(
    caller: Caller, experiment: Experiment, holder: Experiment, refusal: Refusal
) -> Panel:
    was = refusal_words.status(refusal.status or holder.status)
    return Panel(
        experiment,
        "refused",
        f"“{experiment.name}” {_not_started(experiment)}",
        (
            f"“{holder.name}” was {was} when you pressed, so there is nothing to swap with.",
            panels.present(caller, holder),
            "Nothing has been done.",
        ),
        _starts(caller, experiment),
    )


def _not_started(experiment: Experiment) -> str:
    action = Action.RESUME if experiment.status is Status.STOPPED else Action.START
    return WORDS[action].not_done


def _starts(caller: Caller, experiment: Experiment) -> tuple[Button, ...]:
    """Return the button that starts it, where a slot is free now."""
    subject, slots = lookup.subject(experiment), lifecycle.slots_of(caller.project_id)
    return tuple(
        button(caller.project_key, subject, edge)
        for edge, refusal in lifecycle.actions(subject, slots)
        if refusal is None and edge.takes_slot
    )


def queued(caller: Caller, experiment: Experiment, answer: Answer) -> Panel:
    """Return the panel after a start was queued, or moved in the queue."""
    if not answer.is_done:
        return outcomes.not_done(caller, experiment, "is not queued", answer)
    if answer.position is None or answer.length is None:
        return outcomes.done(caller, experiment, answer.entry_id)
    return Panel(
        experiment,
        "done",
        f"“{experiment.name}” is queued: {_in_line(answer.position, answer.length)}.",
        _waits(caller, answer.expires_at),
        (unqueue_button(caller.project_key, lookup.subject(experiment)),),
    )


def _waits(caller: Caller, until: datetime | None) -> tuple[str, ...]:
    if caller.hold:
        return (
            "The queue is held: it starts by itself when the hold is lifted and a slot is free.",
            "Until then visitors see the original, and the time of the hold does not count.",
        )
    longest = (f"It waits until {by_the_clock(until)} at the longest.",) if until else ()
    return "It starts by itself when a slot frees. Until then visitors see the original.", *longest


def moved(caller: Caller, experiment: Experiment, answer: Answer) -> Panel:
    """Return the panel for a move in the queue, which somebody may have changed meanwhile."""
    if answer.is_done:
        return queued(caller, experiment, answer)
    return outcomes.not_done(caller, experiment, "is not moved", answer)


def unqueued(caller: Caller, experiment: Experiment, answer: Answer) -> Panel:
    """Return the panel after a start was taken out of the queue, if it was still there."""
    if not answer.is_done:
        told = outcomes.not_done(caller, experiment, "is not taken out of the queue", answer)
        return replace(told, sentences=(*told.sentences, panels.present(caller, experiment)))
    title = f"“{experiment.name}” is not in the queue."
    return Panel(experiment, "done", title, (_starts_when(caller, experiment),))


def _starts_when(caller: Caller, experiment: Experiment) -> str:
    start_at = lifecycle.schedule_of(experiment.test_id).start_at
    if start_at is None:
        return "It starts only when somebody starts it."
    condition = ", if the hold is lifted by then" if caller.hold else ""
    return f"It starts as scheduled, {by_the_clock(start_at)}{condition}."


def unscheduled(caller: Caller, experiment: Experiment, answer: Answer) -> Panel:
    """Return the panel after the start was dropped that an experiment was scheduled for."""
    if not answer.is_done:
        return outcomes.not_done(caller, experiment, "still has its start", answer)
    title = f"“{experiment.name}” has no start any more that was set for a moment."
    return Panel(experiment, "done", title, ("It starts only when somebody starts it.",))


def asked(caller: Caller, experiment: Experiment, answer: Answer) -> Panel:
    """Return the panel after the admins were asked for more slots, and the start was queued."""
    asked_at = slot_requests.asked_at(caller.project_id, caller.user_id)
    if not answer.is_done or answer.entry_id is not None or asked_at is None:
        return queued(caller, experiment, answer)
    sentence = f"The admins see your request for a slot, sent {ago(asked_at)}."
    if answer.position is None:
        title = f"“{experiment.name}” is not queued: the queue is full"
        full = refusal_words.because(Reason.QUEUE_FULL)
        return Panel(experiment, "refused", title, (sentence, full), is_limit=True)
    in_queue = queued(caller, experiment, answer)
    return replace(in_queue, sentences=(sentence, *in_queue.sentences))


def _in_line(position: int, length: int) -> str:
    if position == 1:
        return "it is next"
    return f"{counted(position - 1, 'experiment')} before it, {length} in the queue"
