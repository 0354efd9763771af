"""The plans, for admins."""

from typing import Annotated

from flask import Blueprint, url_for
from pydantic import Field, StrictBool
from typing_extensions import TypedDict

from app.accounts.caller import Admin
from app.api import whole_numbers
from app.api.admin import contract
from app.api.admin.for_admins import effects
from app.api.admin.for_admins.effects import AgreeingBody, EffectsShown
from app.api.admin.project.projects import PlanShown, plan_shown
from app.api.answers import Answer, CreatedTagged, Put, Tagged
from app.api.dry_runs import TriedOfNoProject
from app.api.moments import Written, written
from app.api.shapes import Name
from app.core.errors import AlreadyExists
from app.core.validation import LARGEST_NUMBER
from app.core.version_tokens import Condition
from app.tenancy import plan_usage, plans
from app.tenancy.agreements import Effects, NotAgreed
from app.tenancy.plan_usage import Usage
from app.tenancy.plans import Limit, PlanChange, Saved

blueprint = Blueprint("plans_api", __name__, url_prefix="/api/admin")
operations = contract.operations_of_admins(blueprint, "Plans")

ONE = "/plans/<number:code>"
Code = Annotated[int, whole_numbers.in_body("code", 1, LARGEST_NUMBER)]
LimitOrNone = Annotated[int, whole_numbers.in_body("experiments_running", 0, LARGEST_NUMBER)] | None


class PlanBody(AgreeingBody):
    """A plan: its name and its limit."""

    name: Name = Field(examples=["Sandbox"])
    """Its name."""
    experiments_running: LimitOrNone
    """How many may run at once in a project; null without a limit."""


class NewPlanBody(PlanBody):
    """A plan that is added."""

    code: Code
    """Its number, which stays with it."""


class PlanChangeBody(AgreeingBody):
    """What changes of a plan: what is not sent stays."""

    name: Name | None = Field(None, examples=["Sandbox"])
    """Its new name."""
    experiments_running: LimitOrNone = None
    """How many may run at once in a project; null without a limit."""
    retired: StrictBool | None = None
    """Whether no project is put on it any more."""

    @property
    def change(self) -> PlanChange:
        """Return what is asked for; a limit of null is asked for where it is sent."""
        is_limited = "experiments_running" in self.model_fields_set
        limit = Limit(self.experiments_running) if is_limited else None
        return PlanChange(self.name, limit, self.retired)


class PlanWithUsage(PlanShown):
    """A plan, and what is on it; retired projects are not counted."""

    retired_at: Written | None
    """Null where projects may be put on it."""
    projects: int
    """How many projects are on it."""
    live: int
    """How many experiments run in all of them."""
    at_limit: int
    """In how many of them all slots are taken."""
    over: int
    """In how many of them more runs than the limit allows."""


class PlanList(TypedDict):
    """All plans."""

    data: list[PlanWithUsage]
    """The plans, by code, those that are retired too."""


class ChangedPlan(EffectsShown, TriedOfNoProject):
    """A plan as it is from now on, and what its new limit has brought."""

    plan: PlanWithUsage
    """The plan."""


@operations.get("/plans")
def list_plans() -> Answer[PlanList]:
    """Return all plans with what is on them, by code, those that are retired too."""
    return Answer({"data": [_shown(usage) for usage in plan_usage.listed()]})


@operations.get(ONE)
def show_plan(code: int) -> Tagged[PlanWithUsage]:
    """Return one plan with what is on it."""
    usage = plan_usage.of(code)
    return Tagged(_shown(usage), plans.token_of(usage.plan))


@operations.post("/plans", faults=(AlreadyExists,), gives=("code", "plan/code"))
def add_plan(caller: Admin, body: NewPlanBody) -> CreatedTagged[ChangedPlan]:
    """Add a plan."""
    plan = plans.add(body.code, body.name, body.experiments_running, caller.actor())
    address = url_for(".show_plan", code=plan.code)
    return CreatedTagged(_changed(Saved(plan, Effects())), plans.token_of(plan), address)


@operations.put(ONE, faults=(NotAgreed,))
def put_plan(caller: Admin, code: int, body: PlanBody, condition: Condition) -> Put[ChangedPlan]:
    """Add the plan of this code, or give it this name and limit where there is one.

    Lower limits stop nothing. Higher ones start what waits in the queue.
    """
    asked = PlanChange(body.name, Limit(body.experiments_running))
    saved = plans.put(code, asked, caller.actor(), body.consent, condition)
    made_at = url_for(".show_plan", code=code) if saved.is_new else None
    return Put(_changed(saved), plans.token_of(saved.plan), made_at)


@operations.patch(ONE, faults=(NotAgreed,))
def change_plan(
    caller: Admin, code: int, body: PlanChangeBody, condition: Condition
) -> Tagged[ChangedPlan]:
    """Change a plan's name or limit, retire it, or bring it back; its code stays.

    Lower limits stop nothing. Higher ones start what waits in the queue.
    """
    saved = plans.change(code, body.change, caller.actor(), body.consent, condition)
    return Tagged(_changed(saved), plans.token_of(saved.plan))


def _changed(saved: Saved) -> ChangedPlan:
    return {"plan": _shown(plan_usage.of(saved.plan.code)), **effects.shown(saved.effects)}


def _shown(usage: Usage) -> PlanWithUsage:
    return {
        **plan_shown(usage.plan),
        "retired_at": written(usage.plan.retired_at),
        "projects": usage.projects,
        "live": usage.live,
        "at_limit": usage.at_limit,
        "over": usage.over,
    }
