"""Panels after an action of the rule book, drawn from the answer that it got."""

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus

from app import lifecycle
from app.accounts.caller import Caller
from app.experiments import history, lookup
from app.launch import check
from app.launch.check import LaunchCheck
from app.lifecycle import Action, Refusal, RefusalCode
from app.models import Experiment, History, Kind, Status
from app.pages.actions import panels
from app.pages.actions.answers import Answer
from app.pages.actions.buttons import Button, button, decision_button, swap_button, undo
from app.pages.actions.panels import Panel
from app.pages.actions.words import WORDS, ActionWords
from app.pages.common.words import launch_words, refusal_words
from app.web.settings import knows_countries

DROPPED = {
    (Kind.UNQUEUED, None): "It left the queue.",
    (Kind.UNSCHEDULED, Status.RUNNING): "The start that was set for it is dropped.",
    (Kind.UNSCHEDULED, Status.STOPPED): "The stop that was set for this run is dropped with it.",
    (Kind.UNSCHEDULED, None): "The rise of traffic that was set for this run is dropped with it.",
}


def panel(caller: Caller, experiment: Experiment, answer: Answer, action: Action) -> Panel:
    """Return the panel for an action that `caller` asked for, and how it was answered."""
    if answer.is_done and answer.entry_id is None:
        return _unchanged(caller, experiment, action)
    if answer.is_done:
        return done(caller, experiment, answer.entry_id)
    return not_done(
        caller, experiment, WORDS[action].not_done, _in_full(experiment, action, answer)
    )


def _in_full(experiment: Experiment, action: Action, answer: Answer) -> Answer:
    """Return the answer with why a door denied to know the experiment: it hides what is archived.

    That is so still, since nothing leads out of the archive.
    """
    if answer.status_code != HTTPStatus.NOT_FOUND:
        return answer
    slots = lifecycle.slots_of(experiment.project_id)
    decision = lifecycle.decide(lookup.subject(experiment), action, slots)
    return replace(answer, refusal=decision) if isinstance(decision, Refusal) else answer


def not_done(caller: Caller, experiment: Experiment, words: str, answer: Answer) -> Panel:
    """Return the panel for an answer that says no, for whatever reason."""
    refusal = answer.refusal
    if refusal is None:
        return panels.failed(experiment, words, answer.failure)
    if refusal.code is RefusalCode.CHANGED_MEANWHILE:
        return panels.stale(caller, experiment, answer.since)
    return panels.refused(caller, experiment, words, refusal)


def done(caller: Caller, experiment: Experiment, entry_id: int | None) -> Panel:
    """Return the panel for what was done, by its entry in history; without one, it is not known."""
    entry = change_of(caller, experiment, entry_id)
    if entry is None:
        return panels.lost(caller, experiment)
    words = WORDS[_action_of(entry)]
    taker = history.started_after(entry)
    is_latest = history.is_latest_change(entry)
    title = _done(entry, words) if is_latest else _overtaken(words)
    ways_back = _ways_back(caller, experiment, entry, taker) if is_latest else ()
    is_live_now = is_latest and experiment.status is Status.RUNNING
    launch = check.of(experiment, knows_countries=knows_countries()) if is_live_now else None
    if launch and (why := launch_words.not_split(launch)):
        title = f"{title.partition(':')[0]}, but {why}."
    return Panel(
        experiment,
        "done",
        f"“{experiment.name}” {title}",
        (
            *_taken_by(taker),
            *_shipped_no_more(entry),
            *_dropped_with(entry, ways_back),
            *((words.way_back,) if words.way_back and is_latest else ()),
            *(() if is_latest else (since(caller, experiment),)),
        ),
        ways_back,
        asks_reason=words.asks_reason and is_latest,
        lacks=lacks(caller, experiment, launch),
    )


