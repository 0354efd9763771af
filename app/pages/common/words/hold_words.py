"""Words for a hold of the queue, and for what stopping everything brings."""

from collections.abc import Sequence

from app import lifecycle
from app.accounts.caller import Caller
from app.lifecycle import Hold, Slots, Subject
from app.pages.common.words.phrases import called, counted

NOTHING_STARTS = "Nothing starts by itself until somebody lifts the hold."
_starts_again = f"{NOTHING_STARTS[0].lower()}{NOTHING_STARTS[1:]}"


def held_by(hold: Hold, reader_id: int | None) -> str:
    """Return who placed a hold, as the reader would say it."""
    return called(hold.user_id, hold.email, hold.api_key, reader_id) or "the command line"


def stopping(slots: Slots | None) -> str:
    """Return what stopping everything brings, where that is to be confirmed."""
    if slots is not None and not slots.running:
        return f"Nothing is live. The queue will be held: {_starts_again}"
    return (
        f"{_paused(slots)}: every visitor sees the original; data is kept. The queue will be held "
        f"too: {_starts_again}{brought_back(slots)}"
    )


def shipped(caller: Caller) -> Sequence[Subject]:
    """Return what is shipped in a project, for whoever could stop it."""
    is_any = caller.may_change and caller.has_shipped
    return lifecycle.shipped_in(caller.project_id) if is_any else ()


def served_still(shipped: Sequence[Subject]) -> list[str]:
    """Return what goes on being served although everything is stopped; nothing where nothing is."""
    if not shipped:
        return []
    seen = "; ".join(f"of “{each.name}” everybody sees “{each.variant_name}”" for each in shipped)
    return [f"What is shipped goes on: {seen}."]


def brought_back(slots: Slots | None, paused: int | None = None) -> str:
    """Return that an undo brings fewer back than are paused, where the plan has no slots for all.

    `paused` are those that have been, where that is over.
    """
    if slots is None or slots.limit is None:
        return ""
    running = slots.running if paused is None else paused
    if running <= slots.limit:
        return ""
    return (
        f" The plan allows {slots.limit} at once: Undo can bring {slots.limit} of {running} back."
    )


def _paused(slots: Slots | None) -> str:
    if slots is None:
        return "All live experiments will be paused"
    are = "is" if slots.running == 1 else "are"
    return f"{counted(slots.running, 'experiment')} {are} live and will be paused"
