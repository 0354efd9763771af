"""What the page says after an action: done, with a way back, or refused, with the ways out."""

from dataclasses import dataclass

from app import experiments, lifecycle
from app.access import Caller
from app.lifecycle import Action, Outcome, Refusal, RefusalCode, WayOut
from app.models import Experiment, Role
from app.pages.buttons import Button, button
from app.pages.words import BADGES, DONE, NOT_DONE, age, author
from app.slots import Holder, Slots


@dataclass(frozen=True)
class Panel:
    """What to print: `tone` is "done" or "refused"; `is_limit` where the plan's limit refused."""

    experiment: Experiment
    tone: str
    title: str
    sentences: tuple[str, ...]
    buttons: tuple[Button, ...] = ()
    offers_clone: bool = False
    is_limit: bool = False


def panel(caller: Caller, experiment: Experiment, action: Action, outcome: Outcome) -> Panel:
    """The panel for an action that `caller` asked for."""
    if not caller.may(Role.MARKETER):
        title = f"“{experiment.name}” {NOT_DONE[action]}"
        return Panel(experiment, "refused", title, ("Your role in this project is to look now.",))
    if outcome.done:
        return _done(caller, experiment, action, outcome)
    if outcome.refusal:
        return _refused(caller, experiment, action, outcome.refusal)
    label = lifecycle.edge_of(action).label or "the button"
    return Panel(
        experiment,
        "refused",
        f"“{experiment.name}” {NOT_DONE[action]}",
        (f"It did not go through. Nothing stands in its way now: press {label} again.",),
    )


def _done(caller: Caller, experiment: Experiment, action: Action, outcome: Outcome) -> Panel:
    by = author(experiment, caller.user_id)
    undo = outcome.undo and button(
        caller.project_key, experiments.subject(experiment), outcome.undo, label="Undo"
    )
    return Panel(
        experiment,
        "done",
        f"“{experiment.name}” {DONE[action]}",
        () if by == "you" else (f"Changed by {by}, {_when(experiment)}.",),
        (undo,) if undo else (),
    )


def _refused(caller: Caller, experiment: Experiment, action: Action, refusal: Refusal) -> Panel:
    return Panel(
        experiment,
        "refused",
        f"“{experiment.name}” {NOT_DONE[action]}: {_reason(experiment, refusal)}",
        (refusal.sentence, *_holding(refusal.slots), "Nothing has changed.", *_advice(refusal)),
        _pause_buttons(caller, refusal),
        offers_clone=WayOut.CLONE in refusal.ways_out,
        is_limit=WayOut.RAISE_THE_LIMIT in refusal.ways_out,
    )


def _reason(experiment: Experiment, refusal: Refusal) -> str:
    if refusal.code is RefusalCode.PLAN_UNREADABLE:
        return "its plan cannot be read just now"
    if refusal.slots is None:
        by = BADGES[experiment.status].word.lower()
        return f"it is {by} now"
    return _taken(refusal.slots)


def _taken(slots: Slots) -> str:
    if slots.over:
        return f"{slots.running} of {slots.limit} are live"
    counted = {0: "the plan has no slots", 1: "the slot is taken", 2: "both slots are taken"}
    return counted.get(slots.running, f"all {slots.running} slots are taken")


def _holding(slots: Slots | None) -> tuple[str, ...]:
    if slots is None or not slots.holders:
        return ()
    named = [f"“{holder.name}” ({_live_for(holder)})" for holder in slots.holders]
    if slots.running > len(named):
        named.append(f"{slots.running - len(named)} more")
    *others, last = named
    names = f"{', '.join(others)} and {last}" if others else last
    return (f"{names} {'hold' if others else 'holds'} {'them' if others else 'it'}.",)


def _advice(refusal: Refusal) -> tuple[str, ...]:
    slots = refusal.slots
    if slots is None or slots.limit is None:
        return ()
    if slots.limit == 0:
        return ("Ask an admin for a plan with slots.",)
    surplus = slots.running - slots.limit + 1
    some = "it" if slots.running == 1 else "one of them" if surplus == 1 else f"{surplus} of them"
    return (f"Pause {some}, or ask an admin for a plan with more slots.",)


def _live_for(holder: Holder) -> str:
    days = age(holder.since)
    return "live since today" if days == "today" else f"live for {days}"


def _when(experiment: Experiment) -> str:
    days = age(experiment.changed_at)
    return days if days == "today" else f"{days} ago"


def _pause_buttons(caller: Caller, refusal: Refusal) -> tuple[Button, ...]:
    if WayOut.PAUSE_A_HOLDER not in refusal.ways_out or refusal.slots is None:
        return ()
    pause = lifecycle.edge_of(Action.PAUSE)
    return tuple(
        button(caller.project_key, holder, pause, label=f"Pause “{holder.name}”")
        for holder in refusal.slots.holders
    )
