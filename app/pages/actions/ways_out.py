"""What to do now at the plan's limit, as sentences and as buttons."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.accounts.access import Caller
from app.api.moments import written
from app.experiments import lookup
from app.lifecycle import Action, Holder, Refusal, Slots, Subject, WayOut, edge_of
from app.pages.actions.buttons import (
    Button,
    ask_button,
    button,
    queue_button,
    swap_button,
    unqueue_button,
)
from app.pages.common.words import age
from app.tenancy import slot_requests


def holding(slots: Slots | None) -> tuple[str, ...]:
    """Return who holds the slots, in one sentence; those that are not named are counted."""
    if slots is None or not slots.holders:
        return ()
    named = [f"“{holder.name}” ({_live_for(holder)})" for holder in slots.holders]
    if slots.running > len(named):
        named.append(f"{slots.running - len(named)} more")
    *others, last = named
    names = f"{', '.join(others)} and {last}" if others else last
    return (f"{names} {'hold' if others else 'holds'} {'them' if others else 'it'}.",)


def buttons(
    caller: Caller, subject: Subject, refusal: Refusal, *, is_queued: bool
) -> tuple[Button, ...]:
    """Return a button for each way out that a press can take, the quickest first."""
    project_key, slots, ways = caller.project_key, refusal.slots, refusal.ways_out
    holders = slots.holders if slots else ()
    made: list[Button] = []
    if WayOut.SWAP in ways:
        made += [swap_button(project_key, subject, each, _swap_label(each)) for each in holders]
    if WayOut.PAUSE_A_HOLDER in ways:
        pause = edge_of(Action.PAUSE)
        made += [
            button(project_key, each, pause, label=f"Pause “{each.name}”")
            for each in _exact(caller, holders)
        ]
    if WayOut.QUEUE in ways and is_queued:
        made.append(unqueue_button(project_key, subject))
    elif WayOut.QUEUE in ways:
        made.append(queue_button(project_key, subject))
    if WayOut.ASK_AN_ADMIN in ways and _may_ask(caller):
        made.append(ask_button(project_key, subject))
    return tuple(made)


def _exact(caller: Caller, holders: Sequence[Holder]) -> list[Holder]:
    """Return the holders as buttons need them: answers tell moments to the millisecond alone."""
    moments = lookup.changed_at(caller.project_id, [holder.test_id for holder in holders])
    return [_at(holder, moments.get(holder.test_id)) for holder in holders]


def _at(holder: Holder, moment: datetime | None) -> Holder:
    is_same = written(moment) == written(holder.changed_at)
    return replace(holder, changed_at=moment) if moment and is_same else holder


def _swap_label(holder: Holder) -> str:
    return f"Swap with “{holder.name}”"


def _may_ask(caller: Caller) -> bool:
    """Nobody asks twice: an open request stays."""
    user_id = caller.user_id
    return user_id is not None and slot_requests.asked_at(caller.project_id, user_id) is None


def _live_for(holder: Holder) -> str:
    days = age(holder.changed_at)
    return "live since today" if days == "today" else f"live for {days}"
