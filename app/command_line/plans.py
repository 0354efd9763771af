"""Commands for plans: added, changed, listed, retired."""

from collections.abc import Generator
from contextlib import contextmanager

import click

from app.command_line.answers import COMMAND_LINE, OneLineGroup, answers_json
from app.models import Plan
from app.tenancy import plans
from app.tenancy.agreements import TO_ANY, TO_NONE, Effects, NotAgreed
from app.tenancy.plans import Limit, PlanChange

plan_group = OneLineGroup("plan", help="Plans and their limits.")


@plan_group.command("set")
@click.argument("code", type=int)
@click.option("--name", required=True)
@click.option("--experiments-running", type=int, help="How many may run at once per project.")
@click.option("--unlimited", is_flag=True, help="No limit.")
@click.option("--yes", is_flag=True, help="Whatever that starts, or puts over the limit.")
@answers_json
def set_plan(
    code: int, name: str, experiments_running: int | None, *, unlimited: bool, yes: bool
) -> dict[str, object]:
    """Add a plan, or change it. Without a limit said, a plan keeps the one it has, or has none."""
    if unlimited and experiments_running is not None:
        raise click.UsageError("Say --experiments-running or --unlimited, not both.")
    keeps = experiments_running is None and not unlimited
    agreed = TO_ANY if yes else TO_NONE
    asked = PlanChange(name, None if keeps else Limit(experiments_running))
    with agreeing():
        saved = plans.put(code, asked, COMMAND_LINE, agreed)
    return {**_plan(saved.plan), **brought(saved.effects)}


@plan_group.command("list")
@answers_json
def list_plans() -> dict[str, object]:
    """List all plans by code, those that are retired too."""
    return {"plans": [_plan(plan) for plan in plans.listed()]}


@plan_group.command("retire")
@click.argument("code", type=int)
@click.option("--back", is_flag=True, help="Bring it back.")
@answers_json
def retire_plan(code: int, *, back: bool) -> dict[str, object]:
    """Offer a plan for no project any more; those that are on it stay."""
    return _plan(plans.change(code, PlanChange(is_retired=not back), COMMAND_LINE).plan)


@contextmanager
def agreeing() -> Generator[None]:
    """Say how to agree to what a change of plans would bring."""
    try:
        yield
    except NotAgreed as asked:
        raise click.ClickException(f"{asked} Say --yes to do it.") from None


def _plan(plan: Plan) -> dict[str, object]:
    return {
        "code": plan.code,
        "name": plan.name,
        "experiments_running": plan.experiments_running,
        **({"retired": True} if plan.retired_at else {}),
    }


def brought(effects: Effects) -> dict[str, object]:
    """Return what a change of plans has brought, where it has."""
    brought = {
        "started": [start.name for start in effects.started],
        "over": [each.project_key for each in effects.over],
    }
    return {name: value for name, value in brought.items() if value}