def said(caller: Caller, experiment: Experiment, entry_id: int) -> str:
    """Return what was done, by its entry in history, for a page that has no panel."""
    told = done(caller, experiment, entry_id)
    title = told.title if told.title.endswith((".", "!")) else f"{told.title}."
    return " ".join((title, *told.sentences))


def lacks(
    caller: Caller, experiment: Experiment, launch: LaunchCheck | None
) -> tuple[launch_words.Line, ...]:
    """Return what keeps a live experiment from measuring, for its panel."""
    return tuple(launch_words.lines(caller, experiment, launch.faults)) if launch else ()


def since(caller: Caller, experiment: Experiment) -> str:
    """Return what somebody has done since the change that a panel tells of."""
    told = panels.present(caller, experiment)
    return f"Since then: {told[0].lower()}{told[1:]}"


def change_of(caller: Caller, experiment: Experiment, entry_id: int | None) -> History | None:
    """Return the change of this very experiment that an answer names, if it names one."""
    if entry_id is None:
        return None
    return history.change_of(caller.project_id, experiment.test_id, entry_id)


def _unchanged(caller: Caller, experiment: Experiment, action: Action) -> Panel:
    """Return the panel for what was so already when it was asked for."""
    was = refusal_words.status(lifecycle.edge_of(action).target)
    return Panel(
        experiment,
        "done",
        f"“{experiment.name}” was {was} already: nothing had to change",
        (panels.present(caller, experiment),),
    )


def _done(entry: History, words: ActionWords) -> str:
    return words.done.format(variant=entry.decision["name"] if entry.decision else "")


def _overtaken(words: ActionWords) -> str:
    return f"was changed: {words.label or 'Undo'} went through"


def _shipped_no_more(entry: History) -> tuple[str, ...]:
    """Return that what was shipped is not any more, where a change of status has ended that."""
    decision = entry.decision
    if entry.kind is not Kind.CHANGED or decision is None or not decision["before"]["shipped"]:
        return ()
    return (f"“{decision['name']}” was shipped, and is not any more.",)


def _action_of(entry: History) -> Action:
    if entry.decision:
        return Action(entry.decision["action"])
    return next(
        edge.action
        for edge in lifecycle.EDGES
        if (edge.origin, edge.target) == (entry.from_status, entry.to_status) and not edge.decides
    )


def _taken_by(taker: History | None) -> tuple[str, ...]:
    """Return who got the slot that was freed, where somebody waited for it."""
    if taker is None:
        return ()
    became = "is live now" if history.is_latest_change(taker) else "was started"
    return (f"Its slot went to the queue: “{taker.experiment.name}” {became}.",)


def _dropped_with(entry: History, ways_back: Sequence[Button]) -> tuple[str, ...]:
    """Return what else was dropped, and that no button brings it back."""
    dropped = [DROPPED[each] for each in history.dropped_with(entry)]
    return (*dropped, "Undo does not bring that back.") if dropped and ways_back else (*dropped,)


def _ways_back(
    caller: Caller, experiment: Experiment, entry: History, taker: History | None
) -> tuple[Button, ...]:
    """Return the button that takes a done action back, where there is one.

    Where the queue got the slot, an undo would find none: a swap takes it back.
    """
    subject = lookup.subject(experiment)
    if request := lifecycle.restoring(entry):
        return (undo(decision_button(caller.project_key, subject, request)),)
    may_run = any(edge.takes_slot for edge, _ in lifecycle.actions(subject, None))
    if taker and history.is_latest_change(taker) and may_run:
        label = f"Swap with “{taker.experiment.name}”"
        holder = lookup.subject(taker.experiment)
        return (swap_button(caller.project_key, subject, holder, label),)
    edge = lifecycle.way_back(entry.from_status, experiment.status)
    slots = lifecycle.slots_of(caller.project_id)
    if edge is None or isinstance(lifecycle.decide(subject, edge.action, slots), Refusal):
        return ()
    return (undo(button(caller.project_key, subject, edge)),)
