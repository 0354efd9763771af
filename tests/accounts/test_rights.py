"""Whoever lost their right while their request waited for the lock changes nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from app.accounts import api_keys, origins
from app.core.errors import DomainError, Forbidden, NotFound, Retired, Unauthenticated
from app.experiments import (
    creation,
    edits,
    goals,
    history,
    notes,
    redesigns,
)
from app.experiments.creation import Draft
from app.experiments.edits import Edit
from app.experiments.texts import Texts
from app.lifecycle.scheduling import schedules
from app.lifecycle.scheduling.schedules import Schedule
from app.models import Actor, Door, Experiment, KeyType, Project, Role, Status, now
from app.tenancy import access_changes
from tests.world import COMMAND_LINE, World, fingerprint


@dataclass
class Scene:
    """A project with everything that can be changed in it, and an owner who sees to it."""

    world: World
    project: Project
    draft: Experiment
    live: Experiment
    email: str
    colleague: int
    key_id: int
    actor: Actor = field(default=COMMAND_LINE)

    @property
    def id(self) -> int:
        return self.project.id


@pytest.fixture
def scene(world: World) -> Scene:
    project = world.project()
    world.goal(project, "purchase")
    email = world.member(project, Role.OWNER)
    colleague = world.person(world.member(project, Role.OWNER)).user_id or 0
    world.key(project)
    key_id = world.execute("SELECT id FROM api_key")[0].id
    draft, live = world.experiment(project), world.experiment(project, Status.RUNNING)
    actor = world.person(email)
    return Scene(world, project, draft, live, email, colleague, key_id, actor)


def schedule(scene: Scene) -> None:
    asked = Schedule(now() + timedelta(hours=1), None)
    schedules.put(scene.id, scene.draft.test_id, lambda _: asked, scene.actor)


Change = Callable[[Scene], object]
MANAGING: dict[str, Change] = {
    "make a member": lambda scene: access_changes.put_member(
        scene.id, scene.world.user(), Role.OWNER, scene.actor
    ),
    "remove a member": lambda scene: access_changes.remove_member(
        scene.id, scene.colleague, scene.actor
    ),
    "mint a key": lambda scene: api_keys.mint(scene.id, KeyType.ADMIN, "mine", scene.actor),
    "revoke a key": lambda scene: access_changes.revoke_key(scene.id, scene.key_id, scene.actor),
    "list origins": lambda scene: origins.replace(scene.id, ["https://shop.example"], scene.actor),
}
CHANGING: dict[str, Change] = {
    "create": lambda scene: creation.create(scene.id, Draft(Texts("New")), scene.actor),
    "clone": lambda scene: creation.clone(scene.id, scene.draft.test_id, scene.actor),
    "add a goal": lambda scene: goals.create(scene.id, "signup", scene.actor),
    "rename a goal": lambda scene: goals.rename(scene.id, "purchase", "Bought", scene.actor),
    "retire a goal": lambda scene: goals.retire(scene.id, "purchase", scene.actor),
    "bring back a goal": lambda scene: goals.bring_back(scene.id, "purchase", scene.actor),
    "edit": lambda scene: edits.edit(
        scene.id,
        scene.draft.test_id,
        Edit(Texts("Other"), fingerprint(scene.draft)),
        scene.actor,
    ),
    "design": lambda scene: redesigns.change(
        scene.id, scene.draft.test_id, lambda design: design, scene.actor
    ),
    "note": lambda scene: notes.add(scene.id, scene.draft.test_id, "Hello", scene.actor),
    "give a reason": lambda scene: history.give_reason(
        scene.id, scene.live.test_id, "Why", scene.actor, scene.live.changed_at
    ),
    "schedule": schedule,
}
ALL = {**MANAGING, **CHANGING}
TABLES = (
    "membership",
    "api_key",
    "origin",
    "experiment",
    "goal",
    "history",
    "run",
    "scheduled_change",
)


def kept(scene: Scene) -> list[object]:
    """All that the changes write to."""
    return [
        sorted(map(repr, scene.world.execute(f"SELECT * FROM {table}")))  # noqa: S608
        for table in TABLES
    ]


def refused(scene: Scene, change: Change, error: type[DomainError]) -> None:
    """Try a change: it raises exactly this, and nothing is changed."""
    before = kept(scene)
    with scene.world.app.app_context(), pytest.raises(DomainError) as caught:
        change(scene)
    assert type(caught.value) is error
    assert kept(scene) == before


@pytest.mark.parametrize("what", ALL)
def test_who_was_removed_meanwhile_changes_nothing(scene: Scene, what: str) -> None:
    scene.world.remove(scene.project, scene.email)
    refused(scene, ALL[what], NotFound)


@pytest.mark.parametrize("what", MANAGING)
def test_who_is_no_owner_any_more_manages_nothing(scene: Scene, what: str) -> None:
    scene.world.give_role(scene.project, scene.email, Role.MARKETER)
    refused(scene, MANAGING[what], Forbidden)


@pytest.mark.parametrize("what", CHANGING)
def test_who_only_looks_by_now_changes_nothing(scene: Scene, what: str) -> None:
    scene.world.give_role(scene.project, scene.email, Role.VIEWER)
    refused(scene, CHANGING[what], Forbidden)


@pytest.mark.parametrize("what", CHANGING)
def test_a_marketer_may_change_what_takes_no_owner(scene: Scene, what: str) -> None:
    if what == "give a reason":
        scene.live = scene.world.paused_by(scene.live, scene.actor)
    scene.world.give_role(scene.project, scene.email, Role.MARKETER)
    with scene.world.app.app_context():
        CHANGING[what](scene)


@pytest.mark.parametrize("what", ALL)
def test_a_project_that_was_retired_meanwhile_is_not_changed(scene: Scene, what: str) -> None:
    scene.world.execute("UPDATE project SET retired_at = '2026-01-01 00:00:00.000000'")
    refused(scene, ALL[what], Retired)


@pytest.mark.parametrize("what", ["mint a key", *CHANGING])
def test_a_key_that_was_revoked_meanwhile_changes_nothing(scene: Scene, what: str) -> None:
    scene.actor = Actor(Door.NAMES, api_key_id=scene.key_id)
    scene.world.revoke(scene.project, scene.key_id)
    refused(scene, ALL[what], Unauthenticated)


def test_the_key_of_a_project_that_was_retired_meanwhile_is_told_so(scene: Scene) -> None:
    scene.actor = Actor(Door.NAMES, api_key_id=scene.key_id)
    scene.world.execute("UPDATE project SET retired_at = '2026-01-01 00:00:00.000000'")
    with (
        scene.world.app.app_context(),
        pytest.raises(Unauthenticated, match="The project of this key is retired"),
    ):
        schedule(scene)


@pytest.mark.parametrize("what", ["make a member", "remove a member"])
def test_an_admin_manages_members_as_long_as_they_are_one(scene: Scene, what: str) -> None:
    email = scene.world.user(admin=True)
    scene.actor = scene.world.person(email)
    with scene.world.app.app_context():
        MANAGING[what](scene)
    scene.world.execute("UPDATE user_account SET is_admin = :no", no=False)
    refused(scene, MANAGING[what], NotFound)


@pytest.mark.parametrize("role", Role)
def test_whoever_belongs_to_a_project_may_leave_it(scene: Scene, role: Role) -> None:
    scene.world.give_role(scene.project, scene.email, role)
    scene.world.remove(scene.project, scene.email, scene.actor)
    left = scene.world.execute("SELECT user_id FROM membership")
    assert [row.user_id for row in left] == [scene.colleague]
