"""What to do now at the plan's limit: queue, or make room by one of those that are live."""

from collections.abc import Callable
from dataclasses import dataclass

from app.accounts.caller import Caller
from app.lifecycle import Action, Holder, Refusal, Subject, WayOut, edge_of
from app.pages.actions.buttons import (
    Button,
    ask_button,
    button,
    queue_button,
    swap_button,
    unqueue_button,
)
from app.pages.common.words.phrases import age, counted
from app.results import holders
from app.results.holders import MOST_LISTED, Measured
from app.tenancy import slot_requests


@dataclass(frozen=True)
class Pick:
    """One that can make room: its name, what its result says and since when it is live."""

    name: str
    note: str
    button: Button


@dataclass(frozen=True)
class Picks:
    """Those that can make room, of which one is picked; `is_cut` says that there are more."""

    title: str
    picks: tuple[Pick, ...]
    is_cut: bool


def buttons(
    caller: Caller, subject: Subject, refusal: Refusal, *, is_queued: bool
) -> tuple[Button, ...]:
    """Return a button for each way to wait for a slot, the quickest first."""
    project_key, ways = caller.project_key, _ways(caller, refusal)
    made: list[Button] = []
    if WayOut.QUEUE in ways and is_queued:
        made.append(unqueue_button(project_key, subject))
    elif WayOut.QUEUE in ways:
        made.append(queue_button(project_key, subject))
    if WayOut.ASK_AN_ADMIN in ways:
        made.append(ask_button(project_key, subject))
    return tuple(made)


def picks(caller: Caller, subject: Subject, refusal: Refusal) -> Picks | None:
    """Return what is live now and can make room, if anything is and the refusal says so."""
    if WayOut.SWAP in refusal.ways_out:
        return _picks(
            caller,
            "Or swap it with one that is live",
            lambda each: swap_button(caller.project_key, subject, each, f"Swap with “{each.name}”"),
        )
    if WayOut.PAUSE_A_HOLDER in refusal.ways_out:
        pause = edge_of(Action.PAUSE)
        return _picks(
            caller,
            "Pause one that is live",
            lambda each: button(caller.project_key, each, pause, label=f"Pause “{each.name}”"),
        )
    return None


def surplus(refusal: Refusal) -> tuple[str, ...]:
    """Return how many have to go before one may start, where more are live than the plan allows."""
    slots = refusal.slots
    if slots is None or slots.limit is None or not slots.over:
        return ()
    too_many = slots.running - slots.limit + 1
    return (f"{counted(too_many, 'experiment')} have to be paused before this one can start.",)


def _picks(caller: Caller, title: str, offered: Callable[[Holder], Button]) -> Picks | None:
    live = holders.of_project(caller.project_id)
    if not live:
        return None
    made = tuple(
        Pick(each.holder.name, _note(each), offered(each.holder)) for each in live[:MOST_LISTED]
    )
    return Picks(title, made, len(live) > MOST_LISTED)


def _note(measured: Measured) -> str:
    days = age(measured.holder.since)
    live = "live since today" if days == "today" else f"live for {days}"
    return f"{measured.headline.word}, {live}" if measured.headline else live


def _ways(caller: Caller, refusal: Refusal) -> tuple[WayOut, ...]:
    has_asked = slot_requests.asked_at(caller.project_id, caller.user_id) is not None
    return refusal.ways_out_for(is_person=True, has_asked=has_asked)
