"""The same change for many experiments: what is asked for, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from app.lifecycle import rules
from app.lifecycle.preconditions import Precondition
from app.lifecycle.refusals import Refusal, WayOut
from app.lifecycle.rules import Edge
from app.lifecycle.slots import Slots
from app.lifecycle.subjects import Subject
from app.models import Conclusion, Status

Expected = Mapping[int, Precondition]
"""By test id what somebody saw of it; what is another now is refused."""


class Mode(StrEnum):
    """The way of dealing with an order of which some changes are refused."""

    AS_MANY_AS_FIT = "as_many_as_fit"
    ALL_OR_NOTHING = "all_or_nothing"


@dataclass(frozen=True)
class Order:
    """The same change for many experiments, by their test ids, in the order to take them.

    `takes_back` where it takes back what was just done to what is still as it was `expected` then:
    a draft that was moved there may go back to where it was, as by its own undo. `in_place_of`
    names for some that are to run the experiment whose slot each takes, by a swap, if that runs
    still; otherwise a slot has to be free.
    """

    test_ids: Sequence[int]
    target: Status
    mode: Mode
    reason: str = ""
    conclusion: Conclusion | None = None
    expected: Expected = field(default_factory=dict)
    takes_back: bool = False
    in_place_of: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Item:
    """The outcome of one experiment: before, after, and the refusal if it was refused.

    `edge` was taken, and `entry_id` is its entry in history, where it was changed; `swapped_for`
    was paused by that.
    """

    experiment: Subject
    after: Subject
    edge: Edge | None = None
    entry_id: int | None = None
    refusal: Refusal | None = None
    swapped_for: Subject | None = None

    @property
    def is_changed(self) -> bool:
        """Return whether it is not what it was."""
        return self.after.status is not self.experiment.status

    @property
    def goes_live(self) -> bool:
        """Return whether it is live now and was not before."""
        return self.is_changed and self.after.status is Status.RUNNING

    @property
    def kept_outcome(self) -> Conclusion | None:
        """Return the outcome that was decided before, of one that is archived with it."""
        is_archived = self.is_changed and self.after.status is Status.ARCHIVED
        return self.experiment.ending.outcome if is_archived else None

    @property
    def is_already(self) -> bool:
        """Return whether it was as asked for already, so that nothing had to come of it."""
        came_to_something = self.left_the_queue or self.dropped_start
        return not (self.is_changed or self.refusal or came_to_something)

    @property
    def could_wait(self) -> bool:
        """Return whether only the plan keeps it from running, so that it may wait for a slot."""
        return self.refusal is not None and WayOut.QUEUE in self.refusal.ways_out

    @property
    def left_the_queue(self) -> bool:
        """Return whether nothing else came of it than that it does not wait for a slot any more."""
        return self.experiment.is_queued and not (self.after.is_queued or self.is_changed)

    @property
    def dropped_start(self) -> bool:
        """Return whether nothing else came of it than that a start set for a moment was dropped.

        Told where it is to be, nothing else of it is another.
        """
        is_same = self.after.version == self.experiment.version
        return not (is_same or self.is_changed or self.left_the_queue)


@dataclass(frozen=True)
class BulkOutcome:
    """The outcome of an order. `done` is False where all or nothing came to nothing.

    The slots are the project's, None where they cannot be read. `takers` are those that the queue
    started in what was freed.
    """

    items: tuple[Item, ...]
    done: bool
    slots_before: Slots | None
    slots_after: Slots | None
    takers: tuple[Subject, ...] = ()

    @property
    def refused(self) -> tuple[Item, ...]:
        """Return the items that the rules refused."""
        return tuple(item for item in self.items if item.refusal)

    @property
    def already(self) -> tuple[Item, ...]:
        """Return the items that were as asked for already."""
        return tuple(item for item in self.items if item.is_already)

    @property
    def changed(self) -> tuple[Item, ...]:
        """Return the items that are not what they were; none where nothing was done."""
        return tuple(item for item in self.items if item.is_changed) if self.done else ()

    @property
    def unchanged(self) -> tuple[Item, ...]:
        """Return the items that are what they were."""
        return tuple(item for item in self.items if not (self.done and item.is_changed))

    @property
    def ways_back(self) -> set[Edge | None]:
        """Return the edges that take back what changed; None for what no edge takes back."""
        return {rules.way_back(item.experiment.status, item.after.status) for item in self.changed}

    @property
    def way_back(self) -> Status | None:
        """Return the status that all that changed came from, if they may all go back there."""
        ways = self.ways_back
        way = ways.pop() if len(ways) == 1 else None
        return way and way.target
