"""Words for a row that waits: for a slot, or for a moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app import lifecycle
from app.database.rows.overdue import is_overdue
from app.lifecycle import Planned
from app.models import Status
from app.pages.common.time_zones import shown
from app.pages.common.values import written_percents

WORDS = {Status.RUNNING: "Starts", Status.STOPPED: "Stops"}
OVERDUE_WORDS = {Status.RUNNING: "was to start", Status.STOPPED: "was to stop"}


@dataclass(frozen=True)
class Wait:
    """What something waits for, in one sentence; `is_overdue` where it should not wait any more."""

    words: str
    is_overdue: bool = False


UNSERVED = Wait("Overdue: it is next, a slot is free", is_overdue=True)


def waits(
    test_ids: Sequence[int],
    queue: Sequence[int],
    where: ZoneInfo,
    *,
    is_held: bool,
    is_unserved: bool,
) -> dict[int, tuple[Wait, ...]]:
    """Return what each of the experiments waits for.

    `queue` is the project's, which `is_held` or is not, and whose first `is_unserved` or is not;
    `where` is the viewer's.
    """
    found = {
        test_id: tuple(Wait(words) for words in in_the_queue(queue, test_id, is_held=is_held))
        for test_id in test_ids
    }
    if is_unserved and queue[0] in found:
        found[queue[0]] = (UNSERVED,)
    for change in lifecycle.scheduled_for(test_ids):
        found[change.test_id] += (_scheduled(change, where, is_held=is_held),)
    return found


def overdue(target: Status, at: str, *, is_held: bool) -> str:
    """Return what has not happened that was scheduled for `at`, and what can be done about it."""
    was_to = f"{OVERDUE_WORDS[target]} {at}"
    if target is Status.STOPPED:
        return f"Overdue: {was_to}"
    return f"Held: {was_to}" if is_held else f"Overdue: {was_to}. Start it now, or drop its start"


def overdue_rise(traffic_allocation: int, at: str) -> str:
    """Return that traffic has not risen to a share, in basis points, that was set for `at`."""
    return f"Overdue: traffic was to rise to {written_percents(traffic_allocation)} % on {at}"


def _scheduled(change: Planned, where: ZoneInfo, *, is_held: bool) -> Wait:
    at = shown(change.at, where)
    if change.target is None:
        return _rise(change, at)
    if is_overdue(change.at):
        return Wait(overdue(change.target, at, is_held=is_held), is_overdue=True)
    starts_if_lifted = is_held and change.target is Status.RUNNING
    condition = ", if the hold is lifted by then" if starts_if_lifted else ""
    return Wait(f"{WORDS[change.target]} {at}{condition}")


def _rise(planned: Planned, at: str) -> Wait:
    share = planned.traffic_allocation or 0
    if is_overdue(planned.at):
        return Wait(overdue_rise(share, at), is_overdue=True)
    return Wait(f"Traffic rises to {written_percents(share)} % on {at}")


def rise_ahead(test_id: int, where: ZoneInfo) -> str:
    """Return to what its traffic is set to rise and when, "" where no rise is set."""
    rises = [each for each in lifecycle.scheduled_for([test_id]) if each.target is None]
    return _rise(rises[0], shown(rises[0].at, where)).words if rises else ""


def in_the_queue(queue: Sequence[int], test_id: int, *, is_held: bool) -> tuple[str, ...]:
    """Return where it waits for a slot, if it does, and whether it waits for a hold's end, too."""
    if test_id not in queue:
        return ()
    position = queue.index(test_id) + 1
    place = "it is next" if position == 1 else f"place {position} of {len(queue)}"
    return (f"Queued: {place}{', once the hold is lifted' if is_held else ''}",)
