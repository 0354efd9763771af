"""Whoever is no admin any more, once their turn has come, changes nothing that admins change."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from app.accounts import people
from app.core.errors import Forbidden
from app.database.transactions import writing
from app.models import Actor, Door, Project
from app.tenancy import departures, moves, plans, projects, slot_answers, slot_requests
from app.tenancy.plans import Limit, PlanChange
from tests.conftest import on_both_databases
from tests.watching import until, waiting_for_locks
from tests.world import COMMAND_LINE, QUEUE_UNTIL, World

NEW_CODE = 990
RAISED = PlanChange("Raised", Limit(5))
TABLES = ("plan", "project", "experiment", "history", "slot_request", "queued_start", "membership")


@dataclass
class Scene:
    """A full project in which something waits, an open request, and an admin."""

    world: World
    project: Project
    retired: Project
    request_id: int
    admin: Actor


@pytest.fixture
def scene(world: World) -> Scene:
    project, retired = world.project(limit=0), world.project()
    person = world.person(world.member(project))
    with world.app.app_context():
        plans.add(NEW_CODE, "Larger", 5, COMMAND_LINE)
        projects.retire(retired.key, COMMAND_LINE)
        slot_requests.ask(project.id, world.experiment(project).test_id, person, QUEUE_UNTIL)
    (request,) = world.execute("SELECT id FROM slot_request")
    return Scene(world, project, retired, request.id, world.person(world.user(admin=True)))


Change = Callable[[Scene], object]
CHANGES: dict[str, Change] = {
    "create a project": lambda scene: projects.create("New", NEW_CODE, scene.admin),
    "rename a project": lambda scene: projects.rename(scene.project.key, "Other", scene.admin),
    "bring a project back": lambda scene: projects.bring_back(scene.retired.key, scene.admin),
    "assign a plan": lambda scene: moves.move([scene.project.key], NEW_CODE, scene.admin),
    "add a plan": lambda scene: plans.add(NEW_CODE + 1, "Huge", 50, scene.admin),
    "edit a plan": lambda scene: plans.change(
        scene.project.plan_code, PlanChange("Raised", Limit(5)), scene.admin
    ),
    "put a plan": lambda scene: plans.put(
        scene.project.plan_code, PlanChange("Raised", Limit(5)), scene.admin
    ),
    "decline a request": lambda scene: slot_answers.decline(scene.request_id, "No.", scene.admin),
}


def kept(scene: Scene) -> list[object]:
    """All that the changes write to."""
    return [
        sorted(map(repr, scene.world.execute(f"SELECT * FROM {table}")))  # noqa: S608
        for table in TABLES
    ]


def demote(scene: Scene) -> None:
    scene.world.execute("UPDATE user_account SET is_admin = :no", no=False)


@on_both_databases
@pytest.mark.parametrize("what", CHANGES)
def test_an_admin_changes_it_as_long_as_they_are_one(scene: Scene, what: str) -> None:
    before = kept(scene)
    demote(scene)
    with scene.world.app.app_context(), pytest.raises(Forbidden):
        CHANGES[what](scene)
    assert kept(scene) == before
    scene.world.execute("UPDATE user_account SET is_admin = :yes", yes=True)
    with scene.world.app.app_context():
        CHANGES[what](scene)
    assert kept(scene) != before


def test_who_is_no_admin_any_more_retires_nothing(scene: Scene) -> None:
    idle = scene.world.project()
    demote(scene)
    with scene.world.app.app_context(), pytest.raises(Forbidden):
        projects.retire(idle.key, scene.admin)
    assert scene.world.execute(
        "SELECT key FROM project WHERE retired_at IS NULL AND key = :key", key=idle.key
    )


def test_no_key_does_what_admins_do(scene: Scene) -> None:
    scene.world.key(scene.project)
    (key,) = scene.world.execute("SELECT id FROM api_key")
    scene.admin = Actor(Door.NAMES, api_key_id=key.id)
    with scene.world.app.app_context(), pytest.raises(Forbidden):
        CHANGES["rename a project"](scene)


WAITING = ("rename a project", "assign a plan", "edit a plan")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("what", WAITING)
def test_who_stops_being_an_admin_while_they_wait_changes_nothing(scene: Scene, what: str) -> None:
    before = kept(scene)
    with ThreadPoolExecutor(1) as threads, scene.world.app.app_context():
        with writing(scene.project.id) as session:
            late = threads.submit(in_context, scene, CHANGES[what])
            until(lambda: waiting_for_locks(scene.world) == 1)
            session.execute(text("UPDATE user_account SET is_admin = false"))
        with pytest.raises(Forbidden):
            late.result()
    assert kept(scene) == before


CHANGES_OF_PEOPLE: dict[str, Callable[[int, Actor], object]] = {
    "deactivate": departures.deactivate,
    "make no admin": lambda user_id, admin: people.set_admin(user_id, admin, is_admin=False),
}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("what", CHANGES_OF_PEOPLE)
def test_who_stops_being_an_admin_while_they_wait_lets_nobody_go(scene: Scene, what: str) -> None:
    world, _another = scene.world, scene.world.user(admin=True)
    user_id = world.person(world.user(admin=True)).user_id or 0
    with ThreadPoolExecutor(1) as threads, world.app.app_context():
        with writing() as session:
            demote_one = text("UPDATE user_account SET is_admin = false WHERE id = :id")
            session.execute(demote_one, {"id": scene.admin.user_id})
            change = CHANGES_OF_PEOPLE[what]
            late = threads.submit(in_context, scene, lambda _: change(user_id, scene.admin))
            until(lambda: waiting_for_locks(scene.world) == 1)
        with pytest.raises(Forbidden):
            late.result()
        assert people.one(user_id).is_admin


def in_context(scene: Scene, change: Change) -> None:
    with scene.world.app.app_context():
        change(scene)
