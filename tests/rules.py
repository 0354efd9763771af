"""The rules written down a second time, in plain Python, to compare the application with.

Experiments are numbered from 0. Whoever asks is a name; `gone` are those who lost the right, and
who have nothing planned any more.
"""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field

DRAFT, RUNNING, STOPPED, ARCHIVED = "draft", "running", "stopped", "archived"
INTEGERS, NAMES = "integers", "names"
OTHER = "whoever ended somebody's access"

EDGES = {
    INTEGERS: {
        (DRAFT, RUNNING),
        (DRAFT, STOPPED),
        (RUNNING, STOPPED),
        (STOPPED, RUNNING),
        (STOPPED, DRAFT),
    },
    NAMES: {(DRAFT, RUNNING), (RUNNING, STOPPED), (STOPPED, ARCHIVED), (DRAFT, ARCHIVED)},
}
LATE = 1
BULK_CONTRACTS = {RUNNING: INTEGERS, DRAFT: INTEGERS, STOPPED: NAMES, ARCHIVED: NAMES}


@dataclass
class Waiting:
    """A start that waits for a slot."""

    number: int
    who: str
    is_too_late: bool = False


@dataclass
class Rules:
    """A project as it should be. `changes` and `refusals` count what history should hold."""

    limit: int | None
    statuses: list[str] = field(default_factory=list)
    queue: list[Waiting] = field(default_factory=list)
    schedule: dict[tuple[int, str], tuple[int, str]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    is_held: bool = False
    shipped: set[int] = field(default_factory=set)
    changes: int = 0
    refusals: int = 0

    @property
    def running(self) -> int:
        """Return how many run."""
        return self.statuses.count(RUNNING)

    @property
    def is_full(self) -> bool:
        """Return whether no other may start."""
        return self.limit is not None and self.running >= self.limit

    @property
    def order(self) -> list[int]:
        """Return what waits, the next one first."""
        return [each.number for each in self.queue]

    def copy(self) -> "Rules":
        """The same at this moment, for something that is only tried."""
        return deepcopy(self)

    def ask(self, number: int, target: str, contract: str) -> bool:
        """Ask for a status by one of the contracts; says whether it is done."""
        present = self.statuses[number]
        if contract == INTEGERS and present == ARCHIVED:
            return False
        done = self._is_allowed(present, target, contract)
        if not done:
            self.refusals += 1
        else:
            # What is asked to be off by integer is off, whatever it was.
            self.shipped.discard(number)
            self._go(number, target)
        return done

    def ship(self, number: int) -> bool:
        """Pause it, if it runs, and have everybody get one variant of it."""
        done = self.statuses[number] in {RUNNING, STOPPED}
        if not done:
            self.refusals += 1
        elif number not in self.shipped:
            self.shipped.add(number)
            self._go(number, STOPPED)
        return done

    def stop_serving(self, number: int) -> bool:
        """Have everybody see the original again; what is planned stays so.

        Where they see it, that is so already; what is archived stays as it is for good.
        """
        done = self.statuses[number] != ARCHIVED
        self.shipped.discard(number)
        self.refusals += not done
        return done

    def swap(self, incoming: int, holder: int) -> bool:
        """Pause one and start another in its place: one entry of history."""
        others = self.running - 1
        has_place = self.limit is None or others < self.limit
        startable = self.statuses[incoming] in {DRAFT, STOPPED}
        done = self.statuses[holder] == RUNNING and startable and has_place
        if done:
            self.statuses[holder] = STOPPED
            self._go(incoming, RUNNING)
        else:
            self.refusals += 1
        return done

    def join(self, number: int, who: str) -> bool:
        """Start when a slot is free, at once if one is."""
        if self.statuses[number] in {RUNNING, ARCHIVED}:
            self.refusals += 1
            return False
        if not (self.is_full or self.is_held):
            self._go(number, RUNNING)
        elif number in self.order:
            self.queue[self.order.index(number)] = Waiting(number, who)
        else:
            self.queue.append(Waiting(number, who))
        return True

    def leave(self, number: int) -> bool:
        """Wait no more."""
        found = number in self.order
        self.queue = [each for each in self.queue if each.number != number]
        return found

    def move(self, number: int, position: int) -> bool:
        """Wait at another position, 1 being next."""
        if number not in self.order:
            return False
        moved = self.queue.pop(self.order.index(number))
        self.queue.insert(max(position - 1, 0), moved)
        return True

    def plan(self, number: int, moments: dict[str, int | None], who: str) -> bool:
        """Set when to start and when to stop."""
        start, stop = moments[RUNNING], moments[STOPPED]
        before = {target: self.schedule.get((number, target), (None,))[0] for target in moments}
        new = [target for target in moments if moments[target] not in {None, before[target]}]
        never = self.statuses[number] == ARCHIVED and new
        already = self.statuses[number] == RUNNING and RUNNING in new
        backwards = start is not None and stop is not None and stop <= start
        if never or already or (backwards and new):
            return False
        for target, moment in moments.items():
            if moment is None:
                self.schedule.pop((number, target), None)
            elif moment != before[target]:
                self.schedule[number, target] = (moment, who)
        return True

    def pass_time(self, moment: int) -> None:
        """Do what is due at a moment: the earliest first, and stops before starts.

        Starts wait while the queue is held, and for somebody to ask where they are too late.
        """
        stops_first = {STOPPED: 0, RUNNING: 1}
        due = sorted(
            (at, stops_first[target], number, target, who)
            for (number, target), (at, who) in self.schedule.items()
            if at <= moment and (target == STOPPED or not (self.is_held or at < moment - LATE))
        )
        for _, _, number, target, who in due:
            # An earlier one may have taken it back: what runs is not started.
            if self.schedule.pop((number, target), None):
                self._fire(number, target, who)
        self.queue = [each for each in self.queue if not self._has_lapsed(each)]
        self.fill()

    def end_access(self, who: str, *, keeps: bool) -> None:
        """End somebody's access: their stops are another's then, their starts kept or dropped."""
        self.gone |= {who}
        taken = {waiting.number for waiting in self.queue if waiting.who == who}
        self.queue = [
            Waiting(each.number, OTHER, each.is_too_late) if each.number in taken else each
            for each in self.queue
            if keeps or each.number not in taken
        ]
        theirs = [planned for planned, (_, whose) in self.schedule.items() if whose == who]
        for number, target in theirs:
            at, _ = self.schedule.pop((number, target))
            if keeps or target == STOPPED:
                self.schedule[number, target] = (at, OTHER)

    def many(self, numbers: Iterable[int], target: str, *, all_or_none: bool) -> list[bool]:
        """Change many; says of each whether it went."""
        before = self.copy()
        contract = BULK_CONTRACTS[target]
        went: dict[int, bool] = {}
        for number in dict.fromkeys(numbers):
            present = self.statuses[number]
            went[number] = present == target or self._is_allowed(present, target, contract)
            if went[number]:
                self._change(number, target)
        if all_or_none and not all(went.values()):
            self.__dict__ = before.__dict__
        elif self.running < before.running:
            went |= {number: True for number in went if self.leave(number)}
            self.fill()
        self.refusals += list(went.values()).count(False)
        return list(went.values())

    def set_limit(self, limit: int | None) -> None:
        """Give the plan another limit, which stops nothing."""
        is_raised = self.limit is not None and (limit is None or limit > self.limit)
        self.limit = limit
        if is_raised:
            self.fill()

    def hold(self) -> bool:
        """Let nothing start by itself."""
        self.is_held = True
        return True

    def lift(self) -> bool:
        """Let the queue start what it has slots for."""
        if self.is_held:
            self.is_held = False
            self.fill()
        return True

    def stop_all(self) -> bool:
        """Pause all that runs, and hold the queue."""
        self.is_held = True
        for number, status in enumerate(self.statuses):
            if status == RUNNING:
                self._change(number, STOPPED)
        return True

    def fill(self) -> None:
        """Start what waits, in order, while there are slots and nobody holds the queue."""
        if self.is_held:
            return
        for waiting in list(self.queue):
            if self._has_lapsed(waiting):
                self.queue.remove(waiting)
            elif self.is_full:
                return
            else:
                self._go(waiting.number, RUNNING)

    def _is_allowed(self, present: str, target: str, contract: str) -> bool:
        if contract == INTEGERS and present == target:
            return True
        starts = target == RUNNING and self.is_full
        return (present, target) in EDGES[contract] and not starts

    def _go(self, number: int, target: str) -> None:
        present = self.statuses[number]
        self._change(number, target)
        if present == RUNNING != target:
            self.fill()

    def _change(self, number: int, target: str) -> None:
        present, self.statuses[number] = self.statuses[number], target
        self.changes += present != target
        if target != STOPPED:
            self.shipped.discard(number)
        # Whoever says where it is to be now takes back what was to start it later.
        self.leave(number)
        self.schedule.pop((number, RUNNING), None)
        if target == ARCHIVED or (present, target) == (STOPPED, DRAFT):
            self.schedule.pop((number, STOPPED), None)

    def _fire(self, number: int, target: str, who: str) -> None:
        if target == STOPPED and number in self.order:
            # It would start after it was to have stopped.
            self.leave(number)
        elif target == STOPPED and (number, RUNNING) in self.schedule:
            self.schedule.pop((number, RUNNING))
        elif target == STOPPED and self.statuses[number] == RUNNING:
            self._go(number, STOPPED)
        elif target == RUNNING and self.statuses[number] != RUNNING:
            self.join(number, who)

    def _has_lapsed(self, waiting: Waiting) -> bool:
        return waiting.is_too_late and not self.is_held
