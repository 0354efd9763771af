"""The shapes that the demo's data is written in."""

from dataclasses import dataclass
from typing import NamedTuple

from app.experiments.designs import GoalUse
from app.experiments.measures import Measure
from app.lifecycle.rules import Action
from app.models import Conclusion, GoalKind, GoalRole, Kind, Role, Wanted

ADMIN, OWNER = "admin@demo.test", "olga@demo.test"
MARKETER, COLLEAGUE, VIEWER = "mia@demo.test", "tom@demo.test", "vic@demo.test"


class Step(NamedTuple):
    """An action that was taken so many days ago, by a person or by the key, and why."""

    action: Action
    days_ago: int
    by: str
    reason: str = ""
    conclusion: Conclusion | None = None


class Later(NamedTuple):
    """A start of the experiment of this name: queued, scheduled, or refused some `times`."""

    kind: Kind
    name: str
    days_ago: int
    by: str
    days_ahead: int = 0
    times: int = 1


@dataclass(frozen=True)
class Past:
    """The visitors that an experiment has had on each day it was live, on average.

    By the key of each goal: which share of them reached it in the control, and in the treatment.
    """

    visitors_a_day: int
    shares: dict[str, tuple[float, float]]


@dataclass(frozen=True)
class DemoExperiment:
    """An experiment of `created` days ago, on a page of the project's site, and what followed."""

    name: str
    page: str
    created: int
    by: str = MARKETER
    steps: tuple[Step, ...] = ()
    past: Past | None = None
    key: str = ""
    description: str = ""
    hypothesis: str = ""
    tags: str = ""


@dataclass(frozen=True)
class DemoGoal:
    """A goal of a project, and what it is to all of the project's experiments.

    One that sums up has a `cap`, in euros, and is reached by whoever reaches the goal `adds_up`.
    """

    key: str
    name: str
    role: GoalRole
    wanted: Wanted = Wanted.MORE
    prices: tuple[float, ...] = ()
    adds_up: str = ""
    cap: float | None = None

    @property
    def measure(self) -> Measure:
        """Return how it is measured: as long as the run is live."""
        if self.adds_up:
            return Measure(GoalKind.REVENUE, None, "EUR")
        return Measure(window_days=None)

    @property
    def use(self) -> GoalUse:
        """Return the goal as the design of an experiment names it."""
        return GoalUse(self.key, self.role, cap=self.cap)


@dataclass(frozen=True)
class DemoProject:
    """A project, oldest experiment first."""

    key: str
    name: str
    site: str
    plan: int
    members: dict[str, Role]
    experiments: tuple[DemoExperiment, ...]
    goals: tuple[DemoGoal, ...] = ()
    later: tuple[Later, ...] = ()
