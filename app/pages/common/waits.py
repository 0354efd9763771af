"""What an experiment waits for, said in its row: a slot, or a moment."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from app import lifecycle
from app.models import Status
from app.pages.common.time_zones import shown

WORDS = {Status.RUNNING: "Starts", Status.STOPPED: "Stops"}


def waits(
    test_ids: Sequence[int], queue: Sequence[int], where: ZoneInfo
) -> dict[int, tuple[str, ...]]:
    """Return what each of the experiments waits for.

    `queue` is the project's, `where` the viewer's.
    """
    found = {test_id: in_the_queue(queue, test_id) for test_id in test_ids}
    for change in lifecycle.scheduled_for(test_ids):
        found[change.test_id] += (f"{WORDS[change.target]} {shown(change.at, where)}",)
    return found


def in_the_queue(queue: Sequence[int], test_id: int) -> tuple[str, ...]:
    """Return where it waits for a slot, if it does."""
    if test_id not in queue:
        return ()
    position = queue.index(test_id) + 1
    return ("Queued: it is next" if position == 1 else f"Queued: place {position} of {len(queue)}",)
