"""The keys that evaluate and collect, and how far they reach."""

from datetime import timedelta
from typing import Any

import pytest
from flask import url_for
from werkzeug.routing import Rule

from app.accounts import api_keys
from app.models import Experiment, KeyType, Project
from tests import audit
from tests.serving.site import COLLECT, FLAGS, Site, make_site, saw
from tests.world import COMMAND_LINE, World

SERVING = [KeyType.SERVER, KeyType.CLIENT]
HEADERS = {
    "bearer": lambda token: {"Authorization": f"Bearer {token}"},
    "small letters": lambda token: {"authorization": f"bearer  {token} "},
    "X-API-Key": lambda token: {"X-API-Key": token},
    "x-api-key": lambda token: {"x-api-key": token},
}
FOREIGN = ("/v2", "/api/admin")


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("key_type", SERVING)
def test_a_serving_key_evaluates_and_collects(world: World, key_type: KeyType, header: str) -> None:
    site = make_site(world, key_type)
    experiment, headers = site.experiment(), HEADERS[header](site.token)
    assert site.ask(experiment, "a", headers=headers).status_code == 200
    assert site.ask_all("a", headers=headers).status_code == 200
    assert site.send(saw(experiment, "a"), headers=headers).status_code == 202


def ended_key(site: Site, **ends: object) -> str:
    """A server key that has ended."""
    token = site.key(KeyType.SERVER)
    column, moment = ends.popitem()
    change = f"UPDATE api_key SET {column} = :moment WHERE last4 = :last4"  # noqa: S608
    site.world.execute(change, moment=moment, last4=token[-4:])
    return token


def revoked(site: Site) -> str:
    return ended_key(site, revoked_at="2020-01-01 00:00:00+00:00")


def expired(site: Site) -> str:
    return ended_key(site, expires_at="2020-01-01 00:00:00+00:00")


def admin(site: Site) -> str:
    return site.key(KeyType.ADMIN)


def garbage(_site: Site) -> str:
    return "sdk_server_" + "0" * 48


def nothing(_site: Site) -> str:
    return ""


def not_ascii(_site: Site) -> str:
    return "\xe4\xff"


BAD = [revoked, expired, admin, garbage, nothing, not_ascii]


@pytest.mark.parametrize("bad", BAD, ids=lambda each: each.__name__)
def test_any_other_key_is_401_in_the_doors_own_words_and_records_nothing(
    site: Site,
    bad: Any,  # noqa: ANN401
) -> None:
    experiment, headers = site.experiment(), {"X-API-Key": bad(site)}
    one = site.ask(experiment, "a", headers=headers)
    every = site.client.post(FLAGS, json={"context": {"targetingKey": "a"}}, headers=headers)
    collected = site.send(saw(experiment, "a"), headers=headers)
    assert [each.status_code for each in (one, every, collected)] == [401, 401, 401]
    assert list(one.json or ()) == ["key", "errorCode", "errorDetails"]
    assert (one.json or {})["errorCode"] == (every.json or {})["errorCode"] == "GENERAL"
    assert list(every.json or ()) == ["errorCode", "errorDetails"]
    assert list(collected.json or ()) == ["error"]
    assert site.world.execute("SELECT count(*) FROM exposure") == [(0,)]


def test_an_admin_key_is_told_that_it_is_one(site: Site) -> None:
    answer = site.ask(site.experiment(), "a", headers={"X-API-Key": admin(site)})
    assert "admin key" in (answer.json or {})["errorDetails"]


def test_without_any_header_it_is_401(site: Site) -> None:
    experiment = site.experiment()
    assert site.ask(experiment, "a", headers={}).status_code == 401
    assert site.send(saw(experiment, "a"), headers={}).status_code == 401


def test_a_key_of_another_project_sees_that_projects_experiments_alone(
    world: World, site: Site
) -> None:
    ours, other = site.experiment(), make_site(world)
    assert other.ask(ours, "a").status_code == 404
    assert other.collect(saw(ours, "a")) == (0, [(0, "unknown")])


def test_a_session_of_a_signed_in_person_is_no_key(site: Site) -> None:
    browser = site.world.browser(site.world.member(site.project))
    body = {"context": {"targetingKey": "a"}}
    assert browser.call("POST", FLAGS, body).status_code == 401
    assert browser.call("POST", COLLECT, {"events": []}).status_code == 401


def test_a_key_that_expires_later_works_until_then(site: Site) -> None:
    with site.world.app.app_context():
        minted = api_keys.mint(
            site.project.id, KeyType.CLIENT, "short", COMMAND_LINE, timedelta(hours=1)
        )
    answer = site.ask(site.experiment(), "a", headers={"X-API-Key": minted.token})
    assert answer.status_code == 200


@pytest.mark.parametrize("key_type", SERVING)
@pytest.mark.parametrize("header", ["Authorization", "x-api-key", "api-key", "X-SDK-Key"])
def test_a_serving_key_opens_no_other_api_door_and_changes_nothing(
    world: World, database_url: str, key_type: KeyType, header: str
) -> None:
    site = make_site(world, key_type)
    token = f"Bearer {site.token}" if header == "Authorization" else site.token
    routes = foreign_routes(world, site.project, site.experiment())
    before = audit.everything(database_url)
    statuses = {
        (method, path): site.client.open(
            path,
            method=method,
            json=BODY,
            headers={header: token, "X-Project-Id": site.project.key},
        ).status_code
        for method, path in routes
    }
    assert len(routes) >= 9
    assert [route for route, status in statuses.items() if status != 401] == []
    assert audit.everything(database_url) == before


BODY = {"status": 1, "type": "admin", "name": "mine", "test_name": "mine", "url": ""}


def foreign_routes(world: World, project: Project, experiment: Experiment) -> list[tuple[str, str]]:
    """Every method and address of the doors that are for admin keys."""
    values = {
        "project_key": project.key,
        "test_id": experiment.test_id,
        "id": experiment.public_id,
        "public_id": experiment.public_id,
        "goal_key": "goal",
        "goal_profile_id": 1,
        "member_email": "nobody@example.test",
        "action": "start",
        "key_id": 1,
        "code": project.plan_code,
        "webhook_id": 1,
        "exclusion_id": 1,
        "audience_key": "mobile",
        "delivery_id": 1,
    }
    with world.app.test_request_context():
        return [
            (method, url_for(rule.endpoint, **{name: values[name] for name in rule.arguments}))
            for rule in world.app.url_map.iter_rules()
            if rule.rule.startswith(FOREIGN)
            for method in methods_of(rule)
        ]


def methods_of(rule: Rule) -> set[str]:
    return set(rule.methods or ()) - {"HEAD", "OPTIONS"}
