"""A database from before history told of more than changes, upgraded, and taken back again."""

from datetime import timedelta

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade

from app.database.engine import db
from app.lifecycle import transitions
from app.lifecycle.refusals import Refused
from app.models import Conclusion, Experiment, Project, Status, now
from app.tenancy import slot_requests
from tests.conftest import on_both_databases
from tests.contracts import Contract, wish
from tests.world import COMMAND_LINE, QUEUE_UNTIL, World

RUNNING, STOPPED = Status.RUNNING, Status.STOPPED
BEFORE = "0002"
NAMES = ("Großer ÜBERBLICK", "ΐ Ίσως", "plain")


pytestmark = [on_both_databases, pytest.mark.long]


@pytest.fixture
def app(migrating_app: Flask) -> Flask:
    """The application on a database of today."""
    return migrating_app


def go_back() -> None:
    db.session.remove()
    downgrade(revision=BEFORE)


def rows(world: World, statement: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in world.execute(statement)]


def chain(world: World, experiment: Experiment) -> list[tuple[str, str]]:
    """From and to of an experiment's history in the order of its ids, as the old version reads."""
    statement = "SELECT from_status, to_status FROM history WHERE test_id = :test_id ORDER BY id"
    return [tuple(row) for row in world.execute(statement, test_id=experiment.test_id)]


def is_unbroken(world: World, experiment: Experiment, status: str) -> bool:
    steps = chain(world, experiment)
    ends = ["draft", *(target for _, target in steps)]
    return [origin for origin, _ in steps] == ends[:-1] and ends[-1] == status


def desk(world: World) -> tuple[Project, list[Experiment]]:
    """A project in which everything has happened that the old version does not know."""
    project = world.project(limit=1)
    first, second, third = (world.experiment(project, name=name) for name in NAMES)
    world.start(first)
    world.swap(second, first)
    world.swap(first, second)
    world.swap(third, first)
    asked = wish(RUNNING, Contract.INTEGERS)
    for _ in range(2):
        with pytest.raises(Refused):
            transitions.transition(project.id, first.test_id, asked, COMMAND_LINE)
    world.queue(first)
    world.schedule(second, now() + timedelta(days=1), now() + timedelta(days=2))
    world.move(third, STOPPED, Contract.NAMES)
    world.queue(third)
    person = world.person(world.member(project))
    slot_requests.ask(project.id, second.test_id, person, QUEUE_UNTIL)
    return project, [first, second, third]


def test_taken_back_each_history_is_an_unbroken_chain_in_the_order_of_its_ids_and_goes_on(
    world: World,
) -> None:
    _, (first, second, third) = desk(world)
    go_back()
    assert is_unbroken(world, first, "running")
    assert is_unbroken(world, second, "stopped")
    assert is_unbroken(world, third, "stopped")
    assert len(chain(world, first)) == 5
    assert rows(world, "SELECT count(*) FROM history WHERE door IN ('queue', 'schedule')") == [(0,)]
    # Of a swap the pause comes just before the start.
    found = rows(world, "SELECT id, test_id, to_status FROM history ORDER BY id")
    ids, changes = [row[0] for row in found], [row[1:] for row in found]
    assert len(set(ids)) == len(ids)
    assert changes == [
        (first.test_id, "running"),
        (first.test_id, "stopped"),
        (second.test_id, "running"),
        (second.test_id, "stopped"),
        (first.test_id, "running"),
        (first.test_id, "stopped"),
        (third.test_id, "running"),
        (third.test_id, "stopped"),
        (first.test_id, "running"),
    ]
    world.execute(
        "INSERT INTO history (test_id, from_status, to_status, door, at)"
        " VALUES (:test_id, 'running', 'stopped', 'v2', :at)",
        test_id=first.test_id,
        at=now(),
    )
    assert chain(world, first)[-1] == ("running", "stopped")


def test_without_a_swap_every_entry_keeps_its_number(world: World) -> None:
    project = world.project()
    world.experiment(project, STOPPED)
    statement = "SELECT id, test_id, from_status, to_status, door, at FROM history ORDER BY id"
    changes = statement.replace("ORDER", "WHERE kind = 'changed' ORDER")
    before = rows(world, changes)
    go_back()
    assert rows(world, statement) == before


def test_upgraded_again_history_is_kept_names_are_folded_and_statuses_counted(
    world: World,
) -> None:
    project, experiments = desk(world)
    other, empty = world.project(), world.project()
    world.experiment(other, Status.ARCHIVED)
    go_back()
    statement = "SELECT id, test_id, from_status, to_status, door, at FROM history ORDER BY id"
    before = rows(world, statement)
    upgrade()
    assert rows(world, statement) == before
    told = "SELECT DISTINCT project_id, kind, reason, code, detail, times FROM history ORDER BY 1"
    changed = ("changed", "", "", "", 1)
    assert rows(world, told) == [(project.id, *changed), (other.id, *changed)]
    assert rows(world, "SELECT DISTINCT paused_test_id, conclusion FROM history") == [(None, None)]
    assert world.line(project) == []
    assert [len(world.entries(each)) for each in experiments] == [5, 2, 2]
    names = "SELECT {} FROM experiment ORDER BY test_id LIMIT 3"
    assert rows(world, names.format("name, folded_name")) == list(
        zip(NAMES, ("grosser überblick", "ΐ ίσωσ", "plain"), strict=True)
    )
    assert rows(world, names.format("sort_name")) == [
        ("grosser uberblick",),
        ("\u03b9 \u03b9\u03c3\u03c9\u03c3",),
        ("plain",),
    ]
    counts = "SELECT id, draft_count, running_count, stopped_count, archived_count FROM project"
    assert rows(world, f"{counts} ORDER BY id") == [
        (project.id, 0, 1, 2, 0),
        (other.id, 0, 0, 0, 1),
        (empty.id, 0, 0, 0, 0),
    ]
    world.move(experiments[0], STOPPED, Contract.NAMES)
    assert rows(world, f"{counts} WHERE id = {project.id}") == [(project.id, 0, 0, 3, 0)]


def test_upgraded_an_experiment_keeps_the_outcome_that_its_history_told(world: World) -> None:
    project = world.project()
    ended, other = (world.experiment(project, STOPPED) for _ in range(2))
    world.archive(ended, Conclusion.WON)
    world.archive(other)
    db.session.remove()
    downgrade(revision="0004")
    upgrade()
    assert rows(world, "SELECT conclusion FROM experiment ORDER BY test_id") == [("won",), (None,)]
