"""The panel that says what came of a press: its parts, and those that many panels share."""

from collections.abc import Sequence
from dataclasses import dataclass

from app import lifecycle
from app.accounts.caller import Caller
from app.core.version_tokens import token_of
from app.experiments import history, lookup
from app.lifecycle import Action, Reason, Refusal, RefusalCode, Slots, WayOut, free
from app.models import Experiment, History, Kind, Status
from app.pages.actions import ways_out
from app.pages.actions.buttons import Button, offered, unqueue_button
from app.pages.actions.ways_out import Picks
from app.pages.actions.words import DECIDED
from app.pages.common.words import edit_words, refusal_words
from app.pages.common.words.labels import CHANGED
from app.pages.common.words.launch_words import Line
from app.pages.common.words.phrases import ago, author
from app.pages.common.words.waits import in_the_queue

MOST_CHANGES_TOLD = 3


@dataclass(frozen=True)
class Panel:
    """A panel to print: `tone` is "done" or "refused".

    `asks_reason` offers to say why, `offers_clone` the clone, `is_limit` the plan, `picks` what can
    make room. `lacks` is what keeps one that is live now from measuring.
    """

    experiment: Experiment
    tone: str
    title: str
    sentences: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    offers_clone: bool = False
    is_limit: bool = False
    asks_reason: bool = False
    picks: Picks | None = None
    lacks: tuple[Line, ...] = ()

    @property
    def note_field(self) -> str:
        """Return the name of the field whose text goes along with a button; "" without one."""
        return next((each.note_field for each in self.buttons if each.note_field), "")

    @property
    def token(self) -> str:
        """Return the version token of the change that the panel tells of."""
        return token_of(self.experiment.changed_at)


def only_looking(experiment: Experiment) -> Panel:
    """Return the panel for somebody whose role changes nothing."""
    title = f"“{experiment.name}” is as it was"
    return Panel(experiment, "refused", title, ("Your role in this project is to look now.",))


def lost(caller: Caller, experiment: Experiment) -> Panel:
    """Return the panel for a press whose answer was lost: how things are now, and no more."""
    waits = _waits(caller, experiment)
    leave = unqueue_button(caller.project_key, lookup.subject(experiment))
    return Panel(
        experiment,
        "refused",
        "The answer to what you pressed was lost",
        (f"This is how “{experiment.name}” is now: {present(caller, experiment)}", *waits),
        (*_actions(caller, experiment), *((leave,) if waits else ())),
    )


def stale(caller: Caller, experiment: Experiment, since: Sequence[int]) -> Panel:
    """Return the panel for a button that was pressed after somebody had changed the experiment.

    It says by the entries of history `since` then what has changed, and offers what can be done
    with the experiment as it is now.
    """
    changes = history.changes_of(experiment, since[:MOST_CHANGES_TOLD])
    happened = [_happened(entry, experiment, caller.user_id) for entry in changes]
    more = [f"And {len(since) - len(changes)} more before that."] if since[len(changes) :] else []
    return Panel(
        experiment,
        "refused",
        f"“{experiment.name}” was changed before you pressed",
        (
            *(happened or [present(caller, experiment)]),
            *more,
            "Nothing has been done. This page shows it as it is now.",
        ),
        _actions(caller, experiment),
    )


def _happened(entry: History, experiment: Experiment, reader_id: int | None) -> str:
    """Return a change that somebody had not seen, in one sentence."""
    by = f"by {author(entry, reader_id)} {ago(entry.at)}"
    if entry.kind is Kind.CHANGED and entry.to_status:
        is_own = entry.test_id == experiment.test_id
        return f"{CHANGED[entry.to_status if is_own else Status.STOPPED]} {by}."
    if entry.decision:
        return f"{DECIDED[Action(entry.decision['action'])]} {by}."
    shown = edit_words.shown(entry.changes)
    edited = "; ".join(f"{each.field}: {each.before} → {each.after}" for each in shown)
    what = f"{_HAPPENED.get(entry.kind, 'It was created')} {by}"
    return f"{what}: {edited}." if edited else f"{what}."


_HAPPENED = {
    Kind.EDITED: "It was edited",
    Kind.QUEUED: "Its place in the queue was changed",
    Kind.UNQUEUED: "It was taken out of the queue",
    Kind.SCHEDULED: "Its schedule was changed",
    Kind.UNSCHEDULED: "Its schedule was changed",
}


def failed(experiment: Experiment, not_done: str, why: str) -> Panel:
    """Return the panel for what was not done for another reason than the rules."""
    return Panel(experiment, "refused", f"“{experiment.name}” {not_done}", (why,))


def refused(caller: Caller, experiment: Experiment, not_done: str, refusal: Refusal) -> Panel:
    """Return the panel for a refusal, as it was decided, with its ways out as buttons."""
    waits = _waits(caller, experiment)
    return Panel(
        experiment,
        "refused",
        f"“{experiment.name}” {not_done}: {reason(experiment.status, refusal)}",
        (
            refusal_words.sentence(refusal),
            *ways_out.surplus(refusal),
            *waits,
            "Nothing has changed.",
        ),
        ways_out.buttons(caller, lookup.subject(experiment), refusal, is_queued=bool(waits)),
        offers_clone=WayOut.CLONE in refusal.ways_out,
        is_limit=refusal.reason is Reason.AT_THE_LIMIT,
        picks=ways_out.picks(caller, lookup.subject(experiment), refusal),
    )


def _waits(caller: Caller, experiment: Experiment) -> tuple[str, ...]:
    order = lifecycle.queue_order(caller.project_id)
    return tuple(
        f"{wait}." for wait in in_the_queue(order, experiment.test_id, is_held=bool(caller.hold))
    )


def reason(status: Status, refusal: Refusal) -> str:
    """Return why an experiment was refused, in a few words; `status` where it is not told."""
    if refusal.slots:
        return _taken(refusal.slots)
    now = f"it is {refusal_words.status(refusal.status or status)} now"
    return _IN_SHORT.get(refusal.code, now)


_IN_SHORT = {
    RefusalCode.PLAN_UNREADABLE: "its plan cannot be read just now",
    RefusalCode.QUEUE_FULL: "the queue is full",
    RefusalCode.CHANGED_MEANWHILE: "it was changed before you pressed",
}


def _taken(slots: Slots) -> str:
    if slots.free:
        return f"only {free(slots)}"
    if slots.over:
        return f"{slots.running} of {slots.limit} are live"
    counted = {0: "the plan has no slots", 1: "the slot is taken", 2: "both slots are taken"}
    return counted.get(slots.running, f"all {slots.running} slots are taken")


def present(caller: Caller, experiment: Experiment) -> str:
    """Return how an experiment came to be what it is now, in one sentence."""
    who = author(experiment, caller.user_id)
    return f"{CHANGED[experiment.status]} by {who} {ago(experiment.changed_at)}."


def _actions(caller: Caller, experiment: Experiment) -> tuple[Button, ...]:
    """Return the buttons for what can be done with the experiment as it is now."""
    slots = lifecycle.slots_of(caller.project_id)
    return offered(caller.project_key, lookup.subject(experiment), slots)
