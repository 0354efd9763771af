"""Commands for another limit of one project until a moment."""

from datetime import UTC, datetime

import click

from app import lifecycle
from app.command_line.answers import COMMAND_LINE, OneLineGroup, answers_json
from app.command_line.plans import agreeing, brought
from app.tenancy import overrides, projects
from app.tenancy.agreements import TO_ANY, TO_NONE
from app.tenancy.overrides import Grant

override_group = OneLineGroup("override", help="Other limits of projects than their plans'.")

_YES = click.option("--yes", is_flag=True, help="Whatever that starts, or puts over the limit.")


@override_group.command("give")
@click.argument("project_key")
@click.option("--until", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), required=True)
@click.option("--reason", required=True)
@click.option("--experiments-running", type=int, help="How many may run at once.")
@click.option("--unlimited", is_flag=True, help="No limit.")
@_YES
@answers_json
def give_override(
    project_key: str,
    until: datetime,
    reason: str,
    experiments_running: int | None,
    *,
    unlimited: bool,
    yes: bool,
) -> dict[str, object]:
    """Give a project another limit UNTIL a moment, in UTC."""
    if unlimited == (experiments_running is not None):
        raise click.UsageError("Say either --experiments-running or --unlimited.")
    moment = until.replace(tzinfo=UTC)
    with agreeing():
        asked = Grant(experiments_running, moment, reason)
        effects = overrides.give(project_key, asked, COMMAND_LINE, TO_ANY if yes else TO_NONE)
    return {**_limit(project_key), **brought(effects)}


@override_group.command("take-back")
@click.argument("project_key")
@_YES
@answers_json
def take_back_override(project_key: str, *, yes: bool) -> dict[str, object]:
    """Let the limit of a project's plan count again."""
    with agreeing():
        effects = overrides.take_back(project_key, COMMAND_LINE, TO_ANY if yes else TO_NONE)
    return {**_limit(project_key), **brought(effects)}


def _limit(project_key: str) -> dict[str, object]:
    slots = lifecycle.slots_of(projects.by_key(project_key).id)
    override = slots and slots.override
    return {
        "project": project_key,
        "limit": slots and slots.limit,
        "until": override.until.isoformat(timespec="minutes") if override else None,
    }
