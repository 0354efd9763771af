"""Commands for projects: made, moved, filled, erased."""

from datetime import timedelta

import click
from typing_extensions import TypedDict, Unpack

from app.accounts import api_keys
from app.command_line.answers import COMMAND_LINE, OneLineGroup, answers_json
from app.command_line.asking import ask_twice
from app.command_line.plans import agreeing, brought
from app.events import visitor_erasure
from app.experiments import creation, goals, measures
from app.experiments.creation import Draft
from app.experiments.designs import Design, GoalUse
from app.experiments.measures import DEFAULT_WINDOW_DAYS, Measure
from app.experiments.texts import Texts
from app.lifecycle import StartsChoice
from app.models import (
    LONGEST_WINDOW_DAYS,
    UTC_ZONE,
    ApiKey,
    GoalKind,
    GoalRole,
    KeyType,
    Scope,
    Wanted,
)
from app.tenancy import access_changes, moves, project_erasure, projects
from app.tenancy.agreements import TO_ANY, TO_NONE

project_group = OneLineGroup("project", help="Projects.")
goal_group = OneLineGroup("goal", help="What visitors are hoped to do.")
experiment_group = OneLineGroup("experiment", help="Experiments.")
key_group = OneLineGroup("key", help="API keys.")
visitor_group = OneLineGroup("visitor", help="Visitors of the sites under test.")


@project_group.command("create")
@click.argument("name")
@click.option("--plan", type=int, required=True, help="The plan's code.")
@click.option("--time-zone", default=UTC_ZONE, help="By which its days begin, as Europe/Berlin.")
@answers_json
def create_project(name: str, plan: int, time_zone: str) -> dict[str, object]:
    """Create a project."""
    project = projects.create(name, plan, COMMAND_LINE, time_zone=time_zone)
    return {
        "key": project.key,
        "name": project.name,
        "plan": project.plan_code,
        "time_zone": project.time_zone,
    }


@project_group.command("move")
@click.argument("project_keys", nargs=-1, required=True)
@click.option("--plan", type=int, required=True, help="The plan's code.")
@click.option("--yes", is_flag=True, help="Whatever that starts, or puts over the limit.")
@answers_json
def move_projects(project_keys: tuple[str, ...], plan: int, *, yes: bool) -> dict[str, object]:
    """Put projects on another plan, all of them or none."""
    with agreeing():
        moved = moves.move(project_keys, plan, COMMAND_LINE, TO_ANY if yes else TO_NONE)
    return {
        "plan": moved.plan.code,
        "moved": [each.key for each in moved.projects if each.changed],
        **brought(moved.effects),
    }


@project_group.command("erase")
@click.argument("project_key")
@click.option("--name", help="The project's name: whoever gives it is not asked.")
@answers_json
def erase_project(project_key: str, name: str | None) -> dict[str, object]:
    """Delete a project and all that it has recorded. Nothing may be live, queued or scheduled."""
    project = projects.by_key(project_key)
    if name is None:
        question = f"“{project.name}” and all that it has recorded is deleted for good. Go on?"
        name = ask_twice(question, "the project's name", project.name, "--name")
    project_erasure.erase(project_key, name, COMMAND_LINE)
    return {"key": project_key, "erased": True}


class _Measured(TypedDict):
    """What a goal is to measure, as options say it."""

    kind: str
    window_days: int
    currency: str | None


@goal_group.command("create")
@click.argument("project_key")
@click.argument("key")
@click.option("--name", default="", help="For people; the key by default.")
@click.option(
    "--wanted",
    type=click.Choice([wanted.value for wanted in Wanted]),
    default=Wanted.MORE.value,
    help="Whether more of it is better, or less.",
)
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in GoalKind]),
    default=GoalKind.CONVERSION.value,
    help="Whether visitors reach it, how often they do, or the sum of what that is worth.",
)
@click.option(
    "--window-days",
    type=click.IntRange(0, LONGEST_WINDOW_DAYS),
    default=DEFAULT_WINDOW_DAYS,
    show_default=True,
    help="Until how many days after they came it counts; 0: as long as the run is live.",
)
@click.option("--currency", help="Of revenue: three letters, as EUR.")
@answers_json
def create_goal(
    project_key: str, key: str, name: str, wanted: str, **measured: Unpack[_Measured]
) -> dict[str, object]:
    """Add a goal to a project's library."""
    project_id, measure = projects.by_key(project_key).id, _measure(**measured)
    goal = goals.create(project_id, key, COMMAND_LINE, name, Wanted(wanted), measure)
    return {"key": goal.key, "name": goal.name, "wanted": goal.wanted, **vars(measures.of(goal))}


