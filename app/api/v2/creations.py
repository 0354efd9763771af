"""New experiments, made by one request: with their variants, goals, traffic and tags."""

from difflib import get_close_matches
from typing import Self

from flask import Blueprint
from pydantic import model_validator

from app.accounts.caller import Caller
from app.api import problems, unheeded
from app.api.answer_warnings import AnswerWarning
from app.api.answers import ChangedOne
from app.api.change_requests import STATUS_REFUSALS
from app.api.dry_runs import Tried
from app.api.shapes import Address, Key, KeyOrNone, Name, Tag
from app.api.v2 import answers, contract
from app.api.v2.answers import Success
from app.api.v2.design_members import DesignBody
from app.api.v2.goal_members import UsedGoalBody
from app.api.v2.shapes import OnceBody
from app.api.v2.statuses import CODES, OFFERS, Code
from app.core.errors import AlreadyExists
from app.experiments import creation, designs, tagging
from app.experiments.creation import Created, Draft
from app.experiments.designs import Design, GoalUse
from app.experiments.texts import Texts
from app.models import Door, GoalRole, Scope, Status

blueprint = Blueprint("v2_creations", __name__, url_prefix="/v2/project/<project_key>")
operations = contract.operations(blueprint, "V2")

_STEMS = ("allocation", "audience", "config", "goal", "pageurl", "target", "traffic", "variant")
_FOLDED = ("control", "controlattr", "customcss", "customjs", "distribution")
# As like as these two have to be, from 0 to 1, for one to be a slip of the pen for the other.
_ALIKE = 0.8
NO_GOAL: AnswerWarning = {
    "code": "no_goal",
    "detail": "It has no primary goal: visitors are counted, and nothing is compared.",
}


class CreateBody(DesignBody, OnceBody):
    """The body that creates an experiment.

    One that goes live at once is refused where something of it is not understood that says who
    sees what: it would be another experiment than the one that was meant.
    """

    test_name: Name
    """Its name, on one line."""
    url: Address
    """The address of the page that it tests."""
    status: Code = CODES[Status.DRAFT]
    """The status that it is to have: 1 (Live), 0 (Paused) or 9 (Draft)."""
    primary_goal: UsedGoalBody | None = None
    """A goal to make, which decides."""
    primary_goal_key: KeyOrNone | None = None
    """The key of a goal of the project, which decides."""
    secondary_goals: list[UsedGoalBody] | None = None
    """Goals to make."""
    secondary_goal_keys: list[Key] | None = None
    """Keys of goals of the project."""
    tags: list[Tag] | None = None
    """At most 10, of at most 40 characters each."""

    @model_validator(mode="after")
    def _is_what_was_meant(self) -> Self:
        names = unheeded.names_in(self) if self.status != CODES[Status.DRAFT] else ()
        unmet = sorted(name for name in names if self._is_said(name) and _says_who_sees_what(name))
        if unmet:
            named = ", ".join(unmet)
            raise problems.fault(f"Create it as a draft (9): {named} would not be heeded.")
        return self

    def _is_said(self, name: str) -> bool:
        """Return whether a member says anything; one within another that does not has no name."""
        return bool((self.model_extra or {}).get(name, True))

    @property
    def draft(self) -> Draft:
        """Return what is to be created; a tag with a comma in it is two.

        Raises InvalidInput for what cannot be used.
        """
        said = Texts(self.test_name, self.url, tags=tagging.joined(self.tags or ()))
        primary = [self.primary_goal] if self.primary_goal else []
        made = tuple(goal.new for goal in [*primary, *(self.secondary_goals or ())])
        return Draft(said, design=self._design, new_goals=made)

    @property
    def _design(self) -> Design:
        """Return the default design with what was sent; an empty list of variants says nothing."""
        if self.variants:
            return self.changed(Design(variants=designs.HALVES[:1], goals=self._goals))
        return self.model_copy(update={"variants": None}).changed(Design(goals=self._goals))

    @property
    def _goals(self) -> tuple[GoalUse, ...]:
        primary = [self.primary_goal_key] if self.primary_goal_key else []
        made = [self.primary_goal] if self.primary_goal else []
        return (
            *(GoalUse(key, GoalRole.PRIMARY) for key in primary),
            *(goal.use(GoalRole.PRIMARY) for goal in made),
            *(GoalUse(key, GoalRole.SECONDARY) for key in self.secondary_goal_keys or ()),
            *(goal.use(GoalRole.SECONDARY) for goal in self.secondary_goals or ()),
        )


def _says_who_sees_what(name: str) -> bool:
    """Return whether a member says which visitors see what, or what is measured.

    Or was meant to: primaryGoal, variant and trafic are no members here, and mean the same.
    """
    folded = name.replace("_", "").lower()
    has_stem = any(stem in folded for stem in _STEMS)
    return has_stem or bool(get_close_matches(folded, (*_STEMS, *_FOLDED), 1, _ALIKE))


class CodedCreation(Success, Tried):
    """The experiment that was created."""

    status: int
    """1 (Live), 0 (Paused) or 9 (Draft)."""
    test_id: int
    """Its number."""
    goal_profile_id: int | None
    """Of its primary goal."""
    secondary_goals_count: int
    """How many secondary goals it has."""


@operations.post(
    "/create-experiment",
    Scope.WRITE,
    faults=(AlreadyExists, *STATUS_REFUSALS),
    gives=("test_id", "test_id"),
)
def create_experiment(caller: Caller, body: CreateBody) -> ChangedOne[CodedCreation]:
    """Create an experiment, as a draft unless another status is wanted."""
    actor, offer = caller.actor(Door.INTEGERS), OFFERS[body.status]
    return _created(creation.create_as(caller.project_id, body.draft, actor, offer))


def _created(made: Created) -> ChangedOne[CodedCreation]:
    has_primary = made.primary_goal_id is not None
    members: CodedCreation = {
        **answers.success(made.split_fault, () if has_primary else (NO_GOAL,)),
        "status": CODES[made.experiment.status],
        "test_id": made.experiment.test_id,
        "goal_profile_id": made.primary_goal_id,
        "secondary_goals_count": made.goals - has_primary,
    }
    return ChangedOne(members, made.experiment.version)
