"""A key never gives more than whoever made it may now."""

from dataclasses import dataclass

import pytest
from werkzeug.test import TestResponse

from app.accounts import api_keys
from app.core.errors import DomainError, Forbidden, Unauthenticated
from app.experiments import notes
from app.models import Actor, Door, Experiment, KeyType, Project, Role, Status
from tests.conftest import on_both_databases
from tests.serving.site import make_site
from tests.world import World

ADMIN = "/api/admin"
LEFT = "Whoever made this key does not belong to the project any more."


@dataclass
class Shop:
    """A project with an experiment, and an owner of it who has made an admin key."""

    world: World
    project: Project
    experiment: Experiment
    email: str
    token: str

    def ask(self, method: str, path: str, body: object = None, token: str = "") -> TestResponse:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        client = self.world.app.test_client(use_cookies=False)
        return client.open(path, method=method, json=body, headers=headers)

    def can(self, token: str = "") -> dict[str, int]:
        """With what status the key reads, changes, and makes keys."""
        note = f"{ADMIN}/experiments/{self.experiment.public_id}/notes"
        return {
            "read": self.ask("GET", f"{ADMIN}/experiments", token=token).status_code,
            "change": self.ask("POST", note, {"note": "Hello"}, token).status_code,
            "make keys": self.ask("POST", f"{ADMIN}/keys", {"type": "admin"}, token).status_code,
        }

    def actor(self) -> Actor:
        """The key, as it acts."""
        (row,) = self.world.execute("SELECT max(id) AS id FROM api_key")
        return Actor(Door.NAMES, api_key_id=row.id)


def mint(world: World, project: Project, email: str, key_type: KeyType = KeyType.ADMIN) -> str:
    with world.app.app_context():
        return api_keys.mint(project.id, key_type, "mine", world.person(email)).token


@pytest.fixture
def shop(world: World) -> Shop:
    project = world.project()
    world.member(project, Role.OWNER)
    email = world.member(project, Role.OWNER)
    return Shop(world, project, world.experiment(project), email, mint(world, project, email))


MAY_ALL = {"read": 200, "change": 201, "make keys": 201}
MAY_NOTHING = dict.fromkeys(MAY_ALL, 401)


@on_both_databases
@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.OWNER, MAY_ALL),
        (Role.MARKETER, {**MAY_ALL, "make keys": 403}),
        (Role.VIEWER, {"read": 200, "change": 403, "make keys": 403}),
    ],
)
def test_a_key_follows_the_role_of_whoever_made_it(
    shop: Shop, role: Role, may: dict[str, int]
) -> None:
    assert shop.can() == MAY_ALL
    shop.world.give_role(shop.project, shop.email, role)
    assert shop.can() == may
    shop.world.give_role(shop.project, shop.email, Role.OWNER)
    assert shop.can() == MAY_ALL


def test_it_is_told_whose_role_is_in_its_way(shop: Shop) -> None:
    shop.world.give_role(shop.project, shop.email, Role.VIEWER)
    answer = shop.ask("POST", f"{ADMIN}/experiments", {"name": "New"})
    assert answer.json == {
        "error": "Forbidden",
        "code": "FORBIDDEN",
        "detail": "This takes the role marketer in the project; that of who made this key is"
        " viewer.",
    }


@on_both_databases
def test_the_key_of_somebody_who_left_opens_nothing_until_they_are_back(shop: Shop) -> None:
    shop.world.remove(shop.project, shop.email)
    assert shop.can() == MAY_NOTHING
    assert (shop.ask("GET", f"{ADMIN}/experiments").json or {})["detail"] == LEFT
    shop.world.give_role(shop.project, shop.email, Role.OWNER)
    assert shop.can() == MAY_ALL


def test_a_key_that_it_minted_ends_with_it(shop: Shop) -> None:
    child = (shop.ask("POST", f"{ADMIN}/keys", {"type": "admin"}).json or {})["key"]
    shop.world.remove(shop.project, shop.email)
    assert shop.can(child) == MAY_NOTHING


def test_a_key_of_which_nobody_knows_who_made_it_keeps_what_it_can_do(shop: Shop) -> None:
    token = shop.world.key(shop.project)
    shop.world.remove(shop.project, shop.email)
    assert shop.can(token) == MAY_ALL


@pytest.mark.parametrize("key_type", [KeyType.SERVER, KeyType.CLIENT])
def test_a_site_goes_on_when_somebody_leaves_who_made_its_key(
    world: World, key_type: KeyType
) -> None:
    site = make_site(world)
    world.member(site.project, Role.OWNER)
    email = world.member(site.project, Role.OWNER)
    token = mint(world, site.project, email, key_type)
    world.remove(site.project, email)
    answer = site.ask(site.experiment(), "a", headers={"X-API-Key": token})
    assert answer.status_code == 200


@pytest.mark.parametrize(("role", "error"), [(Role.VIEWER, Forbidden), (None, Unauthenticated)])
def test_it_changes_nothing_where_that_ended_while_it_waited_for_the_lock(
    shop: Shop, role: Role | None, error: type[DomainError]
) -> None:
    if role:
        shop.world.give_role(shop.project, shop.email, role)
    else:
        shop.world.remove(shop.project, shop.email)
    with shop.world.app.app_context(), pytest.raises(error):
        notes.add(shop.project.id, shop.experiment.test_id, "Hello", shop.actor())
    assert shop.world.execute("SELECT count(*) FROM history WHERE kind = 'noted'") == [(0,)]


@on_both_databases
def test_what_it_has_queued_does_not_start_once_its_maker_only_looks(world: World) -> None:
    project = world.project(limit=1)
    email = world.member(project, Role.OWNER)
    token = mint(world, project, email)
    live, waiting = world.experiment(project, Status.RUNNING), world.experiment(project)
    shop = Shop(world, project, waiting, email, token)
    world.queue(waiting, shop.actor())
    world.demote(project, email)
    stop = f"/v2/project/{project.key}/experiment/{live.test_id}/status"
    assert shop.ask("PATCH", stop, {"status": 0}, world.key(project)).status_code == 200
    assert world.reload(waiting).status is Status.DRAFT
    assert world.line(project) == []
