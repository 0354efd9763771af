"""A rotated key: another token takes its place, and the one of before works on for a while."""

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.accounts import api_keys
from app.models import Actor, Door, KeyType, Project, Role, Scope, now
from tests.api.admin.project.test_keys import (
    KEYS,
    by_token,
    days_until,
    json_of,
    limited,
    mint,
    opens,
)
from tests.api.asking import Ask, with_key
from tests.conftest import on_both_databases
from tests.serving.site import make_site
from tests.world import COMMAND_LINE, Browser, World


def rotate(ask: Ask, key_id: int | str = 1, hours: int | None = None) -> TestResponse:
    body = None if hours is None else {"overlapHours": hours}
    return ask("POST", f"{KEYS}/{key_id}/rotate", body)


def hours_until(moment: str) -> int:
    return round((datetime.fromisoformat(moment) - now()) / timedelta(hours=1))


def owner(world: World, project: Project) -> Browser:
    return world.browser(world.member(project, Role.OWNER))


def by_person(browser: Browser, project: Project, key_id: int = 1) -> TestResponse:
    path = f"{KEYS}/{key_id}/rotate"
    return browser.call("POST", path, None, X_Project_Id=project.key)


@on_both_databases
def test_both_tokens_work_until_the_answer_says(world: World, client: FlaskClient) -> None:
    project = world.project()
    token = world.key(project, "deploys")
    made = json_of(rotate(by_token(world, token)), 201)
    assert (made["type"], made["name"]) == ("admin", "deploys")
    assert (made["id"], made["replaced"]["id"]) == ("2", "1")
    assert hours_until(made["replaced"]["works_until"]) == 24
    assert opens(client, token)
    assert opens(client, made["key"])
    listed = json_of(by_token(world, made["key"])("GET", KEYS, None))["data"]
    assert [each["replaces"] for each in listed] == ["1", None]
    assert listed[1]["expires_at"] == made["replaced"]["works_until"]
    world.execute("UPDATE api_key SET expires_at = '2026-01-01 00:00:00+00:00' WHERE id = 1")
    assert (opens(client, token), opens(client, made["key"])) == (False, True)


def test_without_an_overlap_the_token_of_before_ends_at_once(
    world: World, client: FlaskClient
) -> None:
    token = world.key(world.project())
    made = json_of(rotate(by_token(world, token), hours=0), 201)
    assert (opens(client, token), opens(client, made["key"])) == (False, True)


@pytest.mark.parametrize("hours", [-1, 721, True, "24", 1.5])
def test_an_overlap_is_whole_hours_of_at_most_thirty_days(world: World, hours: object) -> None:
    ask = with_key(world, world.project())
    answer = ask("POST", f"{KEYS}/1/rotate", {"overlapHours": hours})
    detail = "overlapHours is a whole number from 0 to 720."
    assert json_of(answer, 422)["detail"] == detail
    assert world.execute("SELECT count(*) FROM api_key") == [(1,)]


def test_the_new_key_is_limited_as_the_old_one_is(world: World) -> None:
    ask = limited(world, world.project(), Scope.PAUSE, Scope.KEYS)
    assert json_of(rotate(ask), 201)["scopes"] == ["pause", "keys"]


def test_a_site_gets_its_variants_by_either_token_of_its_key(world: World) -> None:
    site = make_site(world, KeyType.CLIENT)
    experiment = site.experiment()
    made = json_of(rotate(with_key(world, site.project), hours=1), 201)
    assert made["type"] == "client"
    for token in (site.token, made["key"]):
        assert site.ask(experiment, "a", headers={"X-API-Key": token}).status_code == 200


def test_a_token_that_was_lost_with_the_answer_is_not_shown_again(world: World) -> None:
    client, token = world.app.test_client(use_cookies=False), world.key(world.project())
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "once"}
    first, again = (client.post(f"{KEYS}/1/rotate", headers=headers) for _ in range(2))
    assert json_of(again, 201)["id"] == json_of(first, 201)["id"]
    assert (again.json or {})["key"] is None
    assert "kept nowhere" in (again.json or {})["detail"]
    assert world.execute("SELECT count(*) FROM api_key") == [(2,)]


def test_a_dry_run_tells_no_token_and_rotates_nothing(world: World, client: FlaskClient) -> None:
    token = world.key(world.project())
    answer = by_token(world, token)("POST", f"{KEYS}/1/rotate?dry_run=true", {"overlapHours": 0})
    assert json_of(answer, 201)["key"] is None
    assert opens(client, token)
    assert world.execute("SELECT count(*) FROM api_key") == [(1,)]


@pytest.mark.parametrize("ended", ["rotated", "revoked", "expired"])
def test_a_key_that_has_ended_is_not_rotated(world: World, ended: str) -> None:
    project = world.project()
    ask = by_token(world, world.key(project, "other"))
    world.key(project, "ended")
    if ended == "rotated":
        rotate(ask, 2)
    elif ended == "revoked":
        world.revoke(project, 2)
    else:
        world.execute("UPDATE api_key SET expires_at = '2026-01-01 00:00:00+00:00' WHERE id = 2")
    detail = json_of(rotate(ask, 2), 409)["detail"]
    assert ("take" in detail or "took" in detail) is (ended == "rotated")


