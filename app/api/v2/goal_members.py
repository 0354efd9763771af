"""Goals as this contract writes and reads them.

Its goals are of many types, most of which watch a page. Here sites send events, and a goal is
reached by those with its key: a goal of type `event` or `script`, whose `goal_value` is that key.
"""

from pydantic import Field, StrictStr
from typing_extensions import TypedDict

from app.api.shapes import Cap, CurrencyOrNone, KeyOrNone, Name, WindowDays
from app.api.v2.shapes import OpenBody
from app.core.validation import KEY_PATTERN
from app.experiments import goals
from app.experiments.goal_uses import GoalUse
from app.experiments.goals import NewGoal
from app.experiments.measures import Measure
from app.models import Goal, GoalKind, GoalRole, Wanted

EVENT = "event"
_BY_EVENT = frozenset({EVENT, "script"})


class CodedGoalBody(OpenBody):
    """A goal to make; what it measures, and whether more of it is better, is ours."""

    goal_name: Name = Field(examples=["Signed up"])
    """Its name."""
    goal_type: StrictStr | None = Field(None, examples=[EVENT])
    """How it is reached: `event` or `script`, by what the site sends; no other is heeded."""
    goal_value: StrictStr | None = None
    """Of an event: its name, which is the key where it can be one and none is given."""
    goal_key: KeyOrNone | None = None
    """Its key, which sites send; by default made of the name."""
    wanted: Wanted = Wanted.MORE
    """Whether more of it is better, or less."""
    kind: GoalKind = GoalKind.CONVERSION
    """What is measured of each visitor: whether they reach it, how often, or the sum of values."""
    window_days: WindowDays = None
    """Until how many days after they were exposed it counts; null: as long as the run is live."""
    currency: CurrencyOrNone = None
    """Of revenue: its currency, by ISO 4217. Of nothing else."""

    @property
    def new(self) -> NewGoal:
        """Return the goal, with its key; InvalidInput for what cannot be used.

        An event's name is its key where it can be one, and none is given.
        """
        key = self.goal_key or (self.goal_value if self._is_sent_by_its_value else "")
        measure = Measure(self.kind, self.window_days, self.currency)
        return goals.checked(NewGoal(key or "", self.goal_name, self.wanted, measure))

    @property
    def unheeded(self) -> tuple[str, ...]:
        """Return the names of what is not heeded: also of how a page would be watched."""
        is_its_key = self._is_sent_by_its_value and self.goal_key in (None, "", self.goal_value)
        kind = () if self.goal_type in (None, *_BY_EVENT) else ("goal_type",)
        value = () if is_its_key or self.goal_value is None else ("goal_value",)
        return (*super().unheeded, *kind, *value)

    @property
    def _is_sent_by_its_value(self) -> bool:
        is_key = KEY_PATTERN.fullmatch(self.goal_value or "")
        return self.goal_type in _BY_EVENT and is_key is not None


class UsedGoalBody(CodedGoalBody):
    """A goal to make with an experiment, and how it is judged there."""

    cap: Cap | None = None
    """The most that one visitor counts for: a goal that counts or sums up has it, and no other."""

    def use(self, role: GoalRole) -> GoalUse:
        """Return the goal as a design names it; InvalidInput for what cannot be used."""
        return GoalUse(self.new.key, role, cap=None if self.cap is None else float(self.cap))


class CodedGoal(TypedDict):
    """A goal, as this contract calls its members."""

    goal_profile_id: int
    """Its number."""
    goal_key: str
    """Its key, which sites send."""
    goal_name: str
    """Its name."""
    goal_type: str
    """Always `event`."""
    goal_value: str
    """As `goal_key`."""
    wanted: Wanted
    """Whether more of it is better, or less."""


def shown(goal_id: int, key: str, name: str, wanted: Wanted) -> CodedGoal:
    """Return a goal as it is sent."""
    return {
        "goal_profile_id": goal_id,
        "goal_key": key,
        "goal_name": name,
        "goal_type": EVENT,
        "goal_value": key,
        "wanted": wanted,
    }


class MeasuredGoal(CodedGoal):
    """A goal, with what it measures."""

    kind: GoalKind
    """What is measured of each visitor: whether they reach it, how often, or the sum of values."""
    window_days: int | None
    """Until how many days after they were exposed it counts; null: as long as the run is live."""
    currency: str | None
    """Of revenue: its currency, by ISO 4217."""


def of(goal: Goal) -> MeasuredGoal:
    """Return a goal of the library as it is sent."""
    return {
        **shown(goal.id, goal.key, goal.name, goal.wanted),
        "kind": goal.kind,
        "window_days": goal.window_days,
        "currency": goal.currency,
    }
