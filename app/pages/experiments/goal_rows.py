"""The rows of a design's form that say what each goal of the project is to the experiment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from wtforms import Form, FormField, HiddenField, SelectField, StringField
from wtforms.validators import Optional

from app.core.validation import basis_points, positive_number
from app.experiments import caps
from app.experiments.designs import GoalUse
from app.models import DEFAULT_MARGIN, Goal, GoalRole
from app.pages.common.forms import Checked, choice
from app.pages.common.values import plain_number, written_percents
from app.pages.common.words import goal_words
from app.pages.common.words.labels import GOAL_ROLES

NOT_USED = ""
ROLE_CHOICES = [
    choice(NOT_USED, "Not used"),
    *(choice(role.value, word) for role, word in GOAL_ROLES.items()),
]


class GoalRow(Form):
    """The part of one goal of the project in the experiment."""

    key = HiddenField()
    role = SelectField("Role", choices=ROLE_CHOICES)
    margin = StringField(
        "Tolerated, %",
        [Optional(), Checked(lambda text: basis_points(text, ""))],
        description="Green once it is surely not worse by more than this; 2 if left empty.",
    )
    cap = StringField(
        "One visitor counts for at most",
        [Optional(), Checked(lambda text: positive_number(text, ""))],
    )


@dataclass(frozen=True)
class Library:
    """The goals of a project."""

    project_id: int
    goals: Sequence[Goal]

    @cached_property
    def caps(self) -> Mapping[str, float]:
        """Return the caps that are proposed, by the goals' keys, where any goal needs one."""
        needs_any = any(goal.sums_up for goal in self.goals)
        return caps.proposed(self.project_id) if needs_any else {}


def written(key: str, use: GoalUse | None, proposed: float | None) -> dict[str, str]:
    """Return what a row is filled with."""
    cap = use.cap if use else proposed
    return {
        "key": key,
        "cap": "" if cap is None else plain_number(cap),
        "role": use.role.value if use else NOT_USED,
        "margin": written_percents(use.margin) if use and use.margin != DEFAULT_MARGIN else "",
    }


@dataclass(frozen=True)
class ShownRow:
    """A row with the goal's name and what it measures; whether it has a cap."""

    row: "FormField[GoalRow]"
    name: str = ""
    measured: str = ""
    has_cap: bool = False


def shown(row: "FormField[GoalRow]", goal: Goal | None, proposed: Mapping[str, float]) -> ShownRow:
    """Return a row as the form shows it; its cap says what is proposed, and why."""
    if goal is None:
        return ShownRow(row)
    if goal.sums_up:
        row.form.cap.description = _about_cap(goal, proposed.get(goal.key))
    return ShownRow(row, goal.name, goal_words.measured(goal), goal.sums_up)


def _about_cap(goal: Goal, proposed: float | None) -> str:
    unit = f"In {goal.currency}" if goal.currency else "Times"
    said = (
        "Nobody has reached it in the last 28 days, so nothing is proposed."
        if proposed is None
        else f"One in a hundred had more than {plain_number(proposed)} in the last 28 days."
    )
    return f"{unit}: so that one huge order decides nothing. {said}"


def use(row: GoalRow) -> GoalUse:
    """Return what a row says; InvalidInput for what cannot be read."""
    use = GoalUse(row.key.data or "", GoalRole(row.role.data))
    margin = row.margin.data
    if row.cap.data:
        use = replace(use, cap=positive_number(row.cap.data, "goals"))
    if use.role is not GoalRole.GUARDRAIL or not margin:
        return use
    return replace(use, margin=basis_points(margin, "goals"))