def test_rotated_by_a_person_a_key_works_as_long_again_and_is_theirs(world: World) -> None:
    project = world.project()
    limited(world, project, Scope.PAUSE, days=90)
    world.execute("UPDATE api_key SET created_at = :at", at=sql(now() - timedelta(days=80)))
    world.execute("UPDATE api_key SET expires_at = :at", at=sql(now() + timedelta(days=10)))
    email = world.member(project, Role.OWNER)
    made = json_of(by_person(world.browser(email), project), 201)
    assert (days_until(made["expires_at"]), made["scopes"]) == (90, ["pause"])
    listed = json_of(by_person_listed(world, email, project))["data"]
    assert [each["created_by_email"] for each in listed] == [email, None]


def sql(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S.%f}"


def by_person_listed(world: World, email: str, project: Project) -> TestResponse:
    return world.browser(email).get(KEYS, X_Project_Id=project.key)


def test_rotated_by_itself_a_key_ends_when_it_would_have(world: World) -> None:
    ask = limited(world, world.project(), days=10)
    assert days_until(json_of(rotate(ask), 201)["expires_at"]) == 10


def test_the_overlap_does_not_outlast_the_key(world: World) -> None:
    ask = limited(world, world.project(), days=1)
    assert hours_until(json_of(rotate(ask, hours=720), 201)["replaced"]["works_until"]) == 24


def test_a_limited_key_rotates_none_that_may_more(world: World) -> None:
    project = world.project()
    ask = limited(world, project, Scope.PAUSE, Scope.KEYS)
    world.key(project, "all")
    limited(world, project, Scope.READ)
    limited(world, project, Scope.PAUSE)
    assert [rotate(ask, key_id).status_code for key_id in (2, 3, 4)] == [403, 403, 201]
    assert "read, write, start" in json_of(rotate(ask, 2), 403)["detail"]


def test_what_a_key_gets_by_rotating_another_ends_with_it(
    world: World, client: FlaskClient
) -> None:
    project = world.project()
    ask = limited(world, project, days=5)
    world.key(project, "for ever")
    made = json_of(rotate(ask, 2), 201)
    assert days_until(made["expires_at"]) == 5
    world.revoke(project, 1)
    assert not opens(client, made["key"])


def test_a_key_does_not_rotate_the_one_that_minted_it(world: World, client: FlaskClient) -> None:
    project = world.project()
    child = by_token(world, mint(client, world.key(project)))
    assert rotate(child, 1).status_code == 403
    assert rotate(child, 2).status_code == 201


@on_both_databases
def test_revoking_the_new_key_ends_the_old_one_and_what_that_minted(
    world: World, client: FlaskClient
) -> None:
    project = world.project()
    old = world.key(project)
    child = mint(client, old)
    made = json_of(rotate(by_token(world, old)), 201)
    world.revoke(project, int(made["id"]))
    assert [opens(client, each) for each in (old, child, made["key"])] == [False] * 3


def test_what_the_old_key_minted_works_on_after_it(world: World, client: FlaskClient) -> None:
    old = world.key(world.project())
    child = mint(client, old)
    rotate(by_token(world, old), hours=0)
    assert (opens(client, old), opens(client, child)) == (False, True)


def test_revoking_the_old_key_leaves_alone_what_a_person_put_in_its_place(
    world: World, client: FlaskClient
) -> None:
    project = world.project()
    world.key(project)
    made = json_of(by_person(owner(world, project), project), 201)
    world.revoke(project, 1)
    assert opens(client, made["key"])


def test_a_leaked_key_does_not_outlive_its_revocation_by_rotating_itself(
    world: World, client: FlaskClient
) -> None:
    project = world.project()
    made = json_of(rotate(by_token(world, world.key(project))), 201)
    again = json_of(rotate(by_token(world, made["key"]), made["id"]), 201)
    world.revoke(project, 1)
    assert [opens(client, each["key"]) for each in (made, again)] == [False, False]


@on_both_databases
def test_what_the_old_key_has_planned_is_the_new_ones_and_happens(world: World) -> None:
    project = world.project(limit=0)
    ask, waiting = with_key(world, project), world.experiment(project)
    world.queue(waiting, Actor(Door.NAMES, api_key_id=1))
    rotate(ask, hours=0)
    entry = world.entries(waiting)[-1]
    assert (entry.kind, entry.api_key_id) == ("handed over", 2)
    assert entry.detail == "Its key “key” was rotated."
    world.set_limit(project, 1)
    assert world.reload(waiting).status == "running"


def test_only_an_owner_rotates(world: World) -> None:
    project = world.project()
    with world.app.app_context():
        api_keys.mint(project.id, KeyType.ADMIN, "key", COMMAND_LINE)
    marketer = world.browser(world.member(project))
    assert by_person(marketer, project).status_code == 403
    assert by_person(owner(world, project), project).status_code == 201
