"""When a project was last heard of, and what it costs to know."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.accounts import api_keys
from app.database.engine import db
from app.events import arrivals
from app.events.arrivals import Arrivals
from app.events.collecting import collect
from app.events.events import Converted, Event, Exposed
from app.experiments import goals, redesigns
from app.experiments.designs import Design, GoalUse
from app.models import Experiment, GoalRole, KeyType, Project, Status
from app.serving import memory
from tests import statements
from tests.conftest import on_both_databases
from tests.contracts import Contract
from tests.world import COMMAND_LINE, World

NEVER = Arrivals(None, None, is_anything_running=False)
LONG_AGO = datetime(2025, 3, 1, 12, tzinfo=UTC)

Send = Callable[..., None]


def of(world: World, project: Project) -> Arrivals:
    with world.app.app_context():
        return arrivals.of_project(project.id)


@pytest.fixture
def project(world: World) -> Project:
    """A project with a goal."""
    project = world.project(limit=None)
    with world.app.app_context():
        goals.create(project.id, "purchase", COMMAND_LINE)
    return project


@pytest.fixture
def experiment(world: World, project: Project) -> Experiment:
    """A running experiment with that goal."""
    made = world.experiment(project)
    with world.app.app_context():
        design = Design(goals=(GoalUse("purchase", GoalRole.PRIMARY),))
        redesigns.change(project.id, made.test_id, lambda _: design, COMMAND_LINE)
    world.start(made)
    return world.reload(made)


@pytest.fixture
def send(world: World, project: Project) -> Send:
    """Sends events with a client key of the project."""
    with world.app.app_context():
        token = api_keys.mint(project.id, KeyType.CLIENT, "pages", COMMAND_LINE).token

    def collected(*events: Event) -> None:
        with world.app.app_context():
            collect(memory.of_app().known(token).key, events)

    return collected


def date_back(world: World, *tables: str) -> None:
    for table in tables:
        column = "last_used_at" if table == "api_key" else "last_at"
        world.execute(f"UPDATE {table} SET {column} = :at", at=LONG_AGO.replace(tzinfo=None))  # noqa: S608


def test_a_project_without_anything_has_never_been_heard_of(world: World) -> None:
    assert of(world, world.project()) == NEVER


@on_both_databases
def test_an_exposure_is_heard_and_counted(
    world: World, project: Project, experiment: Experiment, send: Send
) -> None:
    send(Exposed(experiment.key, "visitor"))
    found = of(world, project)
    assert found.is_anything_running
    assert found.heard_at
    assert found.counted_at
    assert abs(found.counted_at - found.heard_at) < timedelta(seconds=5)
    assert of(world, world.project()) == NEVER


@pytest.mark.usefixtures("experiment")
def test_what_is_dropped_is_heard_but_not_counted(
    world: World, project: Project, send: Send
) -> None:
    send(Exposed("unknown", "visitor"))
    found = of(world, project)
    assert found.heard_at
    assert (found.counted_at, found.last_at) == (None, found.heard_at)


@on_both_databases
def test_a_conversion_alone_is_counted_too(
    world: World, project: Project, experiment: Experiment, send: Send
) -> None:
    send(Exposed(experiment.key, "visitor"))
    date_back(world, "daily_visitors", "api_key")
    assert of(world, project).last_at == LONG_AGO
    send(Converted("purchase", "visitor"))
    counted_at = of(world, project).counted_at
    assert counted_at
    assert counted_at > LONG_AGO


def test_a_paused_experiment_is_looked_at_and_an_archived_one_is_not(
    world: World, project: Project, experiment: Experiment, send: Send
) -> None:
    send(Exposed(experiment.key, "visitor"))
    world.move(experiment, Status.STOPPED, Contract.INTEGERS)
    found = of(world, project)
    assert found.counted_at
    assert not found.is_anything_running
    world.archive(experiment)
    assert of(world, project).counted_at is None


def test_an_admin_key_that_was_used_says_nothing_of_visitors(
    world: World, project: Project
) -> None:
    headers = {"x-api-key": world.key(project)}
    path = f"/v2/project/{project.key}/experiments"
    assert world.app.test_client().get(path, headers=headers).status_code == 200
    assert of(world, project) == NEVER


@on_both_databases
def test_looking_costs_six_statements_whatever_there_is(
    world: World, project: Project, experiment: Experiment, send: Send
) -> None:
    world.running(project, 5)
    world.crowd(project, 300)
    send(*(Exposed(experiment.key, f"visitor {number}") for number in range(200)))
    with statements.recorded(world.app) as sent:
        of(world, project)
    assert len(sent) == 6


@pytest.mark.usefixtures("experiment")
def test_every_statement_finds_its_rows_by_an_index(world: World, project: Project) -> None:
    with statements.recorded(world.app) as sent:
        of(world, project)
    with world.app.app_context():
        for statement in sent:
            filled = text(statement.replace("?", "1"))
            plan = db.session.execute(text(f"EXPLAIN QUERY PLAN {filled.text}")).all()
            assert not [row for row in plan if row.detail.startswith("SCAN")], (statement, plan)
            assert not [row for row in plan if "TEMP B-TREE" in row.detail], (statement, plan)


@on_both_databases
def test_what_an_earlier_run_counted_is_not_forgotten_by_a_new_start(
    world: World, project: Project, experiment: Experiment, send: Send
) -> None:
    send(Exposed(experiment.key, "visitor"))
    counted_at = of(world, project).counted_at
    for step in (Status.STOPPED, Status.DRAFT, Status.RUNNING):
        world.move(experiment, step, Contract.INTEGERS)
    assert counted_at
    assert of(world, project).counted_at == counted_at
