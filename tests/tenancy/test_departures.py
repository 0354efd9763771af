"""Somebody leaves: gone everywhere in one press, and nothing of theirs is nobody's."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.accounts import api_keys, people
from app.core.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from app.database.engine import db
from app.database.transactions import writing
from app.lifecycle import StartsChoice
from app.lifecycle.scheduling.handovers import StartsUndecided
from app.models import Actor, Door, KeyType, Project, Role, Status, now
from app.tenancy import access_changes, departures
from app.tenancy.departures import KeysChoice
from tests.command_line import complaint, printed
from tests.conftest import on_both_databases, on_postgresql
from tests.watching import until, waiting_for_locks
from tests.world import COMMAND_LINE, World


def leaver(world: World, *projects: Project) -> str:
    """Somebody who is an owner of these projects beside others."""
    email = world.user()
    for project in projects:
        world.member(project, Role.OWNER)
        world.give_role(project, email, Role.OWNER)
    return email


def deactivate(
    world: World,
    email: str,
    starts: StartsChoice | None = None,
    successor: str = "",
    serving_keys: KeysChoice | None = None,
) -> None:
    user_id = world.person(email).user_id or 0
    admin = world.person(world.user(admin=True))
    with world.app.app_context():
        departures.deactivate(user_id, admin, starts, successor, serving_keys)


@on_both_databases
def test_who_is_deactivated_is_gone_everywhere_at_once(world: World) -> None:
    one, other = world.project(), world.project()
    email = leaver(world, one, other)
    world.user(admin=True)
    browser, actor = world.browser(email), world.person(email)
    with world.app.app_context():
        token = api_keys.mint(one.id, KeyType.ADMIN, "mine", actor).token
        left = departures.overview(actor.user_id or 0)
    assert [(each.key, each.role, each.keys) for each in left] == [
        (one.key, Role.OWNER, ["mine"]),
        (other.key, Role.OWNER, ()),
    ]
    deactivate(world, email)
    assert browser.get("/account").status_code == 302
    assert world.browser().sign_in(email).status_code == 401
    client = world.app.test_client(use_cookies=False)
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/admin/experiments", headers=headers).status_code == 401
    revoked = "SELECT detail FROM audit_entry WHERE kind = 'key revoked' AND subject = 'mine'"
    assert world.execute(revoked) == [(f"It was made by {email}, who was deactivated.",)]
    left_in = "SELECT count(*) FROM membership WHERE user_id = :id"
    assert world.execute(left_in, id=actor.user_id) == [(0,)]
    with pytest.raises(InvalidInput, match="deactivated"):
        world.give_role(one, email, Role.VIEWER)
    with pytest.raises(NotFound, match=f"{email} is deactivated: reactivate them first."):
        deactivate(world, email)


@pytest.mark.parametrize("choice", KeysChoice)
def test_a_site_goes_on_by_their_keys_or_not_as_was_said_and_their_admin_keys_end(
    world: World, choice: KeysChoice
) -> None:
    project = world.project()
    email = leaver(world, project)
    with world.app.app_context():
        admin = api_keys.mint(project.id, KeyType.ADMIN, "deploy", world.person(email)).key
        by_key = Actor(Door.NAMES, api_key_id=admin.id)
        api_keys.mint(project.id, KeyType.CLIENT, "web site", by_key)
    with pytest.raises(InvalidInput, match="web site"):
        deactivate(world, email)
    deactivate(world, email, serving_keys=choice)
    revoked = "SELECT name FROM api_key WHERE revoked_at IS NOT NULL ORDER BY name"
    ended = ["deploy"] if choice is KeysChoice.KEEP else ["deploy", "web site"]
    assert [row.name for row in world.execute(revoked)] == ended
    entered = "SELECT subject FROM audit_entry WHERE kind = 'key revoked' ORDER BY subject"
    assert [row.subject for row in world.execute(entered)] == ended


def test_a_key_that_somebody_else_has_rotated_goes_on_as_theirs(world: World) -> None:
    project = world.project()
    email, heir = leaver(world, project), world.member(project, Role.OWNER)
    with world.app.app_context():
        key = api_keys.mint(project.id, KeyType.ADMIN, "deploy", world.person(email)).key
        access_changes.rotate_key(project.id, key.id, world.person(heir), timedelta(days=1))
    deactivate(world, email)
    works = "SELECT made_by_id FROM api_key WHERE revoked_at IS NULL"
    assert world.execute(works) == [(world.person(heir).user_id,)]


@pytest.mark.parametrize("choice", StartsChoice)
def test_what_they_planned_is_the_admins_or_dropped_as_was_said(
    world: World, choice: StartsChoice
) -> None:
    project = world.project(limit=1)
    email = leaver(world, project)
    actor, at = world.person(email), now() + timedelta(hours=1)
    (live,) = world.running(project, 1)
    waiting = world.experiment(project, name="Waiting")
    world.schedule(live, stop_at=at, actor=actor)
    world.queue(waiting, actor)
    with pytest.raises(StartsUndecided, match="Waiting"):
        deactivate(world, email)
    assert world.browser().sign_in(email).status_code == 302
    deactivate(world, email, choice)
    assert (world.line(project) == []) is (choice is StartsChoice.DROP)
    (stop,) = world.execute("SELECT user_id FROM scheduled_change")
    assert stop.user_id not in (None, actor.user_id)


def test_what_an_admin_took_over_in_a_project_of_others_is_handed_on(world: World) -> None:
    project = world.project(limit=1)
    email, at = leaver(world, project), now() + timedelta(hours=1)
    (live,) = world.running(project, 1)
    world.schedule(live, stop_at=at, actor=world.person(email))
    first = world.user(admin=True)
    first_id = world.person(first).user_id or 0
    with world.app.app_context():
        departures.deactivate(world.person(email).user_id or 0, world.person(first))
        (left,) = departures.overview(first_id)
    assert (left.role, list(left.planned.stops)) == (None, [live.name])
    deactivate(world, first)
    (stop,) = world.execute("SELECT user_id FROM scheduled_change")
    assert stop.user_id not in (None, first_id)


def test_a_project_never_loses_its_last_owner_without_another(world: World) -> None:
    project = world.project()
    email = world.member(project, Role.OWNER)
    heir = world.user()
    with pytest.raises(InvalidInput, match="Nobody else owns") as told:
        deactivate(world, email)
    assert told.value.field == "successor"
    with pytest.raises(InvalidInput, match="somebody who stays"):
        deactivate(world, email, successor=email)
    assert world.browser().sign_in(email).status_code == 302
    deactivate(world, email, successor=heir)
    assert world.browser(heir).get(f"/projects/{project.key}/keys").status_code == 200


def test_their_experiments_become_the_successors(world: World) -> None:
    project = world.project()
    email, heir = leaver(world, project), world.member(project)
    made = world.experiment(project, Status.RUNNING)
    owner_id = world.person(email).user_id
    world.execute("UPDATE experiment SET owner_id = :id", id=owner_id)
    deactivate(world, email, successor=heir)
    assert world.reload(made).owner_id == world.person(heir).user_id
    assert world.reload(made).version > made.version
    assert world.entries(made)[-1].changes == [{"field": "owner", "before": email, "after": heir}]
    assert world.reload(made).status is Status.RUNNING


def test_a_successor_is_a_member_of_the_projects_whose_experiments_they_get(world: World) -> None:
    project = world.project()
    email, stranger = leaver(world, project), world.user()
    made = world.experiment(project)
    owner_id = world.person(email).user_id
    world.execute("UPDATE experiment SET owner_id = :id", id=owner_id)
    with pytest.raises(InvalidInput, match=f"no member of “{project.name}”") as told:
        deactivate(world, email, successor=stranger)
    assert told.value.field == "successor"
    assert world.reload(made).owner_id == owner_id


def test_nobody_deactivates_themselves_or_the_last_admin_and_only_admins_do(world: World) -> None:
    admin, somebody = world.user(admin=True), world.user()
    own, other = world.person(admin), world.person(somebody)
    with world.app.app_context():
        with pytest.raises(InvalidInput, match="yourself"):
            departures.deactivate(own.user_id or 0, own)
        with pytest.raises(Forbidden):
            departures.deactivate(own.user_id or 0, other)
        with pytest.raises(InvalidInput, match="always an admin"):
            departures.deactivate(own.user_id or 0, COMMAND_LINE)
        with pytest.raises(InvalidInput, match="always an admin"):
            people.set_admin(own.user_id or 0, own, is_admin=False)
        with pytest.raises(NotFound):
            departures.deactivate(999, own)
    assert world.browser(admin).get("/admin/people").status_code == 200


def test_who_is_reactivated_signs_in_by_a_new_link_and_is_in_no_project(world: World) -> None:
    project = world.project()
    email = leaver(world, project)
    deactivate(world, email)
    assert printed(world, "user", "reactivate", email) == {"email": email}
    assert world.browser().sign_in(email).status_code == 401
    made = printed(world, "user", "link", email)
    browser = world.browser()
    browser.refresh_token(str(made["path"]))
    chosen = {"new": "a few good words", "again": "a few good words"}
    assert browser.submit(str(made["path"]), **chosen).status_code == 302
    assert browser.get(f"/projects/{project.key}").status_code == 404
    assert browser.get("/account").status_code == 200


def test_the_command_line_lists_deactivates_and_makes_admins(world: World) -> None:
    project = world.project()
    email, admin = leaver(world, project), world.user(admin=True)
    found = printed(world, "user", "list")["users"]
    assert isinstance(found, list)
    listed = {each["email"]: each for each in found}
    assert listed[email]["projects"] == {project.key: "owner"}
    assert listed[admin]["admin"] is True
    assert printed(world, "user", "admin", email) == {"email": email, "admin": True}
    assert printed(world, "user", "admin", email, "--no") == {"email": email, "admin": False}
    assert "always an admin" in complaint(world, "user", "admin", admin, "--no")
    assert printed(world, "user", "deactivate", email) == {"email": email, "left": [project.key]}
    assert "Nobody signs in" in complaint(world, "user", "deactivate", "nobody@example.test")


def test_the_command_line_lists_and_revokes_keys(world: World) -> None:
    project = world.project()
    world.key(project, "deploy")
    (key,) = printed(world, "key", "list", project.key)["keys"]
    assert (key["name"], key["works"], key["made_by"]) == ("deploy", True, None)
    revoked = printed(world, "key", "revoke", project.key, str(key["id"]))
    assert revoked == {"project": project.key, "id": key["id"], "revoked": True}
    (key,) = printed(world, "key", "list", project.key)["keys"]
    assert key["works"] is False


@on_postgresql
@pytest.mark.parametrize(
    ("first", "then", "refused"),
    [
        ("INSERT INTO membership VALUES (:project, :person, 'owner')", deactivate, Conflict),
        (
            "UPDATE user_account SET deactivated_at = CURRENT_TIMESTAMP WHERE id = :person",
            lambda world, email: world.give_role(the_project(world), email, Role.OWNER),
            InvalidInput,
        ),
    ],
    ids=["made a member", "deactivated"],
)
def test_nobody_is_made_a_member_while_they_are_deactivated(
    world: World, first: str, then: Callable[[World, str], None], refused: type[DomainError]
) -> None:
    email, project = world.user(), world.project()
    values = {"person": world.person(email).user_id, "project": project.id}
    with ThreadPoolExecutor(1) as threads, world.app.app_context():
        with writing() as session:
            locked = text("SELECT 1 FROM user_account WHERE id = :person FOR UPDATE")
            session.execute(locked, values)
            session.execute(text(first), values)
            late = threads.submit(then, world, email)
            until(lambda: waiting_for_locks(world) == 1)
        with pytest.raises(refused):
            late.result()
    became = "SELECT count(*) FROM membership JOIN user_account ON id = user_id"
    assert world.execute(f"{became} WHERE deactivated_at IS NOT NULL") == [(0,)]


def the_project(world: World) -> Project:
    with world.app.app_context():
        return db.session.scalars(select(Project)).one()