def _measure(kind: str, window_days: int, currency: str | None) -> Measure:
    return Measure(GoalKind(kind), window_days or None, currency)


@experiment_group.command("create")
@click.argument("project_key")
@click.argument("name")
@click.option("--key", default="", help="How code calls it; made from the name by default.")
@click.option("--url", default="", help="The page under test.")
@click.option("--goal", default="", help="The key of its primary goal.")
@answers_json
def create_experiment(
    project_key: str, name: str, key: str, url: str, goal: str
) -> dict[str, object]:
    """Create a draft that splits all visitors in two halves."""
    project = projects.by_key(project_key)
    uses = (GoalUse(goal, GoalRole.PRIMARY),) if goal else ()
    draft = Draft(Texts(name, url), key, Design(goals=uses))
    made = creation.create(project.id, draft, COMMAND_LINE)
    return {"id": made.public_id, "test_id": made.test_id, "key": made.key}


@key_group.command("create")
@click.argument("project_key")
@click.option(
    "--type", "key_type", type=click.Choice([kind.value for kind in KeyType]), required=True
)
@click.option("--name", default="command line")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in Scope]),
    multiple=True,
    help="What an admin key may, once for each; without any it may do everything.",
)
@click.option(
    "--expires-in-days",
    type=click.IntRange(1, api_keys.LONGEST_LIFETIME.days),
    help="For how many days it works; without them for ever.",
)
@answers_json
def create_key(
    project_key: str, key_type: str, name: str, scopes: tuple[str, ...], expires_in_days: int | None
) -> dict[str, object]:
    """Mint an API key; its token is printed here and never again."""
    lifetime = timedelta(days=expires_in_days) if expires_in_days else None
    limit = [Scope(scope) for scope in scopes] or None
    project_id = projects.by_key(project_key).id
    minted = api_keys.mint(project_id, KeyType(key_type), name, COMMAND_LINE, lifetime, limit)
    return {"key": minted.token}


@key_group.command("list")
@click.argument("project_key")
@answers_json
def list_keys(project_key: str) -> dict[str, object]:
    """List a project's API keys, newest first, without their tokens."""
    keys = api_keys.listed(projects.by_key(project_key).id)
    return {"project": project_key, "keys": [_listed_key(key) for key in keys]}


@key_group.command("revoke")
@click.argument("project_key")
@click.argument("key_id", type=int)
@click.option(
    "--starts",
    type=click.Choice([starts.value for starts in StartsChoice]),
    help="What becomes of the starts that it has planned.",
)
@answers_json
def revoke_key(project_key: str, key_id: int, starts: str | None) -> dict[str, object]:
    """End an API key at once, and those that end with it."""
    choice = StartsChoice(starts) if starts else None
    project_id = projects.by_key(project_key).id
    access_changes.revoke_key(project_id, key_id, COMMAND_LINE, choice)
    return {"project": project_key, "id": key_id, "revoked": True}


def _listed_key(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "type": key.type,
        "name": key.name,
        "made_by": key.made_by.email if key.made_by else None,
        "works": api_keys.works(key),
    }


@visitor_group.command("erase")
@click.argument("project_key")
@click.argument("unit")
@answers_json
def erase_visitor(project_key: str, unit: str) -> dict[str, object]:
    """Delete all that is kept of a visitor, by the name that the site gives them.

    The sums of days stay.
    """
    erased = visitor_erasure.erase(projects.by_key(project_key).id, unit, COMMAND_LINE)
    return {"project": project_key, **erased._asdict()}
